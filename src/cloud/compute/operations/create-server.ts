import { randomInt } from 'node:crypto';
import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { derivedId, isUuid, newId } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import {
  canonicalIpv6,
  type Flavor,
  hostnameOf,
  type ServerImage,
  type ServerRecord,
  scratchGiB,
} from '../domain/server.ts';
import { emitServer } from '../events.ts';
import { insertAction } from '../store/actions.ts';
import { findFlavor } from '../store/flavors.ts';
import { findKeypair } from '../store/keypairs.ts';
import { findServer, insertServer } from '../store/servers.ts';
import { type KeypairRow, type ServerRow, serverOf } from '../store/tables.ts';
import { serverReconciler } from '../work/reconcile-server.ts';
import { holderOf } from '../work/remove.ts';
import { volumesOf } from '../work/server-work.ts';
import { isZone } from './aggregates.ts';
import { checkMetadata, checkQuota } from './quotas.ts';
import { attachmentsOf, type RequestedDevice, type WantedDevice, wantedDevices } from './requested-devices.ts';
import { nicsOf, type RequestedNetworks, securityGroupIds, type WantedNic, wantedNics } from './requested-networks.ts';
import { joinGroup } from './server-groups.ts';
import { checkFlavor, diskSize, usableImage } from './server-images.ts';
import type { ComputeSettings } from './settings.ts';

/** What a server is asked to be. */
export interface ServerAttributes {
  readonly name: string;
  readonly flavorRef: string;
  /** Empty: it starts from a volume, which `devices` then say. */
  readonly imageRef: string;
  /** Its volumes, and what they are to be made from. */
  readonly devices?: readonly RequestedDevice[];
  readonly serverGroupId?: string;
  /** A key of the caller's. */
  readonly keyName?: string;
  readonly networks?: RequestedNetworks;
  /** Names or ids. */
  readonly securityGroups?: readonly string[];
  /** Base64. */
  readonly userData?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** False: the guest has the metadata service alone. */
  readonly configDrive?: boolean;
  readonly description?: string | null;
  readonly tags?: readonly string[];
  readonly availabilityZone?: string;
  readonly adminPass?: string;
  readonly accessIpV4?: string;
  readonly accessIpV6?: string;
  readonly diskConfig?: 'AUTO' | 'MANUAL';
  /** How many alike, at most; 1 unless said. */
  readonly count?: number;
}

/** The servers of one request, all or none. Repeated with the same id, it answers what exists. */
export async function createServers(
  settings: ComputeSettings,
  context: Context,
  attributes: ServerAttributes,
  options: { readonly id?: string } = {},
): Promise<ServerRecord[]> {
  const first = options.id ?? newId(settings.clock.now().getTime());
  if (!isUuid(first)) throw badRequest('A server’s id is a UUID.');
  const existing = options.id === undefined ? undefined : await findServer(settings.store.db, first);
  if (existing !== undefined) return [ownedBy(context, existing)];
  const count = attributes.count ?? 1;
  const chosen = await choose(settings, context, attributes);
  if (count > 1 && chosen.nics.some(({ portId, fixedIp }) => portId !== null || fixedIp !== null)) {
    throw badRequest('Several servers cannot share a port or a fixed address.');
  }
  if (count > 1 && chosen.devices.some(({ volumeId }) => volumeId !== null)) {
    throw badRequest('Cannot attach one or more volumes to multiple instances');
  }
  return settings.store.transact(async (tx) => {
    await checkQuota(settings, tx, chosen.projectId, {
      instances: count,
      cores: count * chosen.flavor.vcpus,
      ram: count * chosen.flavor.memoryMiB,
    });
    await joinGroup(settings, tx, context, attributes.serverGroupId, count);
    const servers: ServerRecord[] = [];
    const reservation = `r-${first.replaceAll('-', '').slice(-8)}`;
    for (let index = 0; index < count; index += 1) {
      const id = index === 0 ? first : derivedId('compute.server', first, String(index));
      const row = newRow(settings, context, attributes, chosen, { id, reservation, index, count });
      if (!(await insertServer(tx, row))) throw conflict(`Server ${id} exists already.`);
      servers.push(await begin(settings, tx, context, row));
    }
    return servers;
  });
}

function ownedBy(context: Context, server: ServerRecord): ServerRecord {
  if (server.projectId !== context.projectId) throw conflict(`Server ${server.id} exists already.`);
  return server;
}

/** What the request's names stand for. */
interface Chosen {
  readonly projectId: string;
  readonly flavor: Flavor;
  readonly image: ServerImage | null;
  readonly diskGiB: number;
  readonly keypair: KeypairRow | undefined;
  readonly nics: readonly WantedNic[];
  readonly devices: readonly WantedDevice[];
  readonly securityGroups: readonly string[];
}

