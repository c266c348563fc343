import { policies } from '../../../kernel/access/policy.ts';
import { atLeast, caller, type Route, route, type Version } from '../../../kernel/http/index.ts';
import type { ServerPort } from '../collaborators.ts';
import type { ServerRecord } from '../domain/server.ts';
import { stateConflict, updateServer, visibleServer } from '../operations/servers.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import type { GuestState, Hypervisor } from '../ports.ts';
import { serverAndPorts } from './server-parts.ts';

/** Counters that no engine here reads yet: the API has null for them. */
const unknownCard = Object.fromEntries(
  ['rx', 'tx'].flatMap((way) =>
    ['octets', 'errors', 'drop', 'packets', 'rate'].map((counter) => [`${way}_${counter}`, null]),
  ),
);
const unknownDisk = Object.fromEntries(
  ['read_bytes', 'read_requests', 'write_bytes', 'write_requests', 'errors_count'].map((counter) => [counter, null]),
);

function view(
  server: ServerRecord,
  ports: readonly ServerPort[],
  guest: GuestState | undefined,
  { kind, now, asked }: { readonly kind: string; readonly now: Date; readonly asked: Version },
): Record<string, unknown> {
  const { vcpus, memoryMiB } = server.flavor;
  if (!atLeast(asked, '2.48')) return { memory: memoryMiB * 1024, cpus: vcpus };
  const disks = server.volumes.length + (server.image === null ? 0 : 1);
  return {
    state: guest?.power === 'paused' ? 'paused' : 'running',
    // The API knows no other name for QEMU.
    driver: 'libvirt',
    hypervisor: kind.toLowerCase(),
    hypervisor_os: 'linux',
    uptime: guest === undefined ? null : Math.max(0, Math.floor((now.getTime() - guest.since.getTime()) / 1000)),
    config_drive: server.configDrive,
    num_cpus: vcpus,
    num_nics: ports.length,
    num_disks: disks,
    memory_details: { maximum: memoryMiB, used: null },
    cpu_details: Array.from({ length: vcpus }, (_, id) => ({ id, time: null, utilisation: null })),
    nic_details: ports.map(({ mac }) => ({ mac_address: mac, ...unknownCard })),
    disk_details: Array.from({ length: disks }, () => unknownDisk),
  };
}

/** What can be told of a guest from outside, and the password that none of ours sets by itself. */
export function diagnosticsRoutes(settings: ComputeSettings, hypervisor: Hypervisor): Route[] {
  const path = '/v2.1/servers/:serverId';
  return [
    route({
      method: 'GET',
      path: `${path}/diagnostics`,
      operation: 'compute:server-diagnostics:get',
      policy: policies.admin,
      async handler(request) {
        const { server, ports } = await serverAndPorts(settings, request);
        const { id, vmState } = server;
        if (vmState !== 'active' && vmState !== 'paused') throw stateConflict('diagnostics', id, `vm_state ${vmState}`);
        const guest = (await hypervisor.list()).find((one) => one.id === id);
        return view(server, ports, guest, {
          kind: hypervisor.kind,
          now: settings.clock.now(),
          asked: request.version,
        });
      },
    }),
    route({
      method: 'GET',
      path: `${path}/os-server-password`,
      operation: 'compute:server-password:get',
      policy: policies.projectReader,
      async handler(request) {
        const server = await visibleServer(settings.store.db, caller(request), request.params.serverId ?? '');
        return { password: server.guestPassword ?? '' };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/os-server-password`,
      operation: 'compute:server-password:clear',
      policy: policies.projectMember,
      status: 204,
      async handler(request) {
        await updateServer(settings, caller(request), request.params.serverId ?? '', () => ({ guest_password: null }));
      },
    }),
  ];
}
