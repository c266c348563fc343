/** A body as JSON text. Bigints (amounts, sizes) are sent as numbers where that is exact and as text otherwise. */
export function jsonText(body: unknown): string {
  try {
    // Most bodies have none, and a function to be called for each value takes several times as long.
    return JSON.stringify(body);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? sendable(value) : value));
  }
}

function sendable(value: bigint): number | string {
  const exact = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
  return exact ? Number(value) : String(value);
}
