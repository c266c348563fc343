import { type RawBuilder, sql } from 'kysely';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import { clash } from '../domain/faults.ts';
import type { Provider } from './tables.ts';

/** The columns of a provider, of `p` with its root `r` and parent `q`. */
const providerSource = sql`select p.id, p.uuid, p.name, p.generation, r.uuid as "rootUuid", q.uuid as "parentUuid",
    p.updated_at as "updatedAt"
  from placement.provider p join placement.provider r on r.id = p.root_id left join placement.provider q on q.id = p.parent_id`;

/** The provider; `lock` holds it until the transaction ends. */
export async function findProvider(
  connection: Connection,
  uuid: string,
  lock?: 'update',
): Promise<Provider | undefined> {
  const hold = lock === undefined ? sql`` : sql`for no key update of p`;
  const { rows } = await sql<Provider>`${providerSource} where p.uuid = ${uuid} ${hold}`.execute(connection);
  return rows[0];
}

/** Says that what the provider has, or has given, changed. */
export async function raiseGeneration(tx: Tx, { id }: Provider): Promise<number> {
  const { rows } = await sql<{ generation: number }>`update placement.provider
    set generation = generation + 1, updated_at = now() where id = ${id} returning generation`.execute(tx);
  return rows[0]?.generation ?? 0;
}

/** Makes a provider, under another or as a root; false when that uuid is there already. */
export async function makeProvider(tx: Tx, uuid: string, name: string, parent?: Provider): Promise<boolean> {
  const { rows } = await sql<{ id: bigint }>`insert into placement.provider (id, uuid, name, root_id, parent_id)
    overriding system value
    select id, ${uuid}, ${name}, coalesce((select root_id from placement.provider where id = ${parent?.id ?? null}), id),
      ${parent?.id ?? null}
    from (select nextval(pg_get_serial_sequence('placement.provider', 'id')) as id) n
    on conflict (uuid) do nothing returning id`.execute(tx);
  return rows.length > 0;
}

/** Whether anything changed. */
export async function setTraits(tx: Tx, providerId: bigint, traits: readonly string[]): Promise<boolean> {
  const all = sql`${traits as string[]}::text[]`;
  const gone = await sql`delete from placement.provider_trait where provider_id = ${providerId} and trait <> all(${all})
    returning trait`.execute(tx);
  const come = await sql`insert into placement.provider_trait (provider_id, trait)
    select ${providerId}, trait from unnest(${all}) trait on conflict do nothing returning trait`.execute(tx);
  return gone.rows.length + come.rows.length > 0;
}

export async function traitsOf(connection: Connection, { id }: Provider): Promise<string[]> {
  const { rows } = await sql<{ trait: string }>`select trait from placement.provider_trait where provider_id = ${id}
    order by trait`.execute(connection);
  return rows.map(({ trait }) => trait);
}

/** The first of these names that no trait has. */
export async function unknownTrait(connection: Connection, names: readonly string[]): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`select name from unnest(${names as string[]}::text[]) name
    where not exists (select from placement.trait t where t.name = name.name) limit 1`.execute(connection);
  return rows[0]?.name;
}

export async function aggregatesOf(connection: Connection, { id }: Provider): Promise<string[]> {
  const { rows } = await sql<{ aggregate: string }>`select aggregate from placement.provider_aggregate
    where provider_id = ${id} order by aggregate`.execute(connection);
  return rows.map(({ aggregate }) => aggregate);
}

export async function setAggregates(tx: Tx, { id }: Provider, aggregates: readonly string[]): Promise<void> {
  await sql`delete from placement.provider_aggregate where provider_id = ${id}`.execute(tx);
  await sql`insert into placement.provider_aggregate (provider_id, aggregate)
    select distinct ${id}::bigint, aggregate from unnest(${aggregates as string[]}::uuid[]) aggregate`.execute(tx);
  // Before 1.19 this raises no generation, yet `ProviderTrees` must see it.
  await sql`update placement.provider set updated_at = now() where id = ${id}`.execute(tx);
}

export type Condition = RawBuilder<unknown>;

/** The providers that meet the conditions on `p` and its root `r`. */
export async function listProviders(connection: Connection, conditions: readonly Condition[]): Promise<Provider[]> {
  const { rows } = await sql<Provider>`${providerSource} where ${sql.join([sql`true`, ...conditions], sql` and `)}
    order by p.id`.execute(connection);
  return rows;
}

/** Gives it another name, another parent, or none; its tree goes with it. */
export async function changeProvider(
  tx: Tx,
  { id }: Provider,
  change: { readonly name: string; readonly parent: Provider | null | undefined },
): Promise<void> {
  await sql`update placement.provider set name = ${change.name}, updated_at = now() where id = ${id}`.execute(tx);
  if (change.parent === undefined) return;
  await sql`update placement.provider set parent_id = ${change.parent?.id ?? null} where id = ${id}`.execute(tx);
  await sql`with recursive below as (select ${id}::bigint as id union all
      select p.id from placement.provider p join below b on p.parent_id = b.id)
    update placement.provider set root_id = coalesce(
      (select root_id from placement.provider where id = ${change.parent?.id ?? null}), ${id})
    where id in (select id from below)`.execute(tx);
}

/** 409 while something is taken from it, or others are under it. */
export async function removeProvider(tx: Tx, { id, uuid }: Provider): Promise<void> {
  const { rows } = await sql<{ taken: boolean; parent: boolean }>`select
    exists (select from placement.allocation where provider_id = ${id}) as taken,
    exists (select from placement.provider where parent_id = ${id}) as parent`.execute(tx);
  if (rows[0]?.parent === true) {
    throw clash(
      'placement.resource_provider.cannot_delete_parent',
      `Unable to delete parent resource provider ${uuid}: It has child resource providers.`,
    );
  }
  if (rows[0]?.taken === true) {
    throw clash('placement.resource_provider.inuse', `Unable to delete resource provider ${uuid}: It has allocations.`);
  }
  await sql`delete from placement.provider where id = ${id}`.execute(tx);
}
