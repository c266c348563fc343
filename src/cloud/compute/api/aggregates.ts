import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { atLeast, type Route, route, type Version } from '../../../kernel/http/index.ts';
import {
  changeAggregate,
  createAggregate,
  getAggregate,
  mergedMetadata,
  moveHost,
  removeAggregate,
} from '../operations/aggregates.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { type Aggregate, listAggregates } from '../store/aggregates.ts';
import { rawTime } from './links.ts';
import { exact, name } from './schemas.ts';

function summary(aggregate: Aggregate, asked: Version): Record<string, unknown> {
  return {
    id: aggregate.id,
    name: aggregate.name,
    availability_zone: aggregate.metadata.availability_zone ?? null,
    created_at: rawTime(aggregate.createdAt),
    updated_at: aggregate.updatedAt && rawTime(aggregate.updatedAt),
    deleted: false,
    deleted_at: null,
    ...(atLeast(asked, '2.41') ? { uuid: aggregate.uuid } : {}),
  };
}

function detail(aggregate: Aggregate, asked: Version): Record<string, unknown> {
  return { ...summary(aggregate, asked), hosts: aggregate.hosts, metadata: aggregate.metadata };
}

const zone = Type.Unsafe<string>({ ...name, pattern: '^[^:]*$' });
const host = exact({ host: Type.String({ minLength: 1, maxLength: 255 }) });
const metadata = exact({
  metadata: Type.Record(
    Type.String({ pattern: '^[a-zA-Z0-9-_:. ]{1,255}$' }),
    Type.Union([Type.String({ maxLength: 255 }), Type.Null()]),
    { additionalProperties: false },
  ),
});
const action = exact({
  add_host: Type.Optional(host),
  remove_host: Type.Optional(host),
  set_metadata: Type.Optional(metadata),
});

/** Named sets of hosts. */
export function aggregateRoutes(settings: ComputeSettings): Route[] {
  const path = '/v2.1/os-aggregates';
  const one = `${path}/:aggregateId`;
  const policy = policies.admin;
  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:aggregates:list',
      policy,
      handler: async ({ version }) => ({
        aggregates: (await listAggregates(settings.store.db)).map((aggregate) => detail(aggregate, version)),
      }),
    }),
    route({
      method: 'POST',
      path,
      operation: 'compute:aggregates:create',
      policy,
      body: exact({ aggregate: exact({ name, availability_zone: Type.Optional(Type.Union([zone, Type.Null()])) }) }),
      async handler({ body, version }) {
        const { name: called, availability_zone: inZone } = body.aggregate;
        return { aggregate: summary(await createAggregate(settings, called, inZone ?? null), version) };
      },
    }),
    route({
      method: 'GET',
      path: one,
      operation: 'compute:aggregates:get',
      policy,
      handler: async ({ params, version }) => ({
        aggregate: detail(await getAggregate(settings, params.aggregateId ?? ''), version),
      }),
    }),
    route({
      method: 'PUT',
      path: one,
      operation: 'compute:aggregates:update',
      policy,
      body: exact({
        aggregate: Type.Object(
          { name: Type.Optional(name), availability_zone: Type.Optional(Type.Union([zone, Type.Null()])) },
          { additionalProperties: false, minProperties: 1 },
        ),
      }),
      async handler({ params, body, version }) {
        const { name: called, availability_zone: inZone } = body.aggregate;
        const changed = await changeAggregate(settings, params.aggregateId ?? '', (before) => ({
          ...(called === undefined ? {} : { name: called }),
          ...(inZone === undefined ? {} : { metadata: mergedMetadata(before.metadata, { availability_zone: inZone }) }),
        }));
        return { aggregate: detail(changed, version) };
      },
    }),
    route({
      method: 'DELETE',
      path: one,
      operation: 'compute:aggregates:delete',
      policy,
      status: 200,
      handler: ({ params }) => removeAggregate(settings, params.aggregateId ?? ''),
    }),
    route({
      method: 'POST',
      path: `${one}/action`,
      operation: 'compute:aggregates:action',
      policy,
      body: Type.Unsafe<{
        add_host?: { host: string };
        remove_host?: { host: string };
        set_metadata?: { metadata: Record<string, string | null> };
      }>({ ...action, minProperties: 1, maxProperties: 1 }),
      async handler({ params, body, version }) {
        const id = params.aggregateId ?? '';
        const { add_host: add, remove_host: remove, set_metadata: set } = body;
        const moved = add ?? remove;
        const changed =
          moved === undefined
            ? await changeAggregate(settings, id, (before) => ({
                metadata: mergedMetadata(before.metadata, set?.metadata ?? {}),
              }))
            : await moveHost(settings, id, moved.host, add === undefined ? 'out' : 'in');
        return { aggregate: detail(changed, version) };
      },
    }),
  ];
}
