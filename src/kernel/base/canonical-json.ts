/**
 * One text for equal values: keys sorted, no spaces (RFC 8785's rules for what we store: objects, arrays, strings,
 * booleans, null and safe numbers). For hashes and for comparing what was sent twice.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
