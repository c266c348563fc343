import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';
import { clash } from '../domain/faults.ts';
import type { Inventory, Provider } from './tables.ts';

export async function inventoriesOf(connection: Connection, { id }: Provider): Promise<Record<string, Inventory>> {
  const { rows } = await sql<Inventory & { class: string }>`select class, total::float8, reserved::float8,
      min_unit::float8, max_unit::float8, step_size::float8, allocation_ratio
    from placement.inventory where provider_id = ${id} order by class`.execute(connection);
  return Object.fromEntries(rows.map(({ class: name, ...inventory }) => [name, inventory]));
}

/** Replaces all of it. What consumers have of a class stays: 409 for a class of which something is taken. */
export async function setInventories(
  tx: Tx,
  provider: Provider,
  inventories: Readonly<Record<string, Inventory>>,
): Promise<void> {
  const names = Object.keys(inventories);
  const { rows } = await sql<{ class: string }>`select class from placement.inventory where provider_id = ${provider.id}
    and class <> all(${names}) and used > 0 limit 1`.execute(tx);
  const [taken] = rows;
  if (taken !== undefined) {
    throw clash(
      'placement.inventory.inuse',
      `Inventory for '${taken.class}' on resource provider '${provider.uuid}' in use.`,
    );
  }
  await sql`delete from placement.inventory where provider_id = ${provider.id} and class <> all(${names})`.execute(tx);
  for (const [name, inventory] of Object.entries(inventories)) await putInventory(tx, provider, name, inventory);
}

/** Writes what the provider has of one class; what is taken of it stays. */
export async function putInventory(tx: Tx, { id }: Provider, name: string, inventory: Inventory): Promise<void> {
  const { total, reserved, min_unit, max_unit, step_size, allocation_ratio } = inventory;
  await sql`insert into placement.inventory
      (provider_id, class, total, reserved, min_unit, max_unit, step_size, allocation_ratio)
    values (${id}, ${name}, ${total}, ${reserved}, ${min_unit}, ${max_unit}, ${step_size}, ${allocation_ratio})
    on conflict (provider_id, class) do update set total = excluded.total, reserved = excluded.reserved,
      min_unit = excluded.min_unit, max_unit = excluded.max_unit, step_size = excluded.step_size,
      allocation_ratio = excluded.allocation_ratio`.execute(tx);
}

/** The first of these names that no resource class has. */
export async function unknownClass(connection: Connection, names: readonly string[]): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`select name from unnest(${names as string[]}::text[]) name
    where not exists (select from placement.resource_class c where c.name = name.name) limit 1`.execute(connection);
  return rows[0]?.name;
}

/** How much of each class is taken, at the provider. */
export async function usagesOf(connection: Connection, { id }: Provider): Promise<Record<string, number>> {
  const { rows } = await sql<{ class: string; used: number }>`select class, used::float8 from placement.inventory
    where provider_id = ${id} order by class`.execute(connection);
  return Object.fromEntries(rows.map(({ class: name, used }) => [name, used]));
}
