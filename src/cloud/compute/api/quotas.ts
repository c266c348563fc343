import Type, { type TProperties, type TSchema } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import {
  type ApiRequest,
  atLeast,
  caller,
  type Route,
  route,
  type Version,
  version,
} from '../../../kernel/http/index.ts';
import { defaultLimits, type Limits, limitsOf } from '../operations/quotas.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { forgetQuotas, type QuotaScope, setQuotas } from '../store/quotas.ts';
import { countServerGroups } from '../store/server-groups.ts';
import { usageOf } from '../store/servers.ts';
import { boolean, exact } from './schemas.ts';

type Request = ApiRequest<Record<string, string>, unknown, unknown>;
type Resource = keyof Limits;

const always: readonly Resource[] = ['instances', 'cores', 'ram', 'key_pairs', 'metadata_items'];
const groups: readonly Resource[] = ['server_groups', 'server_group_members'];
/** What Nova counted for the network service until 2.35, and the files it injected until 2.56. */
const networking: readonly Resource[] = ['floating_ips', 'fixed_ips', 'security_groups', 'security_group_rules'];
const injected: readonly Resource[] = ['injected_files', 'injected_file_content_bytes', 'injected_file_path_bytes'];

function resourcesIn(asked: Version, withGroups = true): Resource[] {
  return [
    ...always,
    ...(withGroups ? groups : []),
    ...(atLeast(asked, '2.36') ? [] : networking),
    ...(atLeast(asked, '2.57') ? [] : injected),
  ];
}

function view(limits: Limits, resources: readonly Resource[]): Record<string, number> {
  return Object.fromEntries(resources.map((resource) => [resource, limits[resource]]));
}

/** The project that is meant, which for others than administrators is their own. */
export function projectOf(context: Context, asked: string | null): string {
  const projectId = asked ?? context.projectId ?? '';
  if (projectId !== context.projectId && !context.isAdmin) {
    throw new Fault('forbidden', "Policy doesn't allow another project's limits to be seen.");
  }
  return projectId;
}

async function detailed(
  settings: ComputeSettings,
  projectId: string,
  asked: Version,
): Promise<Record<string, unknown>> {
  const { db } = settings.store;
  const limits = await limitsOf(settings, db, projectId);
  const used = await usageOf(db, { projectId });
  const inUse: Partial<Record<Resource, number>> = {
    instances: used.servers,
    cores: used.vcpus,
    ram: used.memoryMiB,
    server_groups: await countServerGroups(db, projectId),
  };
  const entries = resourcesIn(asked).map((resource) => [
    resource,
    { limit: limits[resource], in_use: inUse[resource] ?? 0, reserved: 0 },
  ]);
  return Object.fromEntries(entries);
}

const maximum = Type.Union([
  Type.Integer({ minimum: -1, maximum: 2147483647 }),
  Type.String({ pattern: '^-?[0-9]{1,10}$' }),
]);

function limitsSchema(asked: Version, more: TProperties = {}): TSchema {
  return exact({
    ...Object.fromEntries(resourcesIn(asked).map((resource) => [resource, Type.Optional(maximum)])),
    ...more,
  });
}

/** The versions from which what may be limited was another. */
const changes = [
  { min: version('2.1'), max: version('2.35') },
  { min: version('2.36'), max: version('2.56') },
  { min: version('2.57') },
];

type Wanted = Partial<Record<Resource, number | string>> & { readonly force?: boolean | string };

/** Sets limits of the scope. Less than is used is refused unless forced. */
async function set(settings: ComputeSettings, scope: QuotaScope, { force: _force, ...wanted }: Wanted): Promise<void> {
  const maxima = Object.fromEntries(Object.entries(wanted).map(([resource, value]) => [resource, Number(value)]));
  const wrong = Object.entries(maxima).find(([, value]) => value < -1 || value > 2147483647);
  if (wrong !== undefined) throw badRequest(`Quota limit ${wrong[1]} for ${wrong[0]} must be -1 or greater.`);
  await settings.store.transact((tx) => setQuotas(tx, scope, maxima));
}