async function choose(settings: ComputeSettings, context: Context, attributes: ServerAttributes): Promise<Chosen> {
  const { store, networks, zone } = settings;
  if (context.projectId === null)
    throw new Fault('forbidden', 'A server belongs to a project: scope the token to one.');
  const { projectId } = context;
  const flavor = await chooseFlavor(store.db, context, attributes.flavorRef);
  const { imageRef } = attributes;
  const image = imageRef === '' ? null : await usableImage(settings.images, context, imageRef);
  if (image !== null) checkFlavor(flavor, image);
  const devices = await wantedDevices(settings, context, flavor, attributes.devices ?? []);
  const bootsFromVolume = devices.some(({ bootIndex }) => bootIndex === 0);
  if (image === null && !bootsFromVolume) throw badRequest('Block Device Mapping is Invalid: No bootable device.');
  const keypair = await chooseKeypair(store.db, context, attributes.keyName);
  const { availabilityZone = zone, metadata = {} } = attributes;
  if (!(await isZone(settings, availabilityZone))) throw badRequest('The requested availability zone is not available');
  await checkMetadata(settings, projectId, metadata);
  const [nics, securityGroups] = await Promise.all([
    wantedNics(networks, context, attributes.networks),
    securityGroupIds(networks, context, attributes.securityGroups),
  ]);
  return {
    ...{ projectId, flavor, keypair, nics, devices, securityGroups },
    image: bootsFromVolume ? null : (image?.image ?? null),
    diskGiB: (bootsFromVolume ? 0 : diskSize(flavor, image?.image ?? null)) + scratchGiB(flavor),
  };
}

async function chooseFlavor(db: Connection, context: Context, id: string): Promise<Flavor> {
  const flavor = await findFlavor(db, context, id);
  if (flavor === undefined) throw badRequest(`Flavor ${id} could not be found.`);
  return flavor;
}

/** The caller's key of that name; 400 when there is none. */
export async function chooseKeypair(
  db: Connection,
  context: Context,
  name: string | undefined,
): Promise<KeypairRow | undefined> {
  if (name === undefined) return undefined;
  const keypair = await findKeypair(db, context.userId, name);
  if (keypair === undefined) throw badRequest('Invalid key_name provided.');
  return keypair;
}

interface Place {
  readonly id: string;
  readonly reservation: string;
  readonly index: number;
  readonly count: number;
}

function newRow(
  { clock, sealer }: ComputeSettings,
  context: Context,
  attributes: ServerAttributes,
  chosen: Chosen,
  { id, reservation, index, count }: Place,
): ServerRow {
  const name = count === 1 ? attributes.name : `${attributes.name}-${index + 1}`;
  const now = clock.now();
  return {
    id,
    name,
    project_id: chosen.projectId,
    user_id: context.userId,
    request_id: context.requestId,
    reservation_id: reservation,
    launch_index: index,
    description: attributes.description ?? null,
    hostname: hostnameOf(name, id),
    flavor: chosen.flavor,
    vcpus: chosen.flavor.vcpus,
    memory_mib: chosen.flavor.memoryMiB,
    disk_gib: chosen.diskGiB,
    image_id: chosen.image?.id ?? null,
    image: chosen.image,
    key_name: chosen.keypair?.name ?? null,
    public_key: chosen.keypair?.public_key ?? null,
    user_data: attributes.userData ?? null,
    config_drive: attributes.configDrive ?? true,
    guest_password: null,
    admin_pass: sealer.seal(attributes.adminPass ?? newPassword(), id),
    metadata: attributes.metadata ?? {},
    tags: [...new Set(attributes.tags)],
    security_groups: chosen.securityGroups,
    nics: nicsOf(id, chosen.nics),
    volumes: attachmentsOf(id, chosen.flavor, chosen.devices),
    devices_pending: false,
    disk_generation: 0,
    disk_image: null,
    resized_from: null,
    rescue: null,
    task_data: null,
    server_group_id: attributes.serverGroupId ?? null,
    availability_zone: attributes.availabilityZone ?? null,
    access_ip_v4: attributes.accessIpV4 ?? null,
    access_ip_v6: canonicalIpv6(attributes.accessIpV6) ?? null,
    disk_config: attributes.diskConfig ?? 'MANUAL',
    locked_by: null,
    locked_reason: null,
    vm_state: 'building',
    task_state: 'scheduling',
    power_state: 0,
    fault: null,
    host: null,
    crashed_at: null,
    created_at: now,
    updated_at: now,
    launched_at: null,
    terminated_at: null,
    deleted_at: null,
  };
}

const passwordLetters = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** Twelve letters that nobody takes for one another. */
export function newPassword(): string {
  return Array.from({ length: 12 }, () => passwordLetters[randomInt(passwordLetters.length)]).join('');
}

/** In the transaction that inserts the row: the image is held, the action recorded, metering told, the work begun. */
async function begin(settings: ComputeSettings, tx: Tx, context: Context, row: ServerRow): Promise<ServerRecord> {
  const { images, work } = settings;
  const server = serverOf(row);
  for (const attachment of server.volumes.filter(({ source }) => source === null)) {
    await volumesOf(settings).reserve(tx, context, { ...attachment, serverId: row.id });
  }
  if (row.image_id !== null) await images.holdImage(tx, row.image_id, holderOf(row.id));
  await insertAction(tx, {
    server_id: row.id,
    action: 'create',
    request_id: context.requestId,
    user_id: context.userId,
    project_id: row.project_id,
    started_at: row.created_at,
  });
  await emitServer(tx, 'created', server, row.created_at);
  await work.wake(tx, serverReconciler, row.id);
  return server;
}
