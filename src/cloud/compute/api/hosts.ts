import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, type Route, route, version } from '../../../kernel/http/index.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import type { Hypervisor } from '../ports.ts';
import { aggregateZones } from '../store/aggregates.ts';
import { setHost } from '../store/hosts.ts';
import { usageByProject, usageOf } from '../store/servers.ts';
import { rawTime } from './links.ts';
import { searchOf } from './paging.ts';
import { exact } from './schemas.ts';

/** Whether the engine answers. */
export function isUp(hypervisor: Hypervisor): Promise<boolean> {
  return hypervisor.capacity().then(
    () => true,
    () => false,
  );
}

/** Zones: our own, and those that aggregates make. */
export function zoneRoutes(settings: ComputeSettings, hypervisor: Hypervisor): Route[] {
  const { store, zone, hostName, clock } = settings;
  const info = async (hostsOf: (hosts: readonly string[]) => unknown) => {
    const made = await aggregateZones(store.db);
    const elsewhere = new Set([...made.values()].flat());
    const own = elsewhere.has(hostName) ? [] : [hostName];
    const zones = [...new Map<string, readonly string[]>([[zone, own], ...made])];
    return {
      availabilityZoneInfo: zones.map(([zoneName, hosts]) => ({
        zoneName,
        zoneState: { available: true },
        hosts: hostsOf(hosts),
      })),
    };
  };
  return [
    route({
      method: 'GET',
      path: '/v2.1/os-availability-zone',
      operation: 'compute:availability-zones:list',
      policy: policies.projectReader,
      handler: () => info(() => null),
    }),
    route({
      method: 'GET',
      path: '/v2.1/os-availability-zone/detail',
      operation: 'compute:availability-zones:detail',
      policy: policies.admin,
      async handler() {
        const service = { available: await isUp(hypervisor), active: true, updated_at: rawTime(clock.now()) };
        return info((hosts) => Object.fromEntries(hosts.map((host) => [host, { 'nova-compute': service }])));
      },
    }),
  ];
}

/** One process does on the host what Nova has a service each for. */
const roles = ['compute', 'conductor', 'scheduler'];

const until242 = { max: version('2.42') };

/** Hosts as Nova showed them until 2.42. */
export function hostRoutes(settings: ComputeSettings, hypervisor: Hypervisor): Route[] {
  const { store, hostName, zone } = settings;
  const path = '/v2.1/os-hosts';
  const admin = { policy: policies.admin, versions: until242 };
  const known = ({ params }: ApiRequest<Record<string, string>, unknown, unknown>) => {
    if (params.host !== hostName)
      throw new Fault('notFound', `Compute host ${params.host?.slice(0, 64)} could not be found.`);
  };
  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:hosts:list',
      ...admin,
      handler(request) {
        const asked = searchOf(request).get('zone');
        const shown = asked === null || asked === '' || asked === zone;
        return { hosts: shown ? roles.map((service) => ({ host_name: hostName, service, zone })) : [] };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:host`,
      operation: 'compute:hosts:get',
      ...admin,
      async handler(request) {
        known(request);
        const total = await hypervisor.capacity();
        const resource = (project: string, size: { vcpus: number; memoryMiB: number; diskGiB: number }) => ({
          resource: { host: hostName, project, cpu: size.vcpus, memory_mb: size.memoryMiB, disk_gb: size.diskGiB },
        });
        const used = await usageOf(store.db, { host: hostName });
        const projects = await usageByProject(store.db, hostName);
        return {
          host: [
            ...[resource('(total)', total), resource('(used_now)', used), resource('(used_max)', used)],
            ...projects.map((usage) => resource(usage.projectId, usage)),
          ],
        };
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:host`,
      operation: 'compute:hosts:update',
      ...admin,
      body: Type.Unsafe<{ status?: string; maintenance_mode?: string }>({
        ...exact({
          status: Type.Optional(Type.Unsafe<string>({ type: 'string', pattern: '^([Ee]n|[Dd]is)able$' })),
          maintenance_mode: Type.Optional(Type.Unsafe<string>({ type: 'string', pattern: '^([Ee]n|[Dd]is)able$' })),
        }),
        minProperties: 1,
      }),
      async handler(request) {
        known(request);
        const { status, maintenance_mode: maintenance } = request.body;
        if (maintenance !== undefined) throw new Fault('notSupported', 'Hosts have no maintenance mode here.');
        if (status === undefined) throw badRequest('status or maintenance_mode is required.');
        const disabled = status.toLowerCase() === 'disable';
        await setHost(store.db, hostName, { disabled });
        return { host: hostName, status: disabled ? 'disabled' : 'enabled' };
      },
    }),
    ...['startup', 'shutdown', 'reboot'].map((power) =>
      route({
        method: 'GET',
        path: `${path}/:host/${power}`,
        operation: `compute:hosts:${power}`,
        ...admin,
        handler(request) {
          known(request);
          throw new Fault('notSupported', `The machine itself is not for this API to ${power}.`);
        },
      }),
    ),
  ];
}
