import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { ServerAttributes } from '../operations/create-server.ts';
import type { RequestedDevice } from '../operations/requested-devices.ts';
import { truth } from './schemas.ts';
import type { BlockDevice, CreateServerBody, OldBlockDevice } from './server-schemas.ts';

type Server = CreateServerBody['server'];

/** The image and the volumes that a creation asks for, in either of Nova's ways to say it. */
export function devicesOf(server: Server): Pick<ServerAttributes, 'imageRef' | 'devices'> {
  const { block_device_mapping: old, block_device_mapping_v2: mapped, imageRef = '' } = server;
  if (old !== undefined && mapped !== undefined) {
    throw badRequest('Using different block_device_mapping syntaxes is not allowed in the same request.');
  }
  if (old !== undefined) return { imageRef, devices: old.map(oldDevice) };
  const devices = mapped ?? [];
  // An image onto the host's own disk is what no mapping means too.
  const local = devices.filter((device) => device.source_type === 'image' && device.destination_type !== 'volume');
  const [own, ...others] = local;
  if (others.length > 0 || (own !== undefined && Number(own.boot_index ?? 0) !== 0)) {
    throw new Fault('notSupported', 'Servers have one disk of their own here, which is the one that they start from.');
  }
  if (own !== undefined && imageRef !== '' && imageRef !== own.uuid) {
    throw badRequest('imageRef and the boot device of block_device_mapping_v2 must be the same image.');
  }
  const volumes = devices.filter((device) => device !== own).map(volumeDevice);
  const boots = volumes.some(({ bootIndex }) => bootIndex === 0);
  if (boots && own !== undefined) throw badRequest('Block Device Mapping is Invalid: two devices have boot_index 0.');
  return { imageRef: own?.uuid ?? imageRef, devices: volumes };
}

function volumeDevice(device: BlockDevice): RequestedDevice {
  const { source_type: from, destination_type: destination, uuid } = device;
  const local = from === 'blank' && destination !== 'volume';
  if (local)
    throw new Fault(
      'notSupported',
      'Ephemeral and swap disks are those of the flavor, whole: choose one that has them.',
    );
  if (from === 'volume' && destination === 'local') throw badRequest('A volume cannot be mapped to a local disk.');
  const id = uuid ?? null;
  if (from !== 'blank' && (id === null || !isUuid(id))) {
    throw badRequest(`Block Device Mapping is Invalid: a device of source ${from} needs the uuid of one.`);
  }
  return {
    ...{ from, id: from === 'blank' ? null : id },
    bootIndex: indexOf(device.boot_index),
    sizeGiB: sizeOf(device.volume_size),
    deleteOnTermination: device.delete_on_termination === undefined ? false : truth(device.delete_on_termination),
    volumeType: device.volume_type ?? null,
    tag: device.tag ?? null,
  };
}

/** Negative and absent: the server does not start from it. */
function indexOf(value: number | string | null | undefined): number | null {
  if (value === undefined || value === null || String(value).toLowerCase() === 'none') return null;
  return Number(value) < 0 ? null : Number(value);
}

function sizeOf(value: number | string | null | undefined): number | null {
  return value === undefined || value === null || value === '' ? null : Number(value);
}

/** The first syntax: a volume or, with a type of `snap`, a snapshot; `vda` is what the server starts from. */
function oldDevice(device: OldBlockDevice): RequestedDevice {
  const { volume_id: volume, snapshot_id: snapshot } = device;
  const id = volume ?? snapshot ?? null;
  if (id === null) throw badRequest('Block Device Mapping is Invalid: volume_id or snapshot_id is required.');
  return {
    from: volume === undefined || volume === null ? 'snapshot' : 'volume',
    id,
    bootIndex: /(^|\/)[vsh]da$/.test(device.device_name ?? '') ? 0 : null,
    sizeGiB: sizeOf(device.volume_size),
    deleteOnTermination: device.delete_on_termination === undefined ? false : truth(device.delete_on_termination),
    volumeType: null,
    tag: null,
  };
}
