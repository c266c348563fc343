const quote = 0x22;
const backslash = 0x5c;
const openers = new Set([0x7b, 0x5b]);
const closers = new Set([0x7d, 0x5d]);

/**
 * Cuts a byte stream into the JSON texts it is made of. OVSDB puts nothing between its messages (RFC 7047 section 4),
 * so their ends are found by counting brackets outside strings.
 */
export class JsonFramer {
  #pending: Buffer[] = [];
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** The messages that `chunk` completes, parsed. Throws `SyntaxError` on what is not JSON. */
  push(chunk: Buffer): unknown[] {
    const messages: unknown[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (this.#step(chunk[at] as number)) {
        this.#pending.push(chunk.subarray(start, at + 1));
        messages.push(JSON.parse(Buffer.concat(this.#pending).toString('utf8')));
        this.#pending = [];
        start = at + 1;
      }
    }
    if (start < chunk.length) this.#pending.push(chunk.subarray(start));
    return messages;
  }

  /** Takes one byte; true when it ends a message. */
  #step(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === backslash) this.#escaped = true;
      else if (byte === quote) this.#inString = false;
      return false;
    }
    if (byte === quote) this.#inString = true;
    else if (openers.has(byte)) this.#depth++;
    else if (closers.has(byte)) return --this.#depth === 0;
    return false;
  }
}
