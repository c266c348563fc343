import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { derivedId } from '../../../kernel/base/ids.ts';
import { type ApiRequest, atLeast, type Route, route } from '../../../kernel/http/index.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import type { Hypervisor } from '../ports.ts';
import { serversOnHost, type Usage, usageOf } from '../store/servers.ts';
import { rawTime } from './links.ts';
import { searchOf } from './paging.ts';
import { truth } from './schemas.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

/** What this version of the engine's interface is called where Nova shows a hypervisor's version. */
const hypervisorVersion = 1_000_000;

/** Zones for everybody; hosts and their services for administrators. */
export function hostRoutes(settings: ComputeSettings, hypervisor: Hypervisor): Route[] {
  return [
    ...zoneRoutes(settings, hypervisor),
    ...serviceRoutes(settings, hypervisor),
    ...nodeRoutes(settings, hypervisor),
  ];
}

function isUp(hypervisor: Hypervisor): Promise<boolean> {
  return hypervisor.capacity().then(
    () => true,
    () => false,
  );
}

function zoneRoutes({ zone, hostName, clock }: ComputeSettings, hypervisor: Hypervisor): Route[] {
  const info = (hosts: unknown) => ({
    availabilityZoneInfo: [{ zoneName: zone, zoneState: { available: true }, hosts }],
  });
  return [
    route({
      method: 'GET',
      path: '/v2.1/os-availability-zone',
      operation: 'compute:availability-zones:list',
      policy: policies.projectReader,
      handler: () => info(null),
    }),
    route({
      method: 'GET',
      path: '/v2.1/os-availability-zone/detail',
      operation: 'compute:availability-zones:detail',
      policy: policies.admin,
      async handler() {
        const service = { available: await isUp(hypervisor), active: true, updated_at: rawTime(clock.now()) };
        return info({ [hostName]: { 'nova-compute': service } });
      },
    }),
  ];
}

function serviceRoutes({ zone, hostName, clock }: ComputeSettings, hypervisor: Hypervisor): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v2.1/os-services',
      operation: 'compute:services:list',
      policy: policies.admin,
      async handler(request) {
        const search = searchOf(request);
        const wanted =
          (search.get('host') ?? hostName) === hostName && (search.get('binary') ?? 'nova-compute') === 'nova-compute';
        const service = {
          id: atLeast(request.version, '2.53') ? derivedId('compute.service', hostName) : 1,
          binary: 'nova-compute',
          host: hostName,
          zone,
          status: 'enabled',
          state: (await isUp(hypervisor)) ? 'up' : 'down',
          updated_at: rawTime(clock.now()),
          disabled_reason: null,
          ...(atLeast(request.version, '2.11') ? { forced_down: false } : {}),
        };
        return { services: wanted ? [service] : [] };
      },
    }),
  ];
}

function nodeRoutes(settings: ComputeSettings, hypervisor: Hypervisor): Route[] {
  const { store, hostName } = settings;
  const nodeId = (request: Request) => (atLeast(request.version, '2.53') ? derivedId('compute.node', hostName) : 1);
  const basic = (request: Request, up: boolean) => ({
    id: nodeId(request),
    hypervisor_hostname: hostName,
    state: up ? 'up' : 'down',
    status: 'enabled',
  });
  const detail = async (request: Request) => {
    const up = await isUp(hypervisor);
    return {
      ...basic(request, up),
      ...(await figures(settings, hypervisor, up)),
      hypervisor_type: hypervisor.kind,
      hypervisor_version: hypervisorVersion,
      host_ip: '127.0.0.1',
      cpu_info: atLeast(request.version, '2.28') ? {} : '',
      service: {
        id: atLeast(request.version, '2.53') ? derivedId('compute.service', hostName) : 1,
        host: hostName,
        disabled_reason: null,
      },
    };
  };
  const withServers = async (request: Request) => {
    const asked = searchOf(request).get('with_servers') ?? 'false';
    if (!atLeast(request.version, '2.53') || !truth(asked)) return {};
    const servers = (await serversOnHost(store.db, hostName)).map(({ id }) => ({ name: `instance-${id}`, uuid: id }));
    return servers.length > 0 || atLeast(request.version, '2.75') ? { servers } : {};
  };
  const matches = (request: Request) => {
    const pattern = atLeast(request.version, '2.53') ? searchOf(request).get('hypervisor_hostname_pattern') : null;
    if (pattern === null || hostName.includes(pattern)) return;
    throw new Fault('notFound', `No hypervisor matching '${pattern.slice(0, 64)}' could be found.`);
  };
  return [
    route({
      method: 'GET',
      path: '/v2.1/os-hypervisors',
      operation: 'compute:hypervisors:list',
      policy: policies.admin,
      async handler(request) {
        matches(request);
        return { hypervisors: [{ ...basic(request, await isUp(hypervisor)), ...(await withServers(request)) }] };
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
    route({
      method: 'GET',
      path: '/v2.1/os-hypervisors/:hypervisorId',
      operation: 'compute:hypervisors:get',
      policy: policies.admin,
      async handler(request) {
        const { hypervisorId = '' } = request.params;
        if (hypervisorId !== String(nodeId(request))) {
          throw new Fault('notFound', `Hypervisor with ID '${hypervisorId.slice(0, 64)}' could not be found.`);
        }
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
