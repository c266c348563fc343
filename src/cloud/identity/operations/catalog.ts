import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { lockInTransaction, sql, type Tx } from '../../../kernel/store/index.ts';
import {
  asksForMore,
  type Catalog,
  type Endpoint,
  type EndpointGroup,
  type Region,
  type Service,
  withRegionsBelow,
} from '../domain/catalog.ts';
import { change, type Environment } from '../environment.ts';
import { loadCatalog } from '../store/catalog.ts';
import { cacheKey } from '../store/directory.ts';
import { identityTables, unknown } from '../store/queries.ts';
import type { Extra } from '../store/tables.ts';

/** What the catalog's tables are named, by what is in them. */
const collections = {
  region: 'regions',
  service: 'services',
  endpoint: 'endpoints',
  endpoint_group: 'groups',
} as const;
type Kind = keyof typeof collections;
type Thing = { region: Region; service: Service; endpoint: Endpoint; endpoint_group: EndpointGroup };

/** Changes the catalog, one after the other, so that what was checked stays true; every process sees it within a second. */
export async function changeCatalog<R>(
  environment: Environment,
  work: (tx: Tx, now: Catalog) => Promise<R>,
): Promise<R> {
  return change(environment, async (tx, touch) => {
    await lockInTransaction(tx, 'identity.catalog');
    touch(cacheKey.catalog);
    return work(tx, await loadCatalog(tx, environment.catalog));
  });
}

/** The thing, from the catalog as it is; 404 when there is none. */
export function found<K extends Kind>(catalog: Catalog, kind: K, id: string): Thing[K] {
  const all: readonly Thing[Kind][] = catalog[collections[kind]];
  const thing = all.find((one) => one.id === id);
  if (thing === undefined) throw unknown(kind.replace('_', ' '), id);
  return thing as Thing[K];
}

/** The thing, if administrators may change it; 403 for what this cloud itself serves. */
function changeable<K extends Kind>(environment: Environment, catalog: Catalog, kind: K, id: string): Thing[K] {
  const thing = found(catalog, kind, id);
  if (environment.catalog[collections[kind]].some((one) => one.id === id)) {
    throw new Fault('forbidden', `The ${kind} ${id} is what this cloud itself serves: its configuration says so.`);
  }
  return thing;
}

/** Writes the thing as it is to be, new or not; answers it. */
export async function write<K extends Kind>(
  { clock }: Environment,
  tx: Tx,
  kind: K,
  thing: Thing[K],
): Promise<Thing[K]> {
  const row = { created_at: clock.now(), ...thing };
  const table = sql.table(`identity.${kind}`);
  const columns = Object.keys(row).map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
  await sql`insert into ${table} select * from json_populate_record(null::${table}, ${JSON.stringify(row)}::json)
    on conflict (id) do update set ${sql.join(columns)}`.execute(tx);
  return thing;
}

/** The thing with what is wanted in the place of what was. */
function changed<T extends { readonly extra: Extra }>(before: T, wanted: Partial<T>): T {
  return { ...before, ...wanted, extra: { ...before.extra, ...wanted.extra } };
}

export function createService(environment: Environment, wanted: Omit<Service, 'id'>): Promise<Service> {
  return changeCatalog(environment, (tx) => write(environment, tx, 'service', { id: newHexId(), ...wanted }));
}

export function updateService(environment: Environment, id: string, wanted: Partial<Service>): Promise<Service> {
  return changeCatalog(environment, async (tx, now) =>
    write(environment, tx, 'service', changed(changeable(environment, now, 'service', id), wanted)),
  );
}

/** With its endpoints. */
export function deleteService(environment: Environment, id: string): Promise<void> {
  return changeCatalog(environment, async (tx, now) => {
    changeable(environment, now, 'service', id);
    await forgetEndpoints(
      tx,
      now.endpoints.filter(({ service_id }) => service_id === id),
    );
    await identityTables(tx).deleteFrom('identity.service').where('id', '=', id).execute();
  });
}

/** What may be said of an endpoint; `region` is a region that is made if it is not there, as clients of old expect. */
export interface EndpointAttributes extends Omit<Endpoint, 'id'> {
  readonly region?: string;
}

