import Type from 'typebox';
import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import { atLeast, type Reply, type Route, type Version } from '../../../kernel/http/index.ts';
import type { Store } from '../../../kernel/store/index.ts';
import { badQuery, unknown } from '../domain/faults.ts';
import { allocations, findConsumer, projectUsages, setAllocations, type Wanted } from '../store/allocations.ts';
import { unknownClass } from '../store/inventories.ts';
import {
  admin,
  amount,
  checkQuery,
  closed,
  fresh,
  generation,
  param,
  providerOf,
  type Request,
  searchOf,
  uuid,
} from './common.ts';

const resources = Type.Record(Type.String({ pattern: '^[A-Z0-9_]{1,255}$' }), amount, { minProperties: 1 });
const listed = Type.Array(closed({ resource_provider: closed({ uuid }), resources }), { maxItems: 1000 });
const keyed = Type.Record(
  uuid,
  Type.Object({ resources, generation: Type.Optional(generation) }, { additionalProperties: false }),
);
const owner = Type.String({ minLength: 1, maxLength: 255 });
const consumerType = Type.String({ pattern: '^([A-Z0-9_]+|unknown)$', minLength: 1, maxLength: 255 });
const consumerBody = closed({
  allocations: Type.Union([listed, keyed]),
  project_id: Type.Optional(owner),
  user_id: Type.Optional(owner),
  consumer_generation: Type.Optional(Type.Union([generation, Type.Null()])),
  consumer_type: Type.Optional(consumerType),
  mappings: Type.Optional(Type.Record(Type.String(), Type.Array(uuid))),
});
export const manyBody = Type.Record(uuid, consumerBody);

export type ConsumerBody = Type.Static<typeof consumerBody>;

/** Who consumes where nobody said who (before 1.8). */
const nobody = '00000000-0000-0000-0000-000000000000';

/** What a body asks for a consumer, checked against what its version has; 400 names what is missing or too much. */
export function wantedOf(consumer: string, body: ConsumerBody, asked: Version, mayBeEmpty: boolean): Wanted {
  const needs = (key: keyof ConsumerBody, since: string) => {
    if (atLeast(asked, since) && body[key] === undefined)
      throw badRequest(`JSON does not validate: '${key}' is a required property.`);
    if (!atLeast(asked, since) && body[key] !== undefined)
      throw badRequest(`JSON does not validate: '${key}' was unexpected.`);
  };
  needs('project_id', '1.8');
  needs('user_id', '1.8');
  needs('consumer_generation', '1.28');
  needs('consumer_type', '1.38');
  if (body.mappings !== undefined && !atLeast(asked, '1.34'))
    throw badRequest("JSON does not validate: 'mappings' was unexpected.");
  const given = body.allocations;
  if (Array.isArray(given) === atLeast(asked, '1.12')) {
    throw badRequest(`JSON does not validate: allocations must be ${Array.isArray(given) ? 'an object' : 'a list'}.`);
  }
  const entries = Array.isArray(given)
    ? given.map((entry) => [entry.resource_provider.uuid, entry.resources] as const)
    : Object.entries(given).map(([provider, entry]) => [provider, entry.resources] as const);
  if (entries.length === 0 && !mayBeEmpty) throw badRequest('JSON does not validate: allocations must not be empty.');
  return {
    consumer,
    project: body.project_id ?? nobody,
    user: body.user_id ?? nobody,
    ...(body.consumer_generation === undefined ? {} : { generation: body.consumer_generation }),
    ...(body.consumer_type === undefined ? {} : { type: body.consumer_type }),
    allocations: entries.flatMap(([provider, wanted]) =>
      Object.entries(wanted).map(([name, count]) => ({ provider, class: name, amount: count })),
    ),
  };
}

/** 400 for a resource class that there is not. */
export async function checkClasses({ db }: Pick<Store, 'db'>, wanted: readonly Wanted[]): Promise<void> {
  const names = wanted.flatMap((one) => one.allocations.map((allocation) => allocation.class));
  const odd = names.length === 0 ? undefined : await unknownClass(db, [...new Set(names)]);
  if (odd !== undefined) throw badRequest(`Allocation for unknown resource class: No such resource class ${odd}.`);
}

function consumerOf(request: Request): string {
  const consumer = param(request, 'consumer');
  if (!isUuid(consumer)) throw badRequest(`Malformed consumer_uuid: ${consumer.slice(0, 64)}.`);
  return consumer;
}

