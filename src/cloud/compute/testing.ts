import { PassThrough } from 'node:stream';
import { Fault, notFound } from '../../kernel/base/errors.ts';
import type { ImageRecord } from '../image/index.ts';
import type { ServerImages, ServerNetworks, ServerPort } from './collaborators.ts';
import type { GuestSpec, GuestState, Hypervisor } from './ports.ts';

/** Called before each call to a fake: throws to make it fail. */
export type Interrupt = (operation: string) => void;

/** Tests only: a hypervisor in memory, with what a test may do to its guests. */
export interface FakeHypervisor extends Hypervisor {
  readonly guests: Map<string, { spec: GuestSpec; state: GuestState; starts: number }>;
  /** Makes a guest's power state change by itself, and tells. */
  happens(id: string, power: GuestState['power'], reason?: string): void;
  /** The guest is no longer known, as after the loss of its host. */
  forget(id: string): void;
  interrupt: Interrupt;
}

export function fakeHypervisor(capacity = { vcpus: 64, memoryMiB: 65_536, diskGiB: 1000 }): FakeHypervisor {
  const guests: FakeHypervisor['guests'] = new Map();
  const listeners = new Set<(state: GuestState) => void>();
  const since = new Date(0);
  const hypervisor: FakeHypervisor = {
    kind: 'fake',
    guests,
    interrupt: () => undefined,
    async ensure(spec) {
      hypervisor.interrupt('ensure');
      const known = guests.get(spec.id);
      const starting = spec.power === 'on' && known?.state.power !== 'on';
      const state: GuestState = { id: spec.id, power: spec.power, since };
      guests.set(spec.id, { spec, state, starts: (known?.starts ?? 0) + (starting ? 1 : 0) });
      hypervisor.interrupt('ensured');
      return state;
    },
    async reboot(id) {
      hypervisor.interrupt('reboot');
      const guest = guests.get(id);
      if (guest === undefined) throw notFound('Guest', id);
      guest.starts += 1;
      return guest.state;
    },
    async remove(id) {
      hypervisor.interrupt('remove');
      guests.delete(id);
      hypervisor.interrupt('removed');
    },
    async list() {
      hypervisor.interrupt('list');
      return [...guests.values()].map(({ state }) => state);
    },
    async snapshot(id) {
      hypervisor.interrupt('snapshot');
      const guest = guests.get(id);
      if (guest === undefined) throw notFound('Guest', id);
      return { format: 'raw', virtualSizeBytes: guest.spec.disk?.sizeBytes ?? 0 };
    },
    async console(id) {
      hypervisor.interrupt('console');
      if (!guests.has(id)) throw notFound('Guest', id);
      return new PassThrough();
    },
    consoleLog: async (id, lines) => {
      const all = guests.has(id) ? ['one', 'two', 'three'] : [];
      return all.slice(lines === undefined ? 0 : -lines || all.length).join('\n');
    },
    watch(listener, signal) {
      listeners.add(listener);
      signal.addEventListener('abort', () => listeners.delete(listener));
      for (const { state } of guests.values()) listener(state);
    },
    capacity: async () => capacity,
    happens(id, power, reason) {
      const guest = guests.get(id);
      if (guest === undefined) throw notFound('Guest', id);
      guest.state = { id, power, since, ...(reason === undefined ? {} : { reason }) };
      for (const listener of listeners) listener(guest.state);
    },
    forget: (id) => void guests.delete(id),
  };
  return hypervisor;
}

/** Tests only: networks and ports in memory. Project `p1` has the network `netOne`; `p2` has two. */
export interface FakeNetworks extends ServerNetworks {
  readonly ports: Map<string, ServerPort & { readonly hostName: string; readonly projectId: string }>;
  interrupt: Interrupt;
}

export const netOne = '11111111-1111-4111-8111-111111111111';
export const netTwo = '22222222-2222-4222-8222-222222222222';
export const groupWeb = '33333333-3333-4333-8333-333333333333';

