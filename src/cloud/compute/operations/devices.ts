import { type Context, projectContext } from '../../../kernel/access/context.ts';
import { badRequest, Fault, notFound } from '../../../kernel/base/errors.ts';
import { isUuid, newId } from '../../../kernel/base/ids.ts';
import type { Tx } from '../../../kernel/store/index.ts';
import { deviceStates, volumeStates } from '../domain/actions.ts';
import { type Attachment, type Nic, type ServerRecord, scratchDisksOf } from '../domain/server.ts';
import type { VmState } from '../domain/states.ts';
import type { ServerChange } from '../store/servers.ts';
import { ensurePort } from '../work/ports-of-server.ts';
import { serverReconciler } from '../work/reconcile-server.ts';
import { volumesOf } from '../work/server-work.ts';
import { deviceName } from './requested-devices.ts';
import { type RequestedNetwork, wantedNics } from './requested-networks.ts';
import { changeTo, recordAction, refuseLocked, stateConflict, visibleServer } from './servers.ts';
import type { ComputeSettings } from './settings.ts';

/** Changes the devices that the server is to have; the reconciler plugs and unplugs them. */
async function changeDevices(
  settings: ComputeSettings,
  context: Context,
  id: string,
  { name, states }: { readonly name: string; readonly states: readonly VmState[] },
  change: (server: ServerRecord, tx: Tx) => Promise<ServerChange> | ServerChange,
): Promise<ServerRecord> {
  return settings.store.transact(async (tx) => {
    const server = await visibleServer(tx, context, id, 'update');
    refuseLocked(context, server);
    if (!states.includes(server.vmState)) throw stateConflict(name, id, `vm_state ${server.vmState}`);
    if (server.taskState !== null) throw stateConflict(name, id, `task_state ${server.taskState}`);
    const now = settings.clock.now();
    const changed = await change(server, tx);
    const after = await changeTo(tx, server, { ...changed, devices_pending: true, updated_at: now });
    await recordAction(tx, context, server, name, now);
    await settings.work.wake(tx, serverReconciler, id);
    return after;
  });
}

function ownerContext(context: Context, server: ServerRecord): Context {
  return projectContext(context.requestId, server.userId, server.projectId);
}

/** Gives the server one more network card; answers its port's id once the port is there. */
export async function attachInterface(
  settings: ComputeSettings,
  context: Context,
  id: string,
  requested: RequestedNetwork | undefined,
): Promise<string> {
  const current = await visibleServer(settings.store.db, context, id);
  const owner = ownerContext(context, current);
  const [wanted] = await wantedNics(settings.networks, owner, requested === undefined ? undefined : [requested]);
  if (wanted === undefined) throw badRequest('The project has no network to attach the server to.');
  const nic: Nic = { ...wanted, portId: wanted.portId ?? newId(), state: 'joining' };
  const how = { name: 'attach_interface', states: deviceStates };
  const server = await changeDevices(settings, context, id, how, ({ nics }) => ({ nics: [...nics, nic] }));
  try {
    await ensurePort(settings, server, nic);
  } catch (error) {
    await settings.store.transact(async (tx) => {
      const now = await visibleServer(tx, context, id, 'update');
      await changeTo(tx, now, { nics: now.nics.filter(({ portId }) => portId !== nic.portId) });
    });
    throw error;
  }
  return nic.portId;
}

/** Takes a network card from the server. */
export async function detachInterface(
  settings: ComputeSettings,
  context: Context,
  id: string,
  portId: string,
): Promise<void> {
  await changeDevices(settings, context, id, { name: 'detach_interface', states: deviceStates }, ({ nics }) => {
    if (!nics.some((nic) => nic.portId === portId)) throw notFound('Port', portId.slice(0, 64));
    return { nics: nics.map((nic) => (nic.portId === portId ? { ...nic, state: 'leaving' } : nic)) };
  });
}

/** What is asked of a volume that joins a server. */
export interface RequestedVolume {
  readonly volumeId: string;
  readonly tag?: string;
  readonly deleteOnTermination?: boolean;
}

/** Gives the server a volume, at the first device that is free. */
export async function attachVolume(
  settings: ComputeSettings,
  context: Context,
  id: string,
  { volumeId, tag, deleteOnTermination }: RequestedVolume,
): Promise<Attachment> {
  const volumes = volumesOf(settings);
  await visibleServer(settings.store.db, context, id);
  await volumes.getVolume(context, volumeId);
  const attachmentId = newId(settings.clock.now().getTime());
  const how = { name: 'attach_volume', states: volumeStates };
  const server = await changeDevices(settings, context, id, how, async (before, tx) => {
    const attachment: Attachment = {
      ...{ id: attachmentId, volumeId, device: freeDevice(before), tag: tag ?? null, bootIndex: null },
      ...{ deleteOnTermination: deleteOnTermination ?? false, source: null, state: 'joining' },
    };
    if (before.volumes.some((one) => one.volumeId === volumeId)) {
      throw badRequest(`Invalid volume: volume ${volumeId} is attached to instance ${id} already.`);
    }
    await volumes.reserve(tx, context, { ...attachment, serverId: id });
    return { volumes: [...before.volumes, attachment] };
  });
  return attachmentOf(server, volumeId);
}

const mostDevices = 26;

function freeDevice(server: ServerRecord): string {
  const taken = new Set(server.volumes.map(({ device }) => device));
  const first = 1 + scratchDisksOf(server.flavor).length;
  for (let index = first; index < mostDevices; index += 1) {
    if (!taken.has(deviceName(index))) return deviceName(index);
  }
  throw new Fault('forbidden', `Maximum number of volumes reached: ${mostDevices} disks a server.`);
}

/** The volume's place at the server; `notFound` when it is not there. */
export function attachmentOf(server: ServerRecord, volumeId: string): Attachment {
  const found = server.volumes.find((one) => one.volumeId === volumeId);
  if (found === undefined) {
    throw new Fault('notFound', `Instance ${server.id} has no volume ${volumeId.slice(0, 64)}: volume_id not found`);
  }
  return found;
}

/** Takes a volume from the server. */
export async function detachVolume(
  settings: ComputeSettings,
  context: Context,
  id: string,
  volumeId: string,
): Promise<void> {
  const volumes = volumesOf(settings);
  const current = await visibleServer(settings.store.db, context, id);
  if (isUuid(volumeId)) await volumes.getVolume(context, volumeId);
  attachmentOf(current, volumeId);
  await changeDevices(settings, context, id, { name: 'detach_volume', states: volumeStates }, async (server, tx) => {
    const leaving = attachmentOf(server, volumeId);
    if (leaving.bootIndex === 0) throw new Fault('forbidden', 'Cannot detach a root device volume');
    if (leaving.state === 'joining') {
      throw badRequest("Invalid volume: Unable to detach volume. Volume status must be 'in-use'.");
    }
    await volumes.beginDetaching(tx, context, leaving.id);
    const gone = { ...leaving, state: 'leaving' } as const;
    return { volumes: server.volumes.map((one) => (one.id === leaving.id ? gone : one)) };
  });
}
