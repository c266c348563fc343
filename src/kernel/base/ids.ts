import { createHash, randomBytes } from 'node:crypto';
import { systemClock } from './clock.ts';

declare const brand: unique symbol;
/** A string that only functions of its kind accept, e.g. `Id<'server'>`. */
export type Id<Kind extends string> = string & { readonly [brand]: Kind };

function format(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A new time-ordered UUID (RFC 9562, version 7). */
export function newId<Kind extends string>(now: number = systemClock.now().getTime()): Id<Kind> {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return format(bytes) as Id<Kind>;
}

/**
 * The UUID that `parts` always give (RFC 9562, version 8 over SHA-256): what makes a workflow's creation repeatable,
 * because the second try names the same thing.
 */
export function derivedId<Kind extends string>(...parts: readonly string[]): Id<Kind> {
  const bytes = createHash('sha256').update(parts.join('\u0000')).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return format(bytes) as Id<Kind>;
}

/** The 32 hex digits by which Keystone shows users, projects and domains. */
export function newHexId<Kind extends string>(now?: number): Id<Kind> {
  return newId(now).replaceAll('-', '') as Id<Kind>;
}

/** `derivedId` as 32 hex digits. */
export function derivedHexId<Kind extends string>(...parts: readonly string[]): Id<Kind> {
  return derivedId(...parts).replaceAll('-', '') as Id<Kind>;
}

const uuidPattern = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** Whether `text` can be the id of anything: check before a query on a `uuid` column, which would otherwise fail. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}
