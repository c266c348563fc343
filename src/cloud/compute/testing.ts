import { PassThrough } from 'node:stream';
import { badRequest, conflict, Fault, notFound } from '../../kernel/base/errors.ts';
import type { ImageRecord } from '../image/index.ts';
import type {
  Proxied,
  ServerImages,
  ServerNetworks,
  ServerPort,
  ServerVolume,
  ServerVolumeAttachment,
  ServerVolumes,
} from './collaborators.ts';
import type { GuestSpec, GuestState, Hypervisor } from './ports.ts';

/** Called before each call to a fake: throws to make it fail. */
export type Interrupt = (operation: string) => void;

/** Tests only: what Nova's API also shows is tested in a whole cloud. */
export const nothingProxied = {} as Proxied;

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
      const all = guests.has(id) ? ['one\n', 'two\n', 'three\n'] : [];
      return all.slice(lines === undefined ? 0 : -lines || all.length).join('');
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
      [...names]
        .slice(0, projectId === 'p2' ? 2 : ['empty', 'fresh'].includes(projectId ?? '') ? 0 : 1)
        .map(([id, name]) => ({ id, name })),
    async ensureAutoNetwork({ projectId }) {
      if (projectId === 'empty') throw conflict('Deployment error: No default subnetpools defined.');
      return { id: netOne };
    },
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
            ipv6AddressMode: null,
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
    portAt: async (networkId, address) =>
      [...ports.values()].find(
        (port) => port.networkId === networkId && port.fixedIps.some(({ ipAddress }) => ipAddress === address),
      ),
    listPorts: async (_context, { deviceId }) => [...ports.values()].filter((port) => deviceId.includes(port.deviceId)),
    async portVersions(deviceIds) {
      const found = [...ports.values()].filter(({ deviceId }) => deviceIds.includes(deviceId));
      const byDevice = Map.groupBy(found, ({ deviceId }) => deviceId);
      return new Map([...byDevice].map(([device, some]) => [device, JSON.stringify(some)]));
    },
  };
  return networks;
}

/** Tests only: images in memory, and who holds them. */
export interface FakeImages extends ServerImages {
  readonly holds: Set<string>;
  /** Images that were made here. */
  readonly made: Map<string, ImageRecord>;
  interrupt: Interrupt;
}

export const imageId = '44444444-4444-4444-8444-444444444444';
export const strangeImageId = '55555555-5555-4555-8555-555555555555';
export const otherImageId = '66666666-6666-4666-8666-666666666666';

export function fakeImages(): FakeImages {
  const holds = new Set<string>();
  const made: FakeImages['made'] = new Map();
  const image = {
    id: imageId,
    status: 'active',
    contentFormat: 'qcow2',
    minRam: 64,
    minDisk: 0,
    sizeBytes: 25n * 1024n * 1024n,
    virtualSizeBytes: 100n * 1024n * 1024n,
  } as ImageRecord;
  const images: FakeImages = {
    holds,
    made,
    interrupt: () => undefined,
    async getImage(_context, id) {
      const known = made.get(id);
      if (known !== undefined) return known;
      if (id === strangeImageId) return { ...image, id, contentFormat: null };
      if (id !== imageId && id !== otherImageId) throw notFound('Image', id);
      return { ...image, id };
    },
    listImages: async (_context, { properties }) =>
      [...made.values()]
        .reverse()
        .filter((one) => [...properties].every(([name, value]) => one.properties[name] === value)),
    async createImage(context, { name = null, minDisk = 0, properties = {} }, { id } = {}) {
      images.interrupt('createImage');
      const known = made.get(id ?? '');
      if (known !== undefined) return known;
      const row = {
        ...image,
        id: id ?? '',
        owner: context.projectId,
        name,
        minDisk,
        properties,
        status: 'queued',
      } as ImageRecord;
      made.set(row.id, row);
      return row;
    },
    async adopt(id, _file, contentFormat) {
      images.interrupt('adopt');
      const known = made.get(id);
      if (known === undefined) throw notFound('Image', id);
      const active: ImageRecord = { ...known, status: 'active', contentFormat };
      made.set(id, active);
      return active;
    },
    async deleteImage(_context, id) {
      images.interrupt('deleteImage');
      if (!made.delete(id)) throw notFound('Image', id);
    },
    localPath: (id) => `/images/${id}`,
    async holdImage(_tx, id, holder) {
      holds.add(`${id} ${holder}`);
    },
    async releaseImage(_tx, id, holder) {
      holds.delete(`${id} ${holder}`);
    },
  };
  return images;
}

/** Tests only: volumes in memory. */
export interface FakeVolumes extends ServerVolumes {
  readonly volumes: Map<string, ServerVolume>;
  /** Attachments by id, with how far they are. */
  readonly attachments: Map<string, ServerVolumeAttachment & { readonly state: string }>;
  interrupt: Interrupt;
}

export const volumeId = '77777777-7777-4777-8777-777777777777';

export function fakeVolumes(): FakeVolumes {
  const volumes: FakeVolumes['volumes'] = new Map();
  const attachments: FakeVolumes['attachments'] = new Map();
  const volumeOf = (id: string) => {
    const volume = volumes.get(id);
    if (volume === undefined) throw notFound('Volume', id);
    return volume;
  };
  const setStatus = (id: string, status: string) => void volumes.set(id, { ...volumeOf(id), status });
  const common = { status: 'available', multiattach: false, image: null };
  volumes.set(volumeId, { ...common, id: volumeId, sizeGiB: 1, bootable: true });
  const service: FakeVolumes = {
    volumes,
    attachments,
    interrupt: () => undefined,
    getVolume: async (_context, id) => volumeOf(id),
    async getSnapshot(_context, id) {
      throw notFound('Snapshot', id);
    },
    async createVolume(_context, { sizeGiB, imageId: from }, { id }) {
      service.interrupt('createVolume');
      if (!volumes.has(id)) volumes.set(id, { ...common, id, sizeGiB, bootable: from !== undefined });
      return volumeOf(id);
    },
    async deleteVolume(_context, id) {
      service.interrupt('deleteVolume');
      volumes.delete(id);
    },
    async reserve(_tx, _context, attachment) {
      if (attachments.has(attachment.id)) return;
      const { status } = volumeOf(attachment.volumeId);
      if (status !== 'available') throw badRequest(`Invalid volume: status must be available, not ${status}.`);
      attachments.set(attachment.id, { ...attachment, state: 'reserved' });
      setStatus(attachment.volumeId, 'reserved');
    },
    async connect(_context, id) {
      service.interrupt('connect');
      const attachment = attachments.get(id);
      if (attachment === undefined) throw notFound('Attachment', id);
      return { path: `/volumes/${attachment.volumeId}`, format: 'raw', readOnly: false };
    },
    async complete(_context, id) {
      service.interrupt('complete');
      const attachment = attachments.get(id);
      if (attachment === undefined) throw notFound('Attachment', id);
      attachments.set(id, { ...attachment, state: 'attached' });
      setStatus(attachment.volumeId, 'in-use');
    },
    async beginDetaching(_tx, _context, id) {
      const attachment = attachments.get(id);
      if (attachment !== undefined) setStatus(attachment.volumeId, 'detaching');
    },
    async release(_context, id) {
      service.interrupt('release');
      const attachment = attachments.get(id);
      if (attachment === undefined) return;
      attachments.delete(id);
      if (volumes.has(attachment.volumeId)) setStatus(attachment.volumeId, 'available');
    },
  };
  return service;
}
