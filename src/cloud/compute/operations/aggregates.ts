import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import type { Tx } from '../../../kernel/store/index.ts';
import {
  type Aggregate,
  aggregateZones,
  deleteAggregate,
  findAggregate,
  insertAggregate,
  updateAggregate,
} from '../store/aggregates.ts';
import type { ComputeSettings } from './settings.ts';

/** Whether servers can be asked for in the zone: its own name, or that of an aggregate with hosts. */
export async function isZone({ store, zone }: ComputeSettings, name: string): Promise<boolean> {
  return name === zone || (await aggregateZones(store.db)).has(name);
}

export async function createAggregate(
  { store, clock }: ComputeSettings,
  name: string,
  zone: string | null,
): Promise<Aggregate> {
  const metadata = zone === null ? {} : { availability_zone: zone };
  const now = clock.now();
  const made = await insertAggregate(store.db, { uuid: newId(now.getTime()), name, metadata, created_at: now });
  if (made === undefined) throw conflict(`Aggregate ${name} already exists.`);
  return made;
}

/** The aggregate, locked for a change; `notFound` otherwise. */
async function lockedAggregate(tx: Tx, id: string): Promise<Aggregate> {
  const found = /^\d{1,9}$/.test(id) ? await findAggregate(tx, Number(id)) : undefined;
  if (found === undefined) throw new Fault('notFound', `Aggregate ${id.slice(0, 64)} could not be found.`);
  return found;
}

export function getAggregate({ store }: ComputeSettings, id: string): Promise<Aggregate> {
  return store.transact((tx) => lockedAggregate(tx, id));
}

type Change = { name?: string; metadata?: Record<string, string>; hosts?: string[] };

/** Changes what `change` says, given the aggregate as it is. */
export async function changeAggregate(
  { store, clock }: ComputeSettings,
  id: string,
  change: (aggregate: Aggregate) => Change,
): Promise<Aggregate> {
  try {
    return await store.transact(async (tx) => {
      const before = await lockedAggregate(tx, id);
      return updateAggregate(tx, before.id, { ...change(before), updated_at: clock.now() });
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === uniqueViolation) throw conflict('An aggregate has that name already.');
    throw error;
  }
}

/** PostgreSQL's `unique_violation`. */
const uniqueViolation = '23505';

/** What an aggregate's metadata becomes: null takes a key away. */
export function mergedMetadata(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const merged = { ...before, ...changes };
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null));
}

export async function removeAggregate({ store }: ComputeSettings, id: string): Promise<void> {
  await store.transact(async (tx) => {
    const found = await lockedAggregate(tx, id);
    if (found.hosts.length > 0) throw badRequest(`Cannot remove aggregate ${id}: it still has hosts.`);
    await deleteAggregate(tx, found.id);
  });
}

/** Puts a host into the aggregate, or takes it out. */
export async function moveHost(
  settings: ComputeSettings,
  id: string,
  host: string,
  where: 'in' | 'out',
): Promise<Aggregate> {
  if (host !== settings.hostName) throw new Fault('notFound', `Compute host ${host.slice(0, 64)} could not be found.`);
  return changeAggregate(settings, id, ({ hosts }) => {
    if (where === 'in' && hosts.includes(host)) throw conflict(`Aggregate ${id} already has host ${host}.`);
    if (where === 'out' && !hosts.includes(host)) throw new Fault('notFound', `Aggregate ${id} has no host ${host}.`);
    return { hosts: where === 'in' ? [...hosts, host] : hosts.filter((name) => name !== host) };
  });
}