/** What projects may have. */
export function quotaRoutes(settings: ComputeSettings): Route[] {
  const { db } = settings.store;
  const path = '/v2.1/os-quota-sets/:projectId';
  const idOf = (request: Request) => request.params.projectId ?? '';
  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:quota-sets:get',
      policy: policies.projectReader,
      async handler(request) {
        const id = projectOf(caller(request), idOf(request));
        return { quota_set: { id, ...view(await limitsOf(settings, db, id), resourcesIn(request.version)) } };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/defaults`,
      operation: 'compute:quota-sets:defaults',
      policy: policies.projectReader,
      handler: async (request) => ({
        quota_set: { id: idOf(request), ...view(await defaultLimits(settings, db), resourcesIn(request.version)) },
      }),
    }),
    route({
      method: 'GET',
      path: `${path}/detail`,
      operation: 'compute:quota-sets:detail',
      policy: policies.projectReader,
      async handler(request) {
        const id = projectOf(caller(request), idOf(request));
        return { quota_set: { id, ...(await detailed(settings, id, request.version)) } };
      },
    }),
    ...changes.map((versions) =>
      route({
        method: 'PUT',
        path,
        operation: 'compute:quota-sets:update',
        policy: policies.admin,
        versions,
        body: exact({ quota_set: limitsSchema(versions.min, { force: Type.Optional(boolean) }) }),
        async handler(request) {
          const id = idOf(request as Request);
          const wanted = (request.body as { quota_set: Wanted }).quota_set;
          await refuseLess(settings, id, wanted, request.version);
          await set(settings, { scope: 'project', name: id }, wanted);
          return { quota_set: view(await limitsOf(settings, db, id), resourcesIn(request.version)) };
        },
      }),
    ),
    route({
      method: 'DELETE',
      path,
      operation: 'compute:quota-sets:delete',
      policy: policies.admin,
      status: 202,
      handler: (request) => forgetQuotas(db, { scope: 'project', name: idOf(request) }),
    }),
    ...classRoutes(settings),
  ];
}

async function refuseLess(settings: ComputeSettings, projectId: string, wanted: Wanted, asked: Version): Promise<void> {
  if (wanted.force === true || String(wanted.force).toLowerCase() === 'true') return;
  const now = (await detailed(settings, projectId, asked)) as Record<string, { in_use: number }>;
  for (const [resource, value] of Object.entries(wanted)) {
    const used = now[resource]?.in_use ?? 0;
    const limit = Number(value);
    if (limit >= 0 && limit < used) {
      throw badRequest(`Quota limit ${limit} for ${resource} must be greater than or equal to already used ${used}.`);
    }
  }
}

/** The limits of all projects that have none of their own; Nova knows no other class. */
function classRoutes(settings: ComputeSettings): Route[] {
  const { db } = settings.store;
  const path = '/v2.1/os-quota-class-sets/:className';
  const resources = (asked: Version) =>
    resourcesIn(asked, atLeast(asked, '2.50')).filter(
      (resource) => !(atLeast(asked, '2.50') && networking.includes(resource)),
    );
  const shown = async (request: Request) => {
    const { className: id = '' } = request.params;
    return { id, limits: view(await defaultLimits(settings, db), resources(request.version)) };
  };
  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:quota-class-sets:get',
      policy: policies.admin,
      async handler(request) {
        const { id, limits } = await shown(request);
        return { quota_class_set: { id, ...limits } };
      },
    }),
    ...changes.map((versions) =>
      route({
        method: 'PUT',
        path,
        operation: 'compute:quota-class-sets:update',
        policy: policies.admin,
        versions,
        body: exact({ quota_class_set: limitsSchema(versions.min) }),
        async handler(request) {
          const asked = request as Request;
          const { className: name = '' } = asked.params;
          const wanted = (request.body as { quota_class_set: Wanted }).quota_class_set;
          await set(settings, { scope: 'class', name }, wanted);
          return { quota_class_set: (await shown(asked)).limits };
        },
      }),
    ),
  ];
}
