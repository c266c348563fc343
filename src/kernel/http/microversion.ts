import type { IncomingHttpHeaders } from 'node:http';
import { badRequest, Fault } from '../base/errors.ts';

/** `2.79` as `{ major: 2, minor: 79 }`; compared number by number, never as a decimal. */
export interface Version {
  readonly major: number;
  readonly minor: number;
}

export interface MicroversionRange {
  readonly min: Version;
  readonly max: Version;
}

/** `version('2.79')`; for constants, throws on anything else. */
export function version(text: string): Version {
  const match = /^(\d{1,5})\.(\d{1,5})$/.exec(text);
  if (match === null) throw new Error(`not a version: ${text}`);
  return { major: Number(match[1]), minor: Number(match[2]) };
}

export function versionText(v: Version): string {
  return `${v.major}.${v.minor}`;
}

export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor;
}

/** Views ask this for each of a thousand things: the few constants that they name are read once. */
const constants = new Map<string, Version>();

/** Whether a request's version has what came with `least`, a constant such as `2.47`. */
export function atLeast(v: Version, least: string): boolean {
  let known = constants.get(least);
  if (known === undefined) {
    known = version(least);
    constants.set(least, known);
  }
  return compareVersions(v, known) >= 0;
}

export function inRange(v: Version, range: Partial<MicroversionRange> | undefined): boolean {
  return (
    (range?.min === undefined || compareVersions(v, range.min) >= 0) &&
    (range?.max === undefined || compareVersions(v, range.max) <= 0)
  );
}

interface Negotiable extends MicroversionRange {
  readonly legacyHeader?: string;
  readonly serviceType?: string;
}

/**
 * The version that the request asks for (OpenStack API-WG microversion specification): the service's minimum without
 * a header, its maximum for `latest`, 400 for nonsense, 406 outside the range.
 */
export function negotiate(headers: IncomingHttpHeaders, service: string, range: Negotiable): Version {
  const type = range.serviceType ?? service;
  const entry = String(headers['openstack-api-version'] ?? '')
    .split(',')
    .map((part) => part.trim().split(/\s+/))
    .find(([name]) => name?.toLowerCase() === type);
  const legacy = range.legacyHeader === undefined ? undefined : headers[range.legacyHeader.toLowerCase()];
  const asked = entry?.[1] ?? (typeof legacy === 'string' ? legacy.trim() : undefined);
  if (asked === undefined) return range.min;
  if (asked.toLowerCase() === 'latest') return range.max;
  if (!/^\d{1,5}\.\d{1,5}$/.test(asked)) {
    throw badRequest(
      `API Version String ${asked.slice(0, 40)} is of invalid format. Must be of format MajorNum.MinorNum.`,
    );
  }
  const wanted = version(asked);
  if (!inRange(wanted, range)) {
    throw new Fault(
      'notAcceptable',
      `Version ${asked} is not supported by the API. Minimum is ${versionText(range.min)} and maximum is ${versionText(range.max)}.`,
    );
  }
  return wanted;
}
