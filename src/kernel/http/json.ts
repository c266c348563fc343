/** A body as JSON text. Bigints (amounts, sizes) are sent as numbers where that is exact and as text otherwise. */
export function jsonText(body: unknown): string {
  return JSON.stringify(body, (_key, value: unknown) => {
    if (typeof value !== 'bigint') return value;
    return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
      ? Number(value)
      : String(value);
  });
}
