import type { Context } from '../../../kernel/access/context.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { longestList } from '../store/queries.ts';
import type { Extra } from '../store/tables.ts';

interface Asked {
  readonly baseUrl: string;
  readonly url: string;
}

/** Where the service is mounted. */
export const mount = '/identity';

/** The URL that was asked for, as the outside sees it. */
export function selfUrl({ baseUrl, url }: Asked): string {
  return baseUrl + url.slice(mount.length);
}

/** A list as Keystone shows it; `next` when there may be more. */
export function listReply<T extends { readonly id: string }>(
  request: Asked & { readonly query?: unknown },
  key: string,
  items: readonly T[],
): unknown {
  const { limit = longestList } = (request.query ?? {}) as { readonly limit?: number };
  const self = selfUrl(request);
  const last = items.length >= Math.min(limit, longestList) ? items.at(-1) : undefined;
  return { links: { next: last === undefined ? null : nextPage(self, last.id), self, previous: null }, [key]: items };
}

function nextPage(self: string, marker: string): string {
  const url = new URL(self);
  url.searchParams.set('marker', marker);
  return url.href;
}

/** `{ id, …, links: { self } }`; what callers added comes first, so that it never hides what Keystone says. */
export function resource<T extends { readonly id: string }>(
  { baseUrl }: { readonly baseUrl: string },
  collection: string,
  view: T,
  extra: Extra = {},
): T {
  return { ...extra, ...view, links: { self: `${baseUrl}/v3/${collection}/${view.id}` } };
}

/** What a body says beyond the keys that the API knows. */
export function extraOf(body: Readonly<Record<string, unknown>>, known: readonly string[]): Extra {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !known.includes(key)));
}

/** Keystone takes `enabled`, `enabled=1`, `enabled=True`… */
export function flag(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : !/^(0|false|no|off|f|n)$/i.test(value);
}

/** Throws 403 unless the caller is an administrator or that user. */
export function selfOrAdmin(context: Context, userId: string, operation: string): void {
  if (!context.isAdmin && context.userId !== userId) throw forbidden(operation);
}

export function forbidden(operation: string): Fault {
  return new Fault('forbidden', `You are not authorized to perform the requested action: ${operation}.`);
}
