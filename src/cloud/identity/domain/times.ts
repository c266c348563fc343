import { badRequest } from '../../../kernel/base/errors.ts';

const pattern = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)(?:Z|\+00:00)?$/;

/** ISO 8601 in UTC, with or without Z, as Keystone takes it; answered with Z, microseconds kept. */
export function parseUtc(text: string): string {
  const utc = pattern.exec(text)?.[1];
  const time = utc === undefined ? Number.NaN : Date.parse(`${utc.slice(0, 23)}Z`);
  // JavaScript takes 31 February for 3 March; PostgreSQL refuses it.
  if (utc === undefined || Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== utc.slice(0, 10)) {
    throw badRequest('expires_at must be a time such as 2026-12-31T23:59:59.000000, in UTC.');
  }
  return `${utc}Z`;
}