export function createEndpoint(environment: Environment, { region, ...wanted }: EndpointAttributes): Promise<Endpoint> {
  return changeCatalog(environment, async (tx, now) => {
    const endpoint = { id: newHexId(), ...wanted, region_id: await regionOf(environment, tx, now, region, wanted) };
    checkEndpoint(now, endpoint);
    return write(environment, tx, 'endpoint', endpoint);
  });
}

export function updateEndpoint(
  environment: Environment,
  id: string,
  { region, ...wanted }: Partial<EndpointAttributes>,
): Promise<Endpoint> {
  return changeCatalog(environment, async (tx, now) => {
    const before = changeable(environment, now, 'endpoint', id);
    const region_id = await regionOf(environment, tx, now, region, { ...before, ...wanted });
    checkEndpoint(now, { ...before, ...wanted });
    return write(environment, tx, 'endpoint', changed(before, { ...wanted, region_id }));
  });
}

async function regionOf(
  environment: Environment,
  tx: Tx,
  now: Catalog,
  region: string | undefined,
  { region_id }: Pick<Endpoint, 'region_id'>,
): Promise<string | null> {
  const id = region ?? region_id;
  if (id === null || now.regions.some((one) => one.id === id)) return id;
  if (region === undefined) throw badRequest(`There is no region ${id.slice(0, 64)} for the endpoint.`);
  await write(environment, tx, 'region', { id, parent_region_id: null, description: '', extra: {} });
  return id;
}

function checkEndpoint(now: Catalog, { service_id, url }: Endpoint): void {
  if (!now.services.some(({ id }) => id === service_id)) {
    throw badRequest(`There is no service ${service_id.slice(0, 64)} for the endpoint.`);
  }
  if (asksForMore(url)) throw badRequest('In the URL of an endpoint, only $(project_id)s can be filled in.');
}

export function deleteEndpoint(environment: Environment, id: string): Promise<void> {
  return changeCatalog(environment, async (tx, now) => {
    await forgetEndpoints(tx, [changeable(environment, now, 'endpoint', id)]);
  });
}

/** Also where they were chosen for projects. */
async function forgetEndpoints(tx: Tx, endpoints: readonly Endpoint[]): Promise<void> {
  const ids = endpoints.map(({ id }) => id);
  if (ids.length === 0) return;
  await identityTables(tx).deleteFrom('identity.project_endpoint').where('endpoint_id', 'in', ids).execute();
  await identityTables(tx).deleteFrom('identity.endpoint').where('id', 'in', ids).execute();
}

export function createRegion(environment: Environment, wanted: Region): Promise<Region> {
  return changeCatalog(environment, async (tx, now) => {
    if (now.regions.some(({ id }) => id === wanted.id)) throw conflict(`The region ${wanted.id} exists already.`);
    if (wanted.parent_region_id !== null) found(now, 'region', wanted.parent_region_id);
    return write(environment, tx, 'region', wanted);
  });
}

export function updateRegion(environment: Environment, id: string, wanted: Partial<Region>): Promise<Region> {
  return changeCatalog(environment, async (tx, now) => {
    const before = changeable(environment, now, 'region', id);
    const parent = wanted.parent_region_id ?? null;
    if (parent !== null && withRegionsBelow(now, id).has(found(now, 'region', parent).id)) {
      throw badRequest(`The region ${id} would be below itself.`);
    }
    return write(environment, tx, 'region', changed(before, wanted));
  });
}

/** With the regions below it; 403 while there are endpoints in one of them. */
export function deleteRegion(environment: Environment, id: string): Promise<void> {
  return changeCatalog(environment, async (tx, now) => {
    changeable(environment, now, 'region', id);
    const going = withRegionsBelow(now, id);
    if (now.endpoints.some(({ region_id }) => region_id !== null && going.has(region_id))) {
      throw new Fault('forbidden', `The region ${id}, or one below it, still has endpoints.`);
    }
    await identityTables(tx)
      .deleteFrom('identity.region')
      .where('id', 'in', [...going])
      .execute();
  });
}
