import Type from 'typebox';
import { badRequest } from '../../../kernel/base/errors.ts';
import type { Reply, Route } from '../../../kernel/http/index.ts';
import type { Store, Tx } from '../../../kernel/store/index.ts';
import { clash, unknown } from '../domain/faults.ts';
import { inventoryDefaults } from '../placement-api.ts';
import { inventoriesOf, putInventory, setInventories, unknownClass, usagesOf } from '../store/inventories.ts';
import { raiseGeneration } from '../store/providers.ts';
import type { Inventory, Provider } from '../store/tables.ts';
import { admin, amount, closed, fresh, generation, param, providerOf, type Request, sameGeneration } from './common.ts';

const many = Type.Integer({ minimum: 0, maximum: 2_147_483_647 });
const inventory = {
  total: amount,
  reserved: Type.Optional(many),
  min_unit: Type.Optional(amount),
  max_unit: Type.Optional(amount),
  step_size: Type.Optional(amount),
  allocation_ratio: Type.Optional(Type.Number({ minimum: 0, maximum: 1e38 })),
};
const name = Type.String({ pattern: '^[A-Z0-9_]{1,255}$' });
export const inventoriesBody = Type.Record(name, closed(inventory));
const allBody = closed({ resource_provider_generation: generation, inventories: inventoriesBody });
const oneBody = closed({ resource_provider_generation: generation, ...inventory });
const newBody = closed({ resource_provider_generation: Type.Optional(generation), resource_class: name, ...inventory });

type Given = Pick<Inventory, 'total'> & Partial<Inventory>;

/** What was given with Placement's defaults; 400 for more reserved than there is (all of it may be, from 1.26 on). */
export function complete(given: Given): Inventory {
  const { total, ...rest } = given;
  const whole = { total, ...inventoryDefaults, ...rest };
  if (whole.reserved > total) throw badRequest('Unable to update inventory: reserved is larger than total.');
  return whole;
}

/** One change of what a provider has, by a caller who saw it as it is. */
async function change(
  { transact }: Store,
  request: Request,
  seen: number | undefined,
  apply: (tx: Tx, provider: Provider) => Promise<unknown>,
): Promise<number> {
  return transact(async (tx) => {
    const provider = await providerOf(tx, request, 'update');
    sameGeneration(provider, seen);
    await apply(tx, provider);
    return raiseGeneration(tx, provider);
  });
}

async function checkClasses(tx: Tx, names: readonly string[]): Promise<void> {
  const odd = await unknownClass(tx, names);
  if (odd !== undefined) throw badRequest(`Unknown resource class in inventory: No such resource class ${odd}.`);
}

async function replaceAll(store: Store, request: Request): Promise<Reply> {
  const { inventories, resource_provider_generation: seen } = request.body as Type.Static<typeof allBody>;
  const wanted = Object.fromEntries(Object.entries(inventories).map(([of, given]) => [of, complete(given)]));
  const now = await change(store, request, seen, async (tx, provider) => {
    await checkClasses(tx, Object.keys(wanted));
    await setInventories(tx, provider, wanted);
  });
  return fresh(request, { resource_provider_generation: now, inventories: wanted });
}

async function replaceOne(store: Store, request: Request): Promise<Reply> {
  const { resource_provider_generation: seen, ...given } = request.body as Type.Static<typeof oneBody>;
  const of = param(request, 'resource_class');
  const wanted = complete(given);
  const now = await change(store, request, seen, async (tx, provider) => {
    if (!Object.hasOwn(await inventoriesOf(tx, provider), of)) {
      throw badRequest(`No inventory record with resource class ${of.slice(0, 64)}.`);
    }
    await putInventory(tx, provider, of, wanted);
  });
  return fresh(request, { resource_provider_generation: now, ...wanted });
}

async function create(store: Store, request: Request): Promise<Reply> {
  const body = request.body as Type.Static<typeof newBody>;
  const { resource_provider_generation: seen, resource_class: of, ...given } = body;
  const wanted = complete(given);
  const now = await change(store, request, seen, async (tx, provider) => {
    await checkClasses(tx, [of]);
    if (Object.hasOwn(await inventoriesOf(tx, provider), of)) {
      throw clash('placement.undefined_code', `Update conflict: an inventory of ${of} is there already.`);
    }
    await putInventory(tx, provider, of, wanted);
  });
  const headers = { Location: `${request.baseUrl}${request.url.replace(/^\/placement/, '')}/${of}` };
  return fresh(request, { resource_provider_generation: now, ...wanted }, { status: 201, headers });
}

async function remove(store: Store, request: Request): Promise<void> {
  const of = param(request, 'resource_class');
  await change(store, request, undefined, async (tx, provider) => {
    const { [of]: gone, ...left } = await inventoriesOf(tx, provider);
    if (gone === undefined) throw unknown('inventory of class', of);
    await setInventories(tx, provider, left);
  });
}

/** What providers have, and what of it is taken. */
export function inventoryRoutes(store: Store): Route[] {
  const all = '/resource_providers/:uuid/inventories';
  const { db } = store;
  return [
    admin('GET', all, 'inventories:list', '1.0', {
      async handler(request) {
        const provider = await providerOf(db, request);
        const inventories = await inventoriesOf(db, provider);
        return fresh(request, { resource_provider_generation: provider.generation, inventories });
      },
    }),
    admin('PUT', all, 'inventories:replace', '1.0', {
      body: allBody,
      handler: (request) => replaceAll(store, request),
    }),
    admin('POST', all, 'inventories:create', '1.0', { body: newBody, handler: (request) => create(store, request) }),
    admin('DELETE', all, 'inventories:delete-all', '1.5', {
      status: 204,
      async handler(request) {
        await change(store, request, undefined, (tx, provider) => setInventories(tx, provider, {}));
      },
    }),
    admin('GET', `${all}/:resource_class`, 'inventories:get', '1.0', {
      async handler(request) {
        const provider = await providerOf(db, request);
        const of = param(request, 'resource_class');
        const found = (await inventoriesOf(db, provider))[of];
        if (found === undefined) throw unknown(`inventory of provider ${provider.uuid} for class`, of);
        return fresh(request, { resource_provider_generation: provider.generation, ...found });
      },
    }),
    admin('PUT', `${all}/:resource_class`, 'inventories:update', '1.0', {
      body: oneBody,
      handler: (request) => replaceOne(store, request),
    }),
    admin('DELETE', `${all}/:resource_class`, 'inventories:delete', '1.0', {
      status: 204,
      handler: (request) => remove(store, request),
    }),
    admin('GET', '/resource_providers/:uuid/usages', 'usages:of-provider', '1.0', {
      async handler(request) {
        const provider = await providerOf(db, request);
        const usages = await usagesOf(db, provider);
        return fresh(request, { resource_provider_generation: provider.generation, usages });
      },
    }),
  ];
}
