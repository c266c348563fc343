import { sql } from 'kysely';
import Type from 'typebox';
import { badRequest, conflict } from '../../../kernel/base/errors.ts';
import { atLeast, Reply, type Route, version } from '../../../kernel/http/index.ts';
import type { Store } from '../../../kernel/store/index.ts';
import { badQuery, unknown } from '../domain/faults.ts';
import { checkCustomName } from '../domain/names.ts';
import { aggregatesOf, raiseGeneration, setAggregates, setTraits, traitsOf, unknownTrait } from '../store/providers.ts';
import {
  admin,
  checkQuery,
  closed,
  fresh,
  generation,
  param,
  providerOf,
  type Request,
  sameGeneration,
  searchOf,
  uuid,
} from './common.ts';

const names = Type.Array(Type.String({ pattern: '^[A-Z0-9_]{1,255}$' }), { uniqueItems: true, maxItems: 1000 });
const traitsBody = closed({ resource_provider_generation: generation, traits: names });
const classBody = closed({ name: Type.String({ pattern: '^CUSTOM_[A-Z0-9_]+$', maxLength: 255 }) });
const uuids = Type.Array(uuid, { uniqueItems: true, maxItems: 1000 });
const aggregatesBody = Type.Union([uuids, closed({ aggregates: uuids, resource_provider_generation: generation })]);

type Table = 'placement.trait' | 'placement.resource_class';

async function isThere({ db }: Store, table: Table, name: string): Promise<boolean> {
  const { rows } = await sql`select from ${sql.table(table)} where name = ${name}`.execute(db);
  return rows.length > 0;
}

/** False when it was there. */
async function make({ db }: Store, table: Table, name: string): Promise<boolean> {
  const { rows } =
    await sql`insert into ${sql.table(table)} (name) values (${name}) on conflict do nothing returning name`.execute(
      db,
    );
  return rows.length > 0;
}

/** 400 for a standard one, 409 for one in use, 404 for none. */
async function remove({ db }: Store, table: Table, what: 'trait' | 'resource class', name: string): Promise<void> {
  const { rows } = await sql<{ custom: boolean }>`select custom from ${sql.table(table)} where name = ${name}`.execute(
    db,
  );
  const [row] = rows;
  if (row === undefined) throw unknown(what, name);
  if (!row.custom) throw badRequest(`Cannot delete standard ${what} ${name}.`);
  await sql`delete from ${sql.table(table)} where name = ${name}`.execute(db).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== '23503') throw error;
    throw conflict(`The ${what} ${name} is in use by a resource provider.`);
  });
}

async function listTraits({ db }: Store, request: Request): Promise<Reply> {
  const search = searchOf(request);
  checkQuery(
    search,
    (key) => key === 'name' || key === 'associated',
    () => false,
  );
  const [pattern, associated] = [search.get('name'), search.get('associated')];
  const conditions = [sql`true`];
  if (pattern?.startsWith('startswith:') === true) conditions.push(sql`starts_with(name, ${pattern.slice(11)})`);
  else if (pattern?.startsWith('in:') === true)
    conditions.push(sql`name = any(${pattern.slice(3).split(',')}::text[])`);
  else if (pattern !== null)
    throw badQuery(
      'Badly formatted name parameter. Expected name query string parameter in form: ?name=[in|startswith]:[name1,name2|prefix].',
    );
  if (associated !== null) {
    if (!/^(true|false)$/i.test(associated))
      throw badQuery('The query parameter "associated" only accepts "true" or "false".');
    const used = sql`exists (select from placement.provider_trait t where t.trait = name)`;
    conditions.push(/^true$/i.test(associated) ? used : sql`not ${used}`);
  }
  const { rows } = await sql<{
    name: string;
  }>`select name from placement.trait where ${sql.join(conditions, sql` and `)}
    order by name`.execute(db);
  return fresh(request, { traits: rows.map(({ name }) => name) });
}

/** Traits: what providers are like, in words that all know. */
export function traitRoutes(store: Store): Route[] {
  const name = (request: Request) => param(request, 'name');
  const location = (request: Request) => ({ Location: `${request.baseUrl}/traits/${name(request)}` });
  return [
    admin('GET', '/traits', 'traits:list', '1.6', { handler: (request) => listTraits(store, request) }),
    admin('GET', '/traits/:name', 'traits:get', '1.6', {
      status: 204,
      async handler(request) {
        if (!(await isThere(store, 'placement.trait', name(request)))) throw unknown('trait', name(request));
        return fresh(request, undefined, { status: 204 });
      },
    }),
    admin('PUT', '/traits/:name', 'traits:create', '1.6', {
      async handler(request) {
        checkCustomName('trait', name(request));
        const made = await make(store, 'placement.trait', name(request));
        return fresh(request, undefined, { status: made ? 201 : 204, headers: location(request) });
      },
    }),
    admin('DELETE', '/traits/:name', 'traits:delete', '1.6', {
      status: 204,
      handler: (request) => remove(store, 'placement.trait', 'trait', name(request)),
    }),
    ...providerTraitRoutes(store),
  ];
}

