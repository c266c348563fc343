import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, atLeast, caller, type Route, route, type Version } from '../../../kernel/http/index.ts';
import type { ComputeQuota, ComputeSettings } from '../operations/settings.ts';
import { usageOf } from '../store/servers.ts';
import { searchOf } from './paging.ts';

/** A limit that nothing enforces here, because another service does or because the thing does not exist yet. */
const unlimited = -1;
const none = 0;

/** What Nova proxied for the network service until 2.36, and files it injected until 2.57. */
function legacyQuota(asked: Version): Record<string, number> {
  return {
    ...(atLeast(asked, '2.36')
      ? {}
      : { floating_ips: unlimited, fixed_ips: unlimited, security_groups: unlimited, security_group_rules: unlimited }),
    ...(atLeast(asked, '2.57')
      ? {}
      : { injected_files: none, injected_file_content_bytes: none, injected_file_path_bytes: none }),
  };
}

function quotaView(quota: ComputeQuota, asked: Version): Record<string, number> {
  return {
    instances: quota.instances,
    cores: quota.cores,
    ram: quota.ram,
    key_pairs: quota.keyPairs,
    metadata_items: quota.metadataItems,
    server_groups: none,
    server_group_members: none,
    ...legacyQuota(asked),
  };
}

/** The project that the query names, which for others than administrators is their own. */
function projectOf(context: Context, asked: string | null): string {
  const projectId = asked ?? context.projectId ?? '';
  if (projectId !== context.projectId && !context.isAdmin) {
    throw new Fault('forbidden', "Policy doesn't allow another project's limits to be seen.");
  }
  return projectId;
}

async function limits({ store, quota }: ComputeSettings, request: ApiRequest<unknown, unknown, unknown>) {
  const { version } = request;
  const projectId = projectOf(caller(request), searchOf(request).get('tenant_id'));
  const used = await usageOf(store.db, { projectId });
  const proxied = !atLeast(version, '2.36');
  return {
    limits: {
      rate: [],
      absolute: {
        maxTotalInstances: quota.instances,
        maxTotalCores: quota.cores,
        maxTotalRAMSize: quota.ram,
        maxTotalKeypairs: quota.keyPairs,
        maxServerMeta: quota.metadataItems,
        maxServerGroups: none,
        maxServerGroupMembers: none,
        ...(atLeast(version, '2.39') ? {} : { maxImageMeta: quota.metadataItems }),
        ...(atLeast(version, '2.57') ? {} : { maxPersonality: none, maxPersonalitySize: none }),
        ...(proxied
          ? {
              maxTotalFloatingIps: unlimited,
              maxSecurityGroups: unlimited,
              maxSecurityGroupRules: unlimited,
              totalFloatingIpsUsed: 0,
              totalSecurityGroupsUsed: 0,
            }
          : {}),
        totalInstancesUsed: used.servers,
        totalCoresUsed: used.vcpus,
        totalRAMUsed: used.memoryMiB,
        totalServerGroupsUsed: 0,
      },
    },
  };
}

/** What a project may have, and what it has. The limits are the same for all projects for now. */
export function limitRoutes(settings: ComputeSettings): Route[] {
  const { quota } = settings;
  return [
    route({
      method: 'GET',
      path: '/v2.1/limits',
      operation: 'compute:limits:get',
      policy: policies.projectReader,
      handler: (request) => limits(settings, request),
    }),
    ...['', '/defaults'].map((suffix) =>
      route({
        method: 'GET',
        path: `/v2.1/os-quota-sets/:projectId${suffix}`,
        operation: suffix === '' ? 'compute:quota-sets:get' : 'compute:quota-sets:defaults',
        policy: policies.projectReader,
        handler(request) {
          const { projectId = '' } = request.params;
          if (suffix === '') projectOf(caller(request), projectId);
          return { quota_set: { id: projectId, ...quotaView(quota, request.version) } };
        },
      }),
    ),
    route({
      method: 'GET',
      path: '/v2.1/os-quota-sets/:projectId/detail',
      operation: 'compute:quota-sets:detail',
      policy: policies.projectReader,
      async handler(request) {
        const projectId = projectOf(caller(request), request.params.projectId ?? '');
        const used = await usageOf(settings.store.db, { projectId });
        const inUse: Record<string, number> = { instances: used.servers, cores: used.vcpus, ram: used.memoryMiB };
        const entries = Object.entries(quotaView(quota, request.version)).map(([name, limit]) => [
          name,
          { limit, in_use: inUse[name] ?? 0, reserved: 0 },
        ]);
        return { quota_set: { id: projectId, ...Object.fromEntries(entries) } };
      },
    }),
  ];
}
