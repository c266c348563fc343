import { policies } from '../../../kernel/access/policy.ts';
import { type ApiRequest, atLeast, caller, type Route, route } from '../../../kernel/http/index.ts';
import { limitsOf } from '../operations/quotas.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { countServerGroups } from '../store/server-groups.ts';
import { usageOf } from '../store/servers.ts';
import { searchOf } from './paging.ts';
import { projectOf } from './quotas.ts';

async function limits(settings: ComputeSettings, request: ApiRequest<unknown, unknown, unknown>) {
  const { version } = request;
  const { db } = settings.store;
  const projectId = projectOf(caller(request), searchOf(request).get('tenant_id'));
  const most = await limitsOf(settings, db, projectId);
  const used = await usageOf(db, { projectId });
  return {
    limits: {
      rate: [],
      absolute: {
        maxTotalInstances: most.instances,
        maxTotalCores: most.cores,
        maxTotalRAMSize: most.ram,
        maxTotalKeypairs: most.key_pairs,
        maxServerMeta: most.metadata_items,
        maxServerGroups: most.server_groups,
        maxServerGroupMembers: most.server_group_members,
        ...(atLeast(version, '2.39') ? {} : { maxImageMeta: most.metadata_items }),
        ...(atLeast(version, '2.57')
          ? {}
          : { maxPersonality: most.injected_files, maxPersonalitySize: most.injected_file_content_bytes }),
        ...(atLeast(version, '2.36')
          ? {}
          : {
              maxTotalFloatingIps: most.floating_ips,
              maxSecurityGroups: most.security_groups,
              maxSecurityGroupRules: most.security_group_rules,
              totalFloatingIpsUsed: 0,
              totalSecurityGroupsUsed: 0,
            }),
        totalInstancesUsed: used.servers,
        totalCoresUsed: used.vcpus,
        totalRAMUsed: used.memoryMiB,
        totalServerGroupsUsed: await countServerGroups(db, projectId),
      },
    },
  };
}

/** What a project may have, and what it has. */
export function limitRoutes(settings: ComputeSettings): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v2.1/limits',
      operation: 'compute:limits:get',
      policy: policies.projectReader,
      handler: (request) => limits(settings, request),
    }),
  ];
}
