import type { Context } from '../../../kernel/access/context.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { managesDomain, readsAll, readsDomain } from '../domain/access.ts';
import type { Environment } from '../environment.ts';
import { reachesBeyond } from '../operations/assignments.ts';
import { longestList, must, unknown } from '../store/queries.ts';
import type { Extra, UserRow } from '../store/tables.ts';

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

/** What a body changes: those of the columns that it names, and what it says beyond the keys that the API knows. */
export function given<B extends Readonly<Record<string, unknown>>, K extends keyof B & string>(
  body: B,
  columns: readonly K[],
  known: readonly string[],
): { [P in K]?: Exclude<B[P], undefined> } & { extra: Extra } {
  const named = columns.filter((column) => body[column] !== undefined).map((column) => [column, body[column]]);
  return { ...(Object.fromEntries(named) as { [P in K]?: Exclude<B[P], undefined> }), extra: extraOf(body, known) };
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

/** The thing, if the caller may deal with its domain; for others it is not there. */
export function own<T extends { readonly id: string; readonly domain_id: string }>(
  kind: string,
  thing: T,
  may: (domainId: string) => boolean,
): T {
  if (!may(thing.domain_id)) throw unknown(kind, thing.id);
  return thing;
}

/**
 * The user or group, if the caller may change it. A domain's manager changes nobody who holds more than the domain gives:
 * by a new password or a membership it would gain that itself.
 */
export async function manageable<K extends 'user' | 'group'>(
  environment: Environment,
  context: Context,
  kind: K,
  id: string,
) {
  const thing = await must(environment.store.db, kind, id);
  own(kind, thing, (domainId) => managesDomain(context, domainId));
  const actor = { kind, id };
  if (!context.isAdmin && (await reachesBeyond(environment, actor, thing.domain_id, context.roles))) {
    throw new Fault(
      'forbidden',
      `The ${kind} ${id} holds roles that only an administrator of the cloud may deal with.`,
    );
  }
  return thing;
}

/** The domain to which a list is bound: the one asked for, and for a domain's readers always their own. */
export function domainOfList(context: Context, asked: string | undefined): string | undefined {
  return readsAll(context) ? asked : (context.domainId ?? '');
}

/** Where something new goes: the domain asked for, else that of the token; 403 unless the caller manages it. */
export function domainForNew(context: Context, asked: string | null | undefined, operation: string): string {
  const domainId = asked ?? context.domainId ?? 'default';
  if (!managesDomain(context, domainId)) throw forbidden(operation);
  return domainId;
}

/** The user, for itself and for those who look into its domain; 403 for everybody else. */
export async function selfOrDomain(
  environment: Environment,
  context: Context,
  userId: string,
  operation: string,
): Promise<UserRow> {
  const mayAsk = context.userId === userId || readsAll(context) || context.domainId !== null;
  if (!mayAsk) throw forbidden(operation);
  const user = await must(environment.store.db, 'user', userId);
  return context.userId === userId ? user : own('user', user, (domainId) => readsDomain(context, domainId));
}
