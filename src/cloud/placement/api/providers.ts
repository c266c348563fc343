import { sql } from 'kysely';
import Type from 'typebox';
import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid, newId } from '../../../kernel/base/ids.ts';
import { atLeast, Reply, type Route } from '../../../kernel/http/index.ts';
import { isUniqueViolation, type Store, type Tx } from '../../../kernel/store/index.ts';
import { badQuery, clash } from '../domain/faults.ts';
import { unknownClass } from '../store/inventories.ts';
import {
  type Condition,
  changeProvider,
  findProvider,
  listProviders,
  makeProvider,
  removeProvider,
  unknownTrait,
} from '../store/providers.ts';
import type { Provider } from '../store/tables.ts';
import {
  admin,
  checkQuery,
  closed,
  fresh,
  known,
  membershipIn,
  providerOf,
  type Request,
  resourcesIn,
  searchOf,
  traitsIn,
  uuid,
} from './common.ts';

const body = closed({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  uuid: Type.Optional(uuid),
  parent_provider_uuid: Type.Optional(Type.Union([uuid, Type.Null()])),
});

/** What is linked from a provider, and since which version. */
const linked = [
  ['inventories', '1.0'],
  ['usages', '1.0'],
  ['aggregates', '1.1'],
  ['traits', '1.6'],
  ['allocations', '1.11'],
] as const;

function view(provider: Provider, { baseUrl, version }: Request): Record<string, unknown> {
  const self = `${new URL(baseUrl).pathname}/resource_providers/${provider.uuid}`;
  const links = linked.filter(([, since]) => atLeast(version, since));
  return {
    uuid: provider.uuid,
    name: provider.name,
    generation: provider.generation,
    links: [{ rel: 'self', href: self }, ...links.map(([rel]) => ({ rel, href: `${self}/${rel}` }))],
    ...(atLeast(version, '1.14')
      ? { parent_provider_uuid: provider.parentUuid, root_provider_uuid: provider.rootUuid }
      : {}),
  };
}

/** Filters of the list, and since which version. */
const filters: ReadonlyMap<string, string> = new Map([
  ['name', '1.0'],
  ['uuid', '1.0'],
  ['member_of', '1.3'],
  ['resources', '1.4'],
  ['in_tree', '1.14'],
  ['required', '1.18'],
]);

async function list({ db }: Store, request: Request): Promise<Reply> {
  const search = searchOf(request);
  checkQuery(
    search,
    (key) => filters.has(key) && atLeast(request.version, filters.get(key) ?? ''),
    (key) =>
      (key === 'member_of' && atLeast(request.version, '1.24')) ||
      (key === 'required' && atLeast(request.version, '1.39')),
  );
  const conditions: Condition[] = [];
  const [name, id, inTree, resources] = ['name', 'uuid', 'in_tree', 'resources'].map((key) => search.get(key));
  for (const value of [id, inTree]) {
    if (value !== null && value !== undefined && !isUuid(value)) throw badQuery(`Invalid uuid: ${value.slice(0, 64)}.`);
  }
  if (name != null) conditions.push(sql`p.name = ${name}`);
  if (id != null) conditions.push(sql`p.uuid = ${id}`);
  if (inTree != null) {
    conditions.push(sql`p.root_id = (select root_id from placement.provider where uuid = ${inTree})`);
  }
  if (resources != null) conditions.push(...(await resourceConditions(db, resourcesIn(resources))));
  conditions.push(...membershipConditions(search, request), ...(await traitConditions(db, search, request)));
  const providers = await listProviders(db, conditions);
  return fresh(request, { resource_providers: providers.map((provider) => view(provider, request)) });
}

async function resourceConditions(db: Store['db'], resources: Record<string, number>): Promise<Condition[]> {
  const odd = await unknownClass(db, Object.keys(resources));
  if (odd !== undefined)
    throw badQuery(`Invalid resource class in resources parameter: No such resource class ${odd}.`);
  return Object.entries(resources).map(
    ([name, wanted]) => sql`exists (select from placement.inventory i where i.provider_id = p.id and i.class = ${name}
      and i.used + ${wanted} <= i.capacity and ${wanted} between i.min_unit and i.max_unit and ${wanted} % i.step_size = 0)`,
  );
}

function membershipConditions(search: URLSearchParams, request: Request): Condition[] {
  const { memberOf, notMemberOf } = membershipIn(search.getAll('member_of'), request);
  const isMember = (uuids: readonly string[]) =>
    sql`exists (select from placement.provider_aggregate a where a.provider_id = p.id
      and a.aggregate = any(${uuids as string[]}::uuid[]))`;
  return [...memberOf.map(isMember), ...(notMemberOf.length === 0 ? [] : [sql`not ${isMember(notMemberOf)}`])];
}