function providerTraitRoutes(store: Store): Route[] {
  const path = '/resource_providers/:uuid/traits';
  const change = (request: Request, seen: number | undefined, traits: readonly string[]) =>
    store.transact(async (tx) => {
      const provider = await providerOf(tx, request, 'update');
      sameGeneration(provider, seen);
      const odd = await unknownTrait(tx, traits);
      if (odd !== undefined) throw badRequest(`No such trait ${odd}.`);
      await setTraits(tx, provider.id, traits);
      return raiseGeneration(tx, provider);
    });
  return [
    admin('GET', path, 'provider-traits:list', '1.6', {
      async handler(request) {
        const provider = await providerOf(store.db, request);
        const traits = await traitsOf(store.db, provider);
        return fresh(request, { traits, resource_provider_generation: provider.generation });
      },
    }),
    admin('PUT', path, 'provider-traits:replace', '1.6', {
      body: traitsBody,
      async handler(request) {
        const { traits, resource_provider_generation: seen } = request.body as Type.Static<typeof traitsBody>;
        const now = await change(request, seen, traits);
        return fresh(request, { traits, resource_provider_generation: now });
      },
    }),
    admin('DELETE', path, 'provider-traits:delete', '1.6', {
      status: 204,
      async handler(request) {
        await change(request, undefined, []);
      },
    }),
  ];
}

/** Resource classes: what can be counted. */
export function resourceClassRoutes(store: Store): Route[] {
  const table = 'placement.resource_class';
  const name = (request: Request) => param(request, 'name');
  const view = (of: string, { baseUrl }: Request) => {
    const self = `${new URL(baseUrl).pathname}/resource_classes/${of}`;
    return { name: of, links: [{ rel: 'self', href: self }] };
  };
  return [
    admin('GET', '/resource_classes', 'resource-classes:list', '1.2', {
      async handler(request) {
        const { rows } = await sql<{ name: string }>`select name from placement.resource_class order by name`.execute(
          store.db,
        );
        return fresh(request, { resource_classes: rows.map((row) => view(row.name, request)) });
      },
    }),
    admin('POST', '/resource_classes', 'resource-classes:create', '1.2', {
      body: classBody,
      async handler(request) {
        const { name: of } = request.body as Type.Static<typeof classBody>;
        if (!(await make(store, table, of))) throw conflict(`Conflicting resource class already exists: ${of}.`);
        return new Reply({ status: 201, headers: { Location: `${request.baseUrl}/resource_classes/${of}` } });
      },
    }),
    admin('GET', '/resource_classes/:name', 'resource-classes:get', '1.2', {
      async handler(request) {
        if (!(await isThere(store, table, name(request)))) throw unknown('resource class', name(request));
        return fresh(request, view(name(request), request));
      },
    }),
    admin('PUT', '/resource_classes/:name', 'resource-classes:ensure', '1.7', {
      async handler(request) {
        checkCustomName('resource class', name(request));
        const made = await make(store, table, name(request));
        const headers = { Location: `${request.baseUrl}/resource_classes/${name(request)}` };
        return new Reply({ status: made ? 201 : 204, headers });
      },
    }),
    {
      ...admin('PUT', '/resource_classes/:name', 'resource-classes:rename', '1.2', {
        body: classBody,
        handler: (request) => rename(store, request),
      }),
      versions: { min: version('1.2'), max: version('1.6') },
    },
    admin('DELETE', '/resource_classes/:name', 'resource-classes:delete', '1.2', {
      status: 204,
      handler: (request) => remove(store, table, 'resource class', name(request)),
    }),
  ];
}

/** A class that no inventory is of gets another name. */
async function rename(store: Store, request: Request): Promise<Reply> {
  const { name: to } = request.body as Type.Static<typeof classBody>;
  await store.transact(async (tx) => {
    await remove({ ...store, db: tx }, 'placement.resource_class', 'resource class', param(request, 'name'));
    if (!(await make({ ...store, db: tx }, 'placement.resource_class', to))) {
      throw conflict(`Resource class already exists: ${to}.`);
    }
  });
  return fresh(request, {
    name: to,
    links: [{ rel: 'self', href: `${new URL(request.baseUrl).pathname}/resource_classes/${to}` }],
  });
}

/** Aggregates: which providers belong together. */
export function aggregateRoutes(store: Store): Route[] {
  const path = '/resource_providers/:uuid/aggregates';
  const view = (request: Request, aggregates: readonly string[], now: number) =>
    fresh(request, {
      aggregates,
      ...(atLeast(request.version, '1.19') ? { resource_provider_generation: now } : {}),
    });
  return [
    admin('GET', path, 'aggregates:list', '1.1', {
      async handler(request) {
        const provider = await providerOf(store.db, request);
        return view(request, await aggregatesOf(store.db, provider), provider.generation);
      },
    }),
    admin('PUT', path, 'aggregates:replace', '1.1', {
      body: aggregatesBody,
      async handler(request) {
        const sent = request.body as Type.Static<typeof aggregatesBody>;
        const withGeneration = atLeast(request.version, '1.19');
        if (Array.isArray(sent) === withGeneration) {
          throw badRequest(`JSON does not validate: ${withGeneration ? 'an object' : 'a list of uuids'} is expected.`);
        }
        const aggregates = Array.isArray(sent) ? sent : sent.aggregates;
        const now = await store.transact(async (tx) => {
          const provider = await providerOf(tx, request, 'update');
          if (!Array.isArray(sent)) sameGeneration(provider, sent.resource_provider_generation);
          await setAggregates(tx, provider, aggregates);
          return withGeneration ? raiseGeneration(tx, provider) : provider.generation;
        });
        return view(request, aggregates, now);
      },
    }),
  ];
}
