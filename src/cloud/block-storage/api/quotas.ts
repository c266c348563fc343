import Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { defaultLimits, type Limits, limitsOf, resetLimits, setLimits, usageOf } from '../store/quotas.ts';
import { isTrue, searchOf } from './listing.ts';
import { closed } from './schemas.ts';
import { param } from './scoped.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

const limit = Type.Union([Type.Integer(), Type.String({ pattern: '^-?\\d{1,10}$' }), Type.Null()]);
const values = Type.Record(Type.String({ maxLength: 300 }), Type.Union([limit, Type.String(), Type.Boolean()]));
const setBody = closed({ quota_set: values });
const classBody = closed({ quota_class_set: values });

/** Keys that clients send along and that set nothing. */
const ignored = new Set(['tenant_id', 'project_id', 'id', 'force', 'class_name', 'skip_validation']);

function mayRead(context: Context, project: string): void {
  if (!context.isAdmin && context.projectId !== project) {
    throw new Fault('forbidden', "Policy doesn't allow volume_extension:quotas:show to be performed.");
  }
}

/** The limits that a body sets; 400 for what has no limit here, or is none. */
function limitsIn(sent: Readonly<Record<string, unknown>>, known: Limits): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const [resource, value] of Object.entries(sent)) {
    if (ignored.has(resource)) continue;
    const amount = typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value;
    if (!Object.hasOwn(known, resource)) throw badRequest(`Bad key(s) in quota set: ${resource.slice(0, 64)}.`);
    if (typeof amount !== 'number' || !Number.isInteger(amount) || amount < -1 || amount > 2_147_483_647) {
      throw badRequest(`${resource} must be an integer between -1 and 2147483647.`);
    }
    limits[resource] = amount;
  }
  return limits;
}

async function show({ store }: VolumeSettings, request: Request): Promise<unknown> {
  const project = param(request, 'project');
  mayRead(caller(request), project);
  const limits = await limitsOf(store.db, project);
  if (!isTrue(searchOf(request).get('usage') ?? 'false', 'usage')) return { quota_set: { id: project, ...limits } };
  const used = await usageOf(store.db, project);
  const entries = Object.entries(limits).map(([resource, amount]) => [
    resource,
    { limit: amount, in_use: used[resource] ?? 0, reserved: 0 },
  ]);
  return { quota_set: { id: project, ...Object.fromEntries(entries) } };
}

/** What a project may have, and what all may have that have no limits of their own. */
export function quotaRoutes(settings: VolumeSettings): Route[] {
  const { store } = settings;
  const project = (request: { readonly params: unknown }) => param(request, 'project');
  return [
    route({
      method: 'GET',
      path: '/os-quota-sets/:project',
      operation: 'volume:quota-sets:get',
      policy: policies.projectReader,
      handler: (request) => show(settings, request),
    }),
    route({
      method: 'GET',
      path: '/os-quota-sets/:project/defaults',
      operation: 'volume:quota-sets:defaults',
      policy: policies.projectReader,
      async handler(request) {
        mayRead(caller(request), project(request));
        return { quota_set: { id: project(request), ...(await defaultLimits(store.db)) } };
      },
    }),
    route({
      method: 'PUT',
      path: '/os-quota-sets/:project',
      operation: 'volume:quota-sets:update',
      policy: policies.admin,
      body: setBody,
      async handler(request) {
        const limits = limitsIn(request.body.quota_set, await defaultLimits(store.db));
        await store.transact((tx) => setLimits(tx, project(request), limits));
        return { quota_set: await limitsOf(store.db, project(request)) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/os-quota-sets/:project',
      operation: 'volume:quota-sets:delete',
      policy: policies.admin,
      async handler(request) {
        await store.transact((tx) => resetLimits(tx, project(request)));
        return new Reply({});
      },
    }),
    route({
      method: 'GET',
      path: '/os-quota-class-sets/:class',
      operation: 'volume:quota-class-sets:get',
      policy: policies.admin,
      handler: async (request) => ({
        quota_class_set: { id: onlyClass(request), ...(await defaultLimits(store.db)) },
      }),
    }),
    route({
      method: 'PUT',
      path: '/os-quota-class-sets/:class',
      operation: 'volume:quota-class-sets:update',
      policy: policies.admin,
      body: classBody,
      async handler(request) {
        onlyClass(request);
        const limits = limitsIn(request.body.quota_class_set, await defaultLimits(store.db));
        await store.transact((tx) => setLimits(tx, undefined, limits));
        return { quota_class_set: await defaultLimits(store.db) };
      },
    }),
  ];
}

function onlyClass(request: { readonly params: unknown }): string {
  const name = param(request, 'class');
  if (name !== 'default') throw new Fault('notFound', `Quota class ${name.slice(0, 64)} could not be found.`);
  return name;
}

/** What the caller's project may have and has, in one answer. */
export function limitRoutes({ store }: VolumeSettings): Route[] {
  return [
    route({
      method: 'GET',
      path: '/limits',
      operation: 'volume:limits:get',
      policy: policies.projectReader,
      async handler(request) {
        const context = caller(request);
        const asked = searchOf(request).get('project_id');
        const projectId = (context.isAdmin ? asked : null) ?? context.projectId ?? '';
        const [limits, used] = [await limitsOf(store.db, projectId), await usageOf(store.db, projectId)];
        return {
          limits: {
            rate: [],
            absolute: {
              maxTotalVolumes: limits.volumes,
              maxTotalSnapshots: limits.snapshots,
              maxTotalVolumeGigabytes: limits.gigabytes,
              maxTotalBackups: limits.backups,
              maxTotalBackupGigabytes: limits.backup_gigabytes,
              totalVolumesUsed: used.volumes ?? 0,
              totalSnapshotsUsed: used.snapshots ?? 0,
              totalGigabytesUsed: used.gigabytes ?? 0,
              totalBackupsUsed: used.backups ?? 0,
              totalBackupGigabytesUsed: used.backup_gigabytes ?? 0,
            },
          },
        };
      },
    }),
  ];
}