async function show({ db }: Store, request: Request): Promise<Reply> {
  const { version } = request;
  const consumer = consumerOf(request);
  const found = await allocations(db, { consumer });
  const facts = await findConsumer(db, consumer);
  const byProvider: Record<string, { generation: number; resources: Record<string, number> }> = {};
  for (const { provider, generation: seen, class: name, used } of found) {
    const entry = byProvider[provider] ?? { generation: seen, resources: {} };
    entry.resources[name] = used;
    byProvider[provider] = entry;
  }
  return fresh(request, {
    allocations: byProvider,
    ...(facts !== undefined && atLeast(version, '1.12') ? { project_id: facts.projectId, user_id: facts.userId } : {}),
    ...(facts !== undefined && atLeast(version, '1.28') ? { consumer_generation: facts.generation } : {}),
    ...(facts !== undefined && atLeast(version, '1.38') ? { consumer_type: facts.type } : {}),
  });
}

async function set(store: Store, wanted: readonly Wanted[]): Promise<void> {
  await setAllocations(store.db, wanted).catch(async (error) => {
    // What was taken is of classes that are known: only a refusal may be for one that is not.
    await checkClasses(store, wanted);
    throw error;
  });
}

async function drop({ db }: Store, request: Request): Promise<void> {
  const consumer = consumerOf(request);
  if ((await findConsumer(db, consumer)) === undefined) throw unknown('allocations for consumer', consumer);
  await setAllocations(db, [{ consumer, project: nobody, user: nobody, allocations: [] }]);
}

async function ofProvider({ db }: Store, request: Request): Promise<Reply> {
  const provider = await providerOf(db, request);
  const found = await allocations(db, { providerId: provider.id });
  const byConsumer: Record<string, { resources: Record<string, number>; consumer_generation?: number }> = {};
  for (const { consumer, class: name, used, consumerGeneration } of found) {
    const seen = atLeast(request.version, '1.28') ? { consumer_generation: consumerGeneration } : {};
    const entry = byConsumer[consumer] ?? { resources: {}, ...seen };
    entry.resources[name] = used;
    byConsumer[consumer] = entry;
  }
  return fresh(request, { allocations: byConsumer, resource_provider_generation: provider.generation });
}

async function usages({ db }: Store, request: Request): Promise<Reply> {
  const search = searchOf(request);
  const typed = atLeast(request.version, '1.38');
  checkQuery(
    search,
    (key) => ['project_id', 'user_id', ...(typed ? ['consumer_type'] : [])].includes(key),
    () => false,
  );
  const project = search.get('project_id');
  if (project === null || project === '')
    throw badQuery("'project_id' is a required property.", 'placement.query.missing_value');
  const type = search.get('consumer_type') ?? undefined;
  const rows = await projectUsages(
    db,
    project,
    search.get('user_id') ?? undefined,
    type === 'all' || type === undefined ? undefined : type,
  );
  if (!typed) {
    const sums: Record<string, number> = {};
    for (const { class: name, used } of rows) sums[name] = (sums[name] ?? 0) + used;
    return fresh(request, { usages: sums });
  }
  const byType: Record<string, Record<string, number>> = {};
  for (const row of rows) {
    const key = type === 'all' ? 'all' : row.type;
    const entry = byType[key] ?? { consumer_count: 0 };
    entry[row.class] = (entry[row.class] ?? 0) + row.used;
    entry.consumer_count = Math.max(entry.consumer_count ?? 0, row.consumers);
    byType[key] = entry;
  }
  return fresh(request, { usages: byType });
}

/** Who has what. */
export function allocationRoutes(store: Store): Route[] {
  const path = '/allocations/:consumer';
  return [
    admin('GET', path, 'allocations:get', '1.0', { handler: (request) => show(store, request) }),
    admin('PUT', path, 'allocations:set', '1.0', {
      body: consumerBody,
      status: 204,
      handler: (request) => {
        const mayBeEmpty = atLeast(request.version, '1.28');
        return set(store, [wantedOf(consumerOf(request), request.body as ConsumerBody, request.version, mayBeEmpty)]);
      },
    }),
    admin('DELETE', path, 'allocations:delete', '1.0', { status: 204, handler: (request) => drop(store, request) }),
    admin('POST', '/allocations', 'allocations:set-many', '1.13', {
      body: manyBody,
      status: 204,
      handler: (request) => {
        const bodies = Object.entries(request.body as Record<string, ConsumerBody>);
        return set(
          store,
          bodies.map(([consumer, body]) => wantedOf(consumer, body, request.version, true)),
        );
      },
    }),
    admin('GET', '/resource_providers/:uuid/allocations', 'allocations:of-provider', '1.0', {
      handler: (request) => ofProvider(store, request),
    }),
    admin('GET', '/usages', 'usages:of-project', '1.9', { handler: (request) => usages(store, request) }),
  ];
}