async function traitConditions(db: Store['db'], search: URLSearchParams, request: Request): Promise<Condition[]> {
  const { required, forbidden } = traitsIn(search.getAll('required'), request);
  const odd = await unknownTrait(db, [...required.flat(), ...forbidden]);
  if (odd !== undefined) throw badQuery(`No such trait(s): ${odd}.`);
  const has = (traits: readonly string[]) =>
    sql`exists (select from placement.provider_trait t where t.provider_id = p.id
      and t.trait = any(${traits as string[]}::text[]))`;
  return [...required.map(has), ...(forbidden.length === 0 ? [] : [sql`not ${has(forbidden)}`])];
}

async function create({ transact }: Store, request: Request): Promise<Reply> {
  const { name, uuid: id = newId(), parent_provider_uuid: parent } = request.body as Type.Static<typeof body>;
  refuseParent(request, parent);
  const made = await named(() =>
    transact(async (tx) => {
      const above = parent === undefined || parent === null ? undefined : await parentOf(tx, parent);
      if (!(await makeProvider(tx, id, name, above))) {
        throw clash('placement.duplicate_name', `Conflicting resource provider uuid: ${id} already exists.`);
      }
      return (await findProvider(tx, id)) as Provider;
    }),
  );
  const headers = { Location: `${request.baseUrl}/resource_providers/${made.uuid}` };
  return atLeast(request.version, '1.20')
    ? fresh(request, view(made, request), { status: 200, headers })
    : new Reply({ status: 201, headers });
}

function refuseParent(request: Request, parent: unknown): void {
  if (parent !== undefined && !atLeast(request.version, '1.14')) {
    throw badRequest('JSON does not validate: parent_provider_uuid is known from 1.14 on.');
  }
}

async function parentOf(tx: Tx, id: string): Promise<Provider> {
  const provider = await findProvider(tx, id);
  if (provider === undefined) throw badRequest(`parent provider UUID '${id}' does not exist.`);
  return provider;
}

/** 409 when another has the name. */
async function named<T>(work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error;
    throw clash('placement.duplicate_name', 'Conflicting resource provider name: it already exists.');
  });
}

async function update({ transact }: Store, request: Request): Promise<Reply> {
  const { name, parent_provider_uuid: parent } = request.body as Type.Static<typeof body>;
  refuseParent(request, parent);
  const changed = await named(() =>
    transact(async (tx) => {
      const provider = await providerOf(tx, request, 'update');
      await changeProvider(tx, provider, { name, parent: await newParent(tx, provider, parent, request) });
      return known(tx, provider.uuid);
    }),
  );
  return fresh(request, view(changed, request));
}

/** A provider that has a parent keeps it until 1.37; none may go under one that is below it. */
async function newParent(
  tx: Tx,
  provider: Provider,
  parent: string | null | undefined,
  request: Request,
): Promise<Provider | null | undefined> {
  if (parent === undefined || parent === provider.parentUuid) return undefined;
  if (provider.parentUuid !== null && !atLeast(request.version, '1.37')) {
    throw badRequest('Changing the parent of a provider that has one is not allowed before 1.37.');
  }
  if (parent === null) return null;
  const above = await parentOf(tx, parent);
  for (let at: Provider | undefined = above; at !== undefined; ) {
    if (at.uuid === provider.uuid) throw badRequest('Creating loop in the provider tree is not allowed.');
    at = at.parentUuid === null ? undefined : await findProvider(tx, at.parentUuid);
  }
  return above;
}

/** Resource providers. */
export function providerRoutes(store: Store): Route[] {
  const one = '/resource_providers/:uuid';
  return [
    admin('GET', '/resource_providers', 'resource-providers:list', '1.0', {
      handler: (request) => list(store, request),
    }),
    admin('POST', '/resource_providers', 'resource-providers:create', '1.0', {
      body,
      handler: (request) => create(store, request),
    }),
    admin('GET', one, 'resource-providers:get', '1.0', {
      handler: async (request) => fresh(request, view(await providerOf(store.db, request), request)),
    }),
    admin('PUT', one, 'resource-providers:update', '1.0', { body, handler: (request) => update(store, request) }),
    admin('DELETE', one, 'resource-providers:delete', '1.0', {
      status: 204,
      handler: (request) => store.transact(async (tx) => removeProvider(tx, await providerOf(tx, request, 'update'))),
    }),
  ];
}
