/** A key under which something is made once, however often it is sent. `crypto.randomUUID` is not there without TLS. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((word) => word.toString(36)).join('-');
}
