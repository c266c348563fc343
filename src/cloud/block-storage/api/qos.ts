import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { isUuid, newId } from '../../../kernel/base/ids.ts';
import { type ApiRequest, caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import { poolOf, type VolumeSettings } from '../operations/settings.ts';
import type { QosSpecsRow, VolumeTypeRow } from '../store/tables.ts';
import {
  changeQos,
  changeType,
  dropQosFromTypes,
  findQos,
  insertQos,
  listQos,
  removeQos,
  typesWithQos,
} from '../store/types.ts';
import { isTrue, searchOf } from './listing.ts';
import { closed, text } from './schemas.ts';
import { param } from './scoped.ts';
import { visibleType } from './types.ts';
import { linksOf, seenBy } from './views.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

const values = Type.Record(Type.String({ minLength: 1, maxLength: 255 }), text);
const createBody = closed({ qos_specs: values });
const deleteKeysBody = closed({ keys: Type.Array(text, { maxItems: 100 }) });
const consumers = ['front-end', 'back-end', 'both'] as const;

async function visibleQos(connection: Connection, id: string): Promise<QosSpecsRow> {
  const qos = isUuid(id) ? await findQos(connection, id) : undefined;
  if (qos === undefined) throw new Fault('notFound', `No such QoS spec ${id.slice(0, 64)}.`);
  return qos;
}

function view({ id, name, consumer, specs }: QosSpecsRow): Record<string, unknown> {
  return { id, name, consumer, specs };
}

function consumerOf(value: string | undefined): QosSpecsRow['consumer'] {
  const consumer = consumers.find((known) => known === (value ?? 'back-end'));
  if (consumer === undefined) throw badRequest(`Valid consumer of QoS specs are: ${consumers.join(', ')}.`);
  return consumer;
}

async function create(settings: VolumeSettings, request: Request): Promise<unknown> {
  const { name, consumer, ...specs } = (request.body as Type.Static<typeof createBody>).qos_specs;
  if (name === undefined || name.trim() === '') throw badRequest('Please specify a name for QoS specs.');
  const now = settings.clock.now();
  const qos: QosSpecsRow = {
    ...{ id: newId(now.getTime()), name: name.trim(), consumer: consumerOf(consumer), specs, created_at: now },
  };
  if (!(await settings.store.transact((tx) => insertQos(tx, qos)))) throw conflict(`QoS specs ${name} already exists.`);
  return shown(settings, request, qos);
}

function shown(settings: VolumeSettings, request: Request, qos: QosSpecsRow): Record<string, unknown> {
  return { qos_specs: view(qos), links: linksOf(seenBy(request, poolOf(settings)), 'qos-specs', qos.id) };
}

async function remove(tx: Tx, id: string, force: boolean): Promise<void> {
  const qos = await visibleQos(tx, id);
  const used = await typesWithQos(tx, qos.id);
  if (used.length > 0 && !force) throw badRequest(`QoS specs ${id} is still associated with entities.`);
  await dropQosFromTypes(tx, qos.id);
  await removeQos(tx, qos.id);
}

/** The type that the query names, with the specs' row: what an association is between. */
async function pair(tx: Tx, request: Request): Promise<{ qos: QosSpecsRow; type: VolumeTypeRow }> {
  const typeId = searchOf(request).get('vol_type_id');
  if (typeId === null || typeId === '') throw badRequest('Volume Type id must not be None.');
  const qos = await visibleQos(tx, param(request, 'id'));
  return { qos, type: await visibleType(tx, caller(request), typeId) };
}

async function associate(tx: Tx, request: Request): Promise<void> {
  const { qos, type } = await pair(tx, request);
  if (type.qos_specs_id !== null && type.qos_specs_id !== qos.id) {
    throw badRequest(`Type ${type.id} is already associated with another qos specs: ${type.qos_specs_id}.`);
  }
  await changeType(tx, type.id, { qos_specs_id: qos.id });
}

async function disassociate(tx: Tx, request: Request): Promise<void> {
  const { qos, type } = await pair(tx, request);
  await dropQosFromTypes(tx, qos.id, type.id);
}

async function disassociateAll(tx: Tx, request: Request): Promise<void> {
  await dropQosFromTypes(tx, (await visibleQos(tx, param(request, 'id'))).id);
}

/** What a volume's type says of the service that its volumes get. They are kept and told; nothing limits a disk by them yet. */
export function qosRoutes(settings: VolumeSettings): Route[] {
  const { store } = settings;
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  return [
    route({
      method: 'POST',
      path: '/qos-specs',
      operation: 'volume:qos-specs:create',
      policy: policies.admin,
      body: createBody,
      handler: (request) => create(settings, request),
    }),
    route({
      method: 'GET',
      path: '/qos-specs',
      operation: 'volume:qos-specs:list',
      policy: policies.admin,
      handler: async () => ({ qos_specs: (await listQos(store.db)).map(view) }),
    }),
    route({
      method: 'GET',
      path: '/qos-specs/:id',
      operation: 'volume:qos-specs:get',
      policy: policies.admin,
      handler: async (request) => shown(settings, request, await visibleQos(store.db, id(request))),
    }),
    route({
      method: 'PUT',
      path: '/qos-specs/:id',
      operation: 'volume:qos-specs:update',
      policy: policies.admin,
      body: createBody,
      async handler(request) {
        const { consumer, ...specs } = request.body.qos_specs;
        await store.transact(async (tx) => {
          const qos = await visibleQos(tx, id(request));
          const changed = consumer === undefined ? {} : { consumer: consumerOf(consumer) };
          await changeQos(tx, qos.id, { specs: { ...qos.specs, ...specs }, ...changed });
        });
        return { qos_specs: request.body.qos_specs };
      },
    }),
    route({
      method: 'PUT',
      path: '/qos-specs/:id/delete_keys',
      operation: 'volume:qos-specs:delete-keys',
      policy: policies.admin,
      status: 202,
      body: deleteKeysBody,
      async handler(request) {
        const { keys } = request.body;
        await store.transact(async (tx) => {
          const qos = await visibleQos(tx, id(request));
          const unknown = keys.find((key) => !Object.hasOwn(qos.specs, key));
          if (unknown !== undefined) throw badRequest(`QoS spec ${qos.id} has no spec with key ${unknown}.`);
          const left = Object.entries(qos.specs).filter(([key]) => !keys.includes(key));
          await changeQos(tx, qos.id, { specs: Object.fromEntries(left) });
        });
        return new Reply({});
      },
    }),
    route({
      method: 'DELETE',
      path: '/qos-specs/:id',
      operation: 'volume:qos-specs:delete',
      policy: policies.admin,
      status: 202,
      async handler(request) {
        const force = isTrue(searchOf(request).get('force') ?? 'false', 'force');
        await store.transact((tx) => remove(tx, id(request), force));
        return new Reply({});
      },
    }),
    route({
      method: 'GET',
      path: '/qos-specs/:id/associations',
      operation: 'volume:qos-specs:associations',
      policy: policies.admin,
      async handler(request) {
        const types = await typesWithQos(store.db, (await visibleQos(store.db, id(request))).id);
        const associations = types.map((type) => ({ association_type: 'volume_type', id: type.id, name: type.name }));
        return { qos_associations: associations };
      },
    }),
    ...Object.entries({ associate, disassociate, disassociate_all: disassociateAll }).map(([name, change]) =>
      route({
        method: 'GET',
        path: `/qos-specs/:id/${name}`,
        operation: `volume:qos-specs:${name.replace('_', '-')}`,
        policy: policies.admin,
        status: 202,
        async handler(request) {
          await store.transact((tx) => change(tx, request));
          return new Reply({});
        },
      }),
    ),
  ];
}
