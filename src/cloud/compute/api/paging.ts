import { badRequest } from '../../../kernel/base/errors.ts';

/** Nova's `max_limit`. */
export const maxLimit = 1000;

/** The page that a query asks for; 400 names what is wrong. */
export function pageOf(search: URLSearchParams): { readonly limit: number; readonly marker: string | undefined } {
  const limit = search.get('limit');
  if (limit !== null && !/^\d{1,10}$/.test(limit)) {
    throw badRequest(
      `Invalid input for query parameters limit. Value: ${limit.slice(0, 40)}. A non-negative integer is expected.`,
    );
  }
  // 0 means as many as the service gives at most.
  return { limit: Math.min(Number(limit) || maxLimit, maxLimit), marker: search.get('marker') ?? undefined };
}

/** The query of a request. */
export function searchOf(request: { readonly url: string }): URLSearchParams {
  return new URL(request.url, 'http://localhost').searchParams;
}

/** A query parameter that is a count. */
export function countOf(search: URLSearchParams, name: string): number | undefined {
  const value = search.get(name);
  if (value === null) return undefined;
  if (!/^\d{1,10}$/.test(value))
    throw badRequest(`Invalid ${name} '${value.slice(0, 40)}': a non-negative integer is expected.`);
  return Number(value);
}

/** A query parameter that is a time, in UTC unless it says otherwise. */
export function timeOf(search: URLSearchParams, name: string): Date | undefined {
  const value = search.get(name);
  if (value === null) return undefined;
  const shape = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.exec(value);
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(value) && value.length > 10 ? value : `${value}Z`;
  const time = new Date(value.length === 10 ? value : zoned.replace(' ', 'T'));
  if (shape === null || Number.isNaN(time.getTime())) throw badRequest(`Invalid filter field: ${name}.`);
  return time;
}
