import Type, { type TObject, type TProperties } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import {
  type ApiRequest,
  atLeast,
  type Method,
  Reply,
  type Route,
  route,
  version,
} from '../../../kernel/http/index.ts';
import type { Connection, Store } from '../../../kernel/store/index.ts';
import { badQuery, concurrentUpdate, unknown } from '../domain/faults.ts';
import { findProvider } from '../store/providers.ts';
import type { Provider } from '../store/tables.ts';

export type Request = ApiRequest<unknown, unknown, unknown>;

export function closed<P extends TProperties>(properties: P): TObject<P> {
  return Type.Object(properties, { additionalProperties: false });
}

export const uuid = Type.String({ pattern: '^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$' });
export const generation = Type.Integer({ minimum: 0, maximum: 2_147_483_647 });
export const amount = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });

export function param(request: { readonly params: unknown }, name: string): string {
  return (request.params as Record<string, string | undefined>)[name] ?? '';
}

export function searchOf(request: { readonly url: string }): URLSearchParams {
  return new URL(request.url, 'http://localhost').searchParams;
}

/** A route of an administrator's, known from a microversion on. */
export function admin(
  method: Method,
  path: string,
  operation: string,
  since: string,
  definition: Pick<Route, 'handler' | 'body' | 'status'>,
): Route {
  return route({
    ...(definition as object as { handler: () => unknown }),
    ...{ method, path, operation: `placement:${operation}`, policy: policies.admin },
    versions: { min: version(since) },
  });
}

/** The provider that the path names; 404. */
export async function providerOf(connection: Connection, request: Request, lock?: 'update'): Promise<Provider> {
  return known(connection, param(request, 'uuid'), lock);
}

export async function known(connection: Connection, id: string, lock?: 'update'): Promise<Provider> {
  const provider = isUuid(id) ? await findProvider(connection, id, lock) : undefined;
  if (provider === undefined) throw unknown('resource provider with uuid', id);
  return provider;
}

/** 409 unless the caller saw the provider as it is. */
export function sameGeneration(provider: Provider, seen: number | undefined): void {
  if (seen !== undefined && seen !== provider.generation) {
    throw concurrentUpdate(
      `resource provider generation conflict for provider ${provider.uuid}: actual: ${provider.generation}, given: ${seen}`,
    );
  }
}

/** From 1.15 on answers say when they were true; nobody may keep them. */
export function fresh(
  request: Request,
  body: unknown,
  options: { status?: number; headers?: Record<string, string> } = {},
) {
  const caching: Record<string, string> = atLeast(request.version, '1.15')
    ? { 'Last-Modified': new Date().toUTCString(), 'Cache-Control': 'no-cache' }
    : {};
  return new Reply({ ...options, headers: { ...options.headers, ...caching }, body });
}

/** 400 for a key that the list does not know, or that comes twice where it may not. */
export function checkQuery(
  search: URLSearchParams,
  known: (key: string) => boolean,
  repeatable: (key: string) => boolean,
) {
  for (const key of new Set(search.keys())) {
    if (!known(key)) throw badQuery(`Invalid query string parameters: '${key.slice(0, 64)}' was unexpected.`);
    if (search.getAll(key).length > 1 && !repeatable(key)) {
      throw badQuery(`The query parameter ${key} comes more than once.`, 'placement.query.duplicate_key');
    }
  }
}

/** `VCPU:1,MEMORY_MB:512` */
export function resourcesIn(value: string): Record<string, number> {
  const resources: Record<string, number> = {};
  for (const part of value.split(',')) {
    const [, name, count] = /^([A-Z0-9_]{1,255}):(\d{1,10})$/.exec(part.trim()) ?? [];
    if (name === undefined || Number(count) < 1) {
      throw badQuery(`Badly formed resources parameter: ${part.slice(0, 64)}. Expected RESOURCE_CLASS:AMOUNT.`);
    }
    if (Object.hasOwn(resources, name)) throw badQuery(`Resource class ${name} comes more than once.`);
    resources[name] = Number(count);
  }
  return resources;
}

/** The traits of `required=A,!B` and (1.39) `required=in:A,B`, from all the values. */
export function traitsIn(values: readonly string[], request: Request): { required: string[][]; forbidden: string[] } {
  const [required, forbidden]: [string[][], string[]] = [[], []];
  for (const value of values) {
    if (value.startsWith('in:') && atLeast(request.version, '1.39')) {
      required.push(value.slice(3).split(','));
      continue;
    }
    for (const part of value.split(',')) {
      if (part.startsWith('!') && atLeast(request.version, '1.22')) forbidden.push(part.slice(1));
      else required.push([part]);
    }
  }
  const odd = [...required.flat(), ...forbidden].find((name) => !/^[A-Z0-9_]{1,255}$/.test(name));
  if (odd !== undefined) throw badQuery(`Invalid query string parameters: the trait '${odd.slice(0, 64)}' is none.`);
  return { required, forbidden };
}

/** The aggregates of `member_of=A`, `in:A,B`, `!A`, `!in:A,B`, from all the values. */
export function membershipIn(
  values: readonly string[],
  request: Request,
): { memberOf: string[][]; notMemberOf: string[] } {
  const [memberOf, notMemberOf]: [string[][], string[]] = [[], []];
  for (const value of values) {
    const negated = value.startsWith('!') && atLeast(request.version, '1.32');
    const list = value.slice(negated ? 1 : 0);
    const uuids = list.startsWith('in:') ? list.slice(3).split(',') : [list];
    if (!uuids.every(isUuid))
      throw badQuery(`Expected 'member_of' to contain aggregate uuids, but got '${value.slice(0, 80)}'.`);
    if (negated) notMemberOf.push(...uuids);
    else memberOf.push(uuids);
  }
  return { memberOf, notMemberOf };
}

export type { Store };
