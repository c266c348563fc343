import { loadavg, uptime } from 'node:os';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { derivedId } from '../../../kernel/base/ids.ts';
import { type ApiRequest, atLeast, type Route, route, version } from '../../../kernel/http/index.ts';
import type { Connection } from '../../../kernel/store/index.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import type { Hypervisor } from '../ports.ts';
import { hostSettings } from '../store/hosts.ts';
import { serversOnHost, type Usage, usageOf } from '../store/servers.ts';
import { isUp } from './hosts.ts';
import { searchOf } from './paging.ts';
import { truth } from './schemas.ts';
import { serviceId } from './services.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

/** What this version of the engine's interface is called where Nova shows a hypervisor's version. */
const hypervisorVersion = 1_000_000;

/** Hosts as what runs servers. */
export function hypervisorRoutes(settings: ComputeSettings, hypervisor: Hypervisor): Route[] {
  const { store, hostName } = settings;
  const nodeId = (request: Request) => (atLeast(request.version, '2.53') ? derivedId('compute.node', hostName) : 1);
  const basic = async (request: Request, up: boolean) => {
    const host = await hostSettings(store.db, hostName);
    return {
      id: nodeId(request),
      hypervisor_hostname: hostName,
      state: up && !host.forced_down ? 'up' : 'down',
      status: host.disabled ? 'disabled' : 'enabled',
    };
  };
  const detail = async (request: Request) => {
    const up = await isUp(hypervisor);
    return {
      ...(await basic(request, up)),
      ...(await figures(settings, hypervisor, up)),
      hypervisor_type: hypervisor.kind,
      hypervisor_version: hypervisorVersion,
      host_ip: '127.0.0.1',
      cpu_info: atLeast(request.version, '2.28') ? {} : '',
      service: {
        id: serviceId(hostName, request.version),
        host: hostName,
        disabled_reason: (await hostSettings(store.db, hostName)).disabled_reason,
      },
    };
  };
  const withServers = async (request: Request) => {
    const asked = searchOf(request).get('with_servers') ?? 'false';
    if (!atLeast(request.version, '2.53') || !truth(asked)) return {};
    const servers = await serversHere(store.db, hostName);
    return servers.length > 0 || atLeast(request.version, '2.75') ? { servers } : {};
  };
  const matches = (request: Request) => {
    const pattern = atLeast(request.version, '2.53') ? searchOf(request).get('hypervisor_hostname_pattern') : null;
    if (pattern === null || hostName.includes(pattern)) return;
    throw new Fault('notFound', `No hypervisor matching '${pattern.slice(0, 64)}' could be found.`);
  };
  const known = (request: ApiRequest<Record<string, string>, unknown, unknown>) => {
    const { hypervisorId = '' } = request.params;
    if (hypervisorId === String(nodeId(request))) return;
    throw new Fault('notFound', `Hypervisor with ID '${hypervisorId.slice(0, 64)}' could not be found.`);
  };
  return [
    route({
      method: 'GET',
      path: '/v2.1/os-hypervisors',
      operation: 'compute:hypervisors:list',
      policy: policies.admin,
      async handler(request) {
        matches(request);
        return {
          hypervisors: [{ ...(await basic(request, await isUp(hypervisor))), ...(await withServers(request)) }],
        };
      },
    }),
    route({
      method: 'GET',
      path: '/v2.1/os-hypervisors/detail',
      operation: 'compute:hypervisors:detail',
      policy: policies.admin,
      async handler(request) {
        matches(request);
        return { hypervisors: [{ ...(await detail(request)), ...(await withServers(request)) }] };
      },
    }),
    route({
      method: 'GET',
      path: '/v2.1/os-hypervisors/statistics',
      operation: 'compute:hypervisors:statistics',
      policy: policies.admin,
      handler: async () => ({
        hypervisor_statistics: { count: 1, ...(await figures(settings, hypervisor, await isUp(hypervisor))) },
      }),
    }),
    ...['search', 'servers'].map((what) =>
      route({
        method: 'GET',
        path: `/v2.1/os-hypervisors/:pattern/${what}`,
        operation: `compute:hypervisors:${what}`,
        policy: policies.admin,
        versions: { max: version('2.52') },
        async handler(request) {
          const { pattern = '' } = request.params;
          if (!hostName.includes(pattern)) {
            throw new Fault('notFound', `No hypervisor matching '${pattern.slice(0, 64)}' could be found.`);
          }
          const servers = what === 'servers' ? await serversHere(store.db, hostName) : [];
          const found = await basic(request, await isUp(hypervisor));
          return { hypervisors: [{ ...found, ...(servers.length === 0 ? {} : { servers }) }] };
        },
      }),
    ),
    route({
      method: 'GET',
      path: '/v2.1/os-hypervisors/:hypervisorId/uptime',
      operation: 'compute:hypervisors:uptime',
      policy: policies.admin,
      async handler(request) {
        known(request);
        return { hypervisor: { ...(await basic(request, await isUp(hypervisor))), uptime: uptimeText() } };
      },
    }),
    route({
      method: 'GET',
      path: '/v2.1/os-hypervisors/:hypervisorId',
      operation: 'compute:hypervisors:get',
      policy: policies.admin,
      async handler(request) {
        known(request);
        return { hypervisor: { ...(await detail(request)), ...(await withServers(request)) } };
      },
    }),
  ];
}

/** What the host has and what its servers take of it. */
async function figures({ store, hostName }: ComputeSettings, hypervisor: Hypervisor, up: boolean) {
  const used: Usage = await usageOf(store.db, { host: hostName });
  const total = up ? await hypervisor.capacity() : { vcpus: 0, memoryMiB: 0, diskGiB: 0 };
  return {
    vcpus: total.vcpus,
    memory_mb: total.memoryMiB,
    local_gb: total.diskGiB,
    vcpus_used: used.vcpus,
    memory_mb_used: used.memoryMiB,
    local_gb_used: used.diskGiB,
    free_ram_mb: total.memoryMiB - used.memoryMiB,
    free_disk_gb: total.diskGiB - used.diskGiB,
    current_workload: 0,
    running_vms: used.servers,
    disk_available_least: total.diskGiB - used.diskGiB,
  };
}

async function serversHere(db: Connection, hostName: string): Promise<{ name: string; uuid: string }[]> {
  return (await serversOnHost(db, hostName)).map(({ id }) => ({ name: `instance-${id}`, uuid: id }));
}

/** As `uptime` prints it: the host is the machine that this runs on. */
function uptimeText(): string {
  const minutes = Math.floor(uptime() / 60);
  const days = Math.floor(minutes / 1440);
  const clock = `${Math.floor((minutes % 1440) / 60)}:${String(minutes % 60).padStart(2, '0')}`;
  const load = loadavg().map((average) => average.toFixed(2));
  const time = new Date().toISOString().slice(11, 19);
  return ` ${time} up ${days} day${days === 1 ? '' : 's'}, ${clock},  0 users,  load average: ${load.join(', ')}`;
}
