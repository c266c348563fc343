import Type from 'typebox';
import { badRequest } from '../../../kernel/base/errors.ts';
import type { Route } from '../../../kernel/http/index.ts';
import type { Store } from '../../../kernel/store/index.ts';
import { setAllocations } from '../store/allocations.ts';
import { inventoriesOf, putInventory, setInventories, unknownClass } from '../store/inventories.ts';
import { findProvider, raiseGeneration } from '../store/providers.ts';
import type { Inventory, Provider } from '../store/tables.ts';
import { type ConsumerBody, checkClasses, manyBody, wantedOf } from './allocations.ts';
import { admin, closed, generation, type Request, sameGeneration, uuid } from './common.ts';
import { complete, inventoriesBody } from './inventories.ts';

const body = closed({
  inventories: Type.Record(uuid, closed({ resource_provider_generation: generation, inventories: inventoriesBody })),
  allocations: manyBody,
});

/**
 * Moves what providers have, and what consumers have of it, in one transaction: first the new inventories beside the old,
 * then the allocations, then without what is no longer theirs.
 */
async function reshape({ transact }: Store, request: Request): Promise<void> {
  const { inventories, allocations } = request.body as Type.Static<typeof body>;
  const wanted = Object.entries(allocations as Record<string, ConsumerBody>).map(([consumer, one]) =>
    wantedOf(consumer, one, request.version, true),
  );
  await transact(async (tx) => {
    await checkClasses({ db: tx }, wanted);
    const shapes: { provider: Provider; left: Record<string, Inventory> }[] = [];
    for (const [id, given] of Object.entries(inventories).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const provider = await findProvider(tx, id, 'update');
      if (provider === undefined) throw badRequest(`Resource provider ${id} in reshape does not exist.`);
      sameGeneration(provider, given.resource_provider_generation);
      const odd = await unknownClass(tx, Object.keys(given.inventories));
      if (odd !== undefined) throw badRequest(`Unknown resource class in inventory: No such resource class ${odd}.`);
      const left = Object.fromEntries(Object.entries(given.inventories).map(([name, one]) => [name, complete(one)]));
      for (const [name, one] of Object.entries(left)) await putInventory(tx, provider, name, one);
      shapes.push({ provider, left });
    }
    if (wanted.length > 0) await setAllocations(tx, wanted);
    for (const { provider, left } of shapes) {
      if (Object.keys(await inventoriesOf(tx, provider)).length > Object.keys(left).length) {
        await setInventories(tx, provider, left);
      }
      await raiseGeneration(tx, provider);
    }
  });
}

/** Reshaping: what was one provider's becomes that of those below it. */
export function reshaperRoutes(store: Store): Route[] {
  return [
    admin('POST', '/reshaper', 'reshaper:reshape', '1.30', {
      body,
      status: 204,
      handler: (request) => reshape(store, request),
    }),
  ];
}
