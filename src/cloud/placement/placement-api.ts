import type { Connection, Store, Tx } from '../../kernel/store/index.ts';
import { type Claim, claim, findConsumer, setAllocations, unplaced } from './store/allocations.ts';
import { inventoriesOf, setInventories } from './store/inventories.ts';
import { findProvider, makeProvider, raiseGeneration, setTraits } from './store/providers.ts';
import type { Inventory } from './store/tables.ts';

/** A host as compute knows it. */
export interface HostProvider {
  readonly uuid: string;
  readonly name: string;
  /** By resource class: `VCPU`, `MEMORY_MB`, `DISK_GB`. */
  readonly inventories: Readonly<Record<string, Pick<Inventory, 'total'> & Partial<Inventory>>>;
  /** Exactly these; undefined: what it has stays. */
  readonly traits?: readonly string[];
}

/**
 * Placement for the other services of this process: hosts tell what they have, servers take it. What takes a connection may
 * be given the caller's transaction. Every call repeated with the same arguments changes nothing more.
 */
export interface PlacementApi {
  /** Makes the provider what the host says of itself. 409 when it has given more of a class than it no longer has. */
  upsertProvider(host: HostProvider): Promise<void>;
  /** Takes room at one provider, in one statement; answers its uuid, undefined when there is none. */
  claim(wanted: Claim, connection?: Connection | Tx): Promise<string | undefined>;
  /** Gives back all that the consumer has; one that has nothing is fine. */
  release(consumer: string, connection?: Connection | Tx): Promise<void>;
  /** Replaces what the consumer has by this, at this provider (a resize). 409 when there is no room. */
  replace(
    consumer: string,
    provider: string,
    resources: Readonly<Record<string, number>>,
    connection?: Connection | Tx,
  ): Promise<void>;
  /** Those of the consumers that have nothing. */
  unplaced(consumers: readonly string[]): Promise<string[]>;
}

export function placementApi(store: Store): PlacementApi {
  return {
    upsertProvider: (host) => store.transact((tx) => upsert(tx, host)),
    claim: (wanted, connection = store.db) => claim(connection, wanted),
    async release(consumer, connection = store.db) {
      await setAllocations(connection, [{ consumer, project: '', user: '', allocations: [] }]);
    },
    async replace(consumer, provider, resources, connection = store.db) {
      const known = await findConsumer(connection, consumer);
      const { projectId: project = '', userId: user = '', type = 'INSTANCE' } = known ?? {};
      const allocations = Object.entries(resources).map(([name, amount]) => ({ provider, class: name, amount }));
      await setAllocations(connection, [{ consumer, project, user, type, allocations }]);
    },
    unplaced: (consumers) => unplaced(store.db, consumers),
  };
}

/** Placement's defaults for what is not said of an inventory. */
export const inventoryDefaults = {
  reserved: 0,
  min_unit: 1,
  max_unit: 2_147_483_647,
  step_size: 1,
  allocation_ratio: 1,
} as const;

async function upsert(tx: Tx, { uuid, name, inventories, traits }: HostProvider): Promise<void> {
  await makeProvider(tx, uuid, name);
  const provider = await findProvider(tx, uuid, 'update');
  if (provider === undefined) throw new Error(`resource provider ${uuid} vanished within its transaction`);
  const wanted = Object.fromEntries(
    Object.entries(inventories).map(([of, inventory]) => [of, { ...inventoryDefaults, ...inventory }]),
  );
  const before = JSON.stringify(await inventoriesOf(tx, provider));
  await setInventories(tx, provider, wanted);
  const changed = before !== JSON.stringify(await inventoriesOf(tx, provider));
  const traitsChanged = traits !== undefined && (await setTraits(tx, provider.id, traits));
  if (changed || traitsChanged) await raiseGeneration(tx, provider);
}