export function fakeNetworks(): FakeNetworks {
  const ports: FakeNetworks['ports'] = new Map();
  const names = new Map([
    [netOne, 'private'],
    [netTwo, 'other'],
  ]);
  let last = 9;
  const networks: FakeNetworks = {
    ports,
    interrupt: () => undefined,
    async getNetwork(_context, id) {
      const name = names.get(id);
      if (name === undefined) throw notFound('Network', id);
      return { id, name };
    },
    async getPort(_context, id) {
      const port = ports.get(id);
      if (port === undefined) throw notFound('Port', id);
      return port;
    },
    defaultNetworks: async ({ projectId }) =>
      [...names].slice(0, projectId === 'p2' ? 2 : projectId === 'empty' ? 0 : 1).map(([id, name]) => ({ id, name })),
    listSecurityGroups: async () => [{ id: groupWeb, name: 'web' }],
    async createPort({ projectId }, { networkId, deviceId, fixedIps, securityGroupIds }, { id }) {
      networks.interrupt('createPort');
      const known = ports.get(id);
      if (known !== undefined) return known;
      last += 1;
      const port = {
        id,
        networkId,
        deviceId,
        projectId: projectId ?? '',
        hostName: '',
        networkName: names.get(networkId) ?? '',
        mac: `fa:16:3e:00:00:${last.toString(16).padStart(2, '0')}`,
        mtu: 1442,
        status: 'ACTIVE',
        fixedIps: [
          {
            subnetId: netOne,
            ipAddress: fixedIps?.[0]?.ipAddress ?? `10.0.0.${last}`,
            cidr: '10.0.0.0/24',
            gatewayIp: '10.0.0.1',
            dnsNameservers: ['10.0.0.2'],
            enableDhcp: true,
          },
        ],
        floatingIps: [],
        securityGroupNames: securityGroupIds === undefined ? ['default'] : ['web'],
      };
      if (fixedIps?.[0]?.ipAddress === '10.0.0.1')
        throw new Fault('conflict', 'IP address 10.0.0.1 already allocated.');
      ports.set(id, port);
      networks.interrupt('createdPort');
      return port;
    },
    async bindPort(_context, id, { deviceId, hostName }) {
      networks.interrupt('bindPort');
      const port = ports.get(id);
      if (port === undefined) throw notFound('Port', id);
      ports.set(id, { ...port, deviceId, hostName });
      return port;
    },
    async unbindPort(_context, id) {
      networks.interrupt('unbindPort');
      const port = ports.get(id);
      if (port !== undefined) ports.set(id, { ...port, deviceId: '', hostName: '' });
    },
    async deletePort(_context, id) {
      networks.interrupt('deletePort');
      return ports.delete(id);
    },
    listPorts: async (_context, { deviceId }) => [...ports.values()].filter((port) => deviceId.includes(port.deviceId)),
  };
  return networks;
}

/** Tests only: images that are there, and who holds them. */
export interface FakeImages extends ServerImages {
  readonly holds: Set<string>;
}

export const imageId = '44444444-4444-4444-8444-444444444444';
export const strangeImageId = '55555555-5555-4555-8555-555555555555';

export function fakeImages(): FakeImages {
  const holds = new Set<string>();
  const image = {
    id: imageId,
    status: 'active',
    contentFormat: 'qcow2',
    minRam: 64,
    minDisk: 0,
    sizeBytes: 25n * 1024n * 1024n,
    virtualSizeBytes: 100n * 1024n * 1024n,
  } as ImageRecord;
  return {
    holds,
    async getImage(_context, id) {
      if (id === strangeImageId) return { ...image, id, contentFormat: null };
      if (id !== imageId) throw notFound('Image', id);
      return image;
    },
    localPath: (id) => `/images/${id}`,
    async holdImage(_tx, id, holder) {
      holds.add(`${id} ${holder}`);
    },
    async releaseImage(_tx, id, holder) {
      holds.delete(`${id} ${holder}`);
    },
  };
}
