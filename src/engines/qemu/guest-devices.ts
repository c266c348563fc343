import type { GuestNic, GuestSpec, GuestVolume, NicPlugger } from '../../cloud/compute/ports.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { checkVolume, claimVolume, type OpenVolume, releaseVolume } from '../local-disk/index.ts';
import { networkCard, volumeDisk, volumeNode } from './devices.ts';
import { plug, unplug } from './hot-plug.ts';
import { openVolume } from './open-volume.ts';
import type { Qmp } from './qmp.ts';
import type { GuestRecord, KeptRecord, Slotted } from './record.ts';
import { nextDevices } from './shape.ts';

type Nic = GuestNic & Slotted;
type Volume = GuestVolume & Slotted;

/** What QEMU tells of a block node. */
interface BlockNode {
  readonly 'node-name': string;
  readonly image: { readonly 'virtual-size': number };
}

/** A guest's cards and volumes: on the host, and in the machine while it runs. */
export class GuestDevices {
  readonly #kept: KeptRecord;
  readonly #around: {
    readonly plugger: NicPlugger;
    readonly clock: Clock;
    readonly log: Logger;
    readonly volumesDir: string;
  };

  constructor(
    kept: KeptRecord,
    around: { plugger: NicPlugger; clock: Clock; log: Logger; installation: { readonly dataDir: string } },
  ) {
    const { plugger, clock, log, installation } = around;
    this.#kept = kept;
    this.#around = { plugger, clock, log, volumesDir: `${installation.dataDir}/volumes` };
  }

  /** Throws, before anything is changed, when what `spec` wants cannot be. */
  async check({ volumes }: GuestSpec): Promise<void> {
    for (const { connection } of volumes) await checkVolume(this.#around.volumesDir, connection.path);
  }

  /** Gets everything ready for a machine that is about to start; answers the names of the cards' taps. */
  async prepare(): Promise<string[]> {
    // A machine that goes on from its memory has all the devices that it had.
    if (!this.#record.saved) await this.#settle();
    for (const volume of this.#record.volumes) await this.#claim(volume);
    const ifnames: string[] = [];
    for (const nic of this.#record.nics) ifnames.push(await this.#tap(nic));
    return ifnames;
  }

  /** Takes up what `spec` says of a guest whose machine does not run. */
  async reshape(spec: GuestSpec): Promise<void> {
    const before = this.#record;
    await this.#kept.save(nextDevices(before, spec, false));
    await this.#forget(before);
  }

  /** Makes the devices of the running machine those of `spec`. What is new comes before what is to go, which may fail. */
  async replug(spec: GuestSpec, qmp: Qmp): Promise<void> {
    await this.#kept.save(nextDevices(this.#record, spec, true));
    for (const nic of this.#record.nics.filter(({ pending }) => pending === 'plug')) {
      await plug(qmp, networkCard(nic, await this.#tap(nic)));
      await this.#change('nics', nic, withoutPending(nic));
    }
    for (const volume of this.#record.volumes.filter(({ pending }) => pending === 'plug')) {
      await this.#claim(volume);
      await plug(qmp, volumeDisk(volume));
      await this.#change('volumes', volume, withoutPending(volume));
    }
    await this.#grow(qmp);
    await this.#unplug(qmp);
  }

  /** The volume in the running machine, if that has it. */
  openVolume(volumeId: string, qmp: Qmp): OpenVolume | undefined {
    const volume = this.#record.volumes.find((one) => one.volumeId === volumeId && one.pending !== 'plug');
    return volume && openVolume(qmp, volumeNode(volume));
  }

  /** Best effort: a tap that stays is taken up at the next start, and goes at the latest with the guest's removal. */
  async dropTaps(): Promise<void> {
    for (const { portId } of this.#record.nics) {
      await this.#around.plugger.unplug(portId).catch((error: unknown) => {
        this.#around.log.warn({ err: error, guest: this.#record.id, portId }, 'could not unplug a card');
      });
    }
  }

  /** The guest is being removed: its taps go, and its volumes are nobody's. */
  async dropAll(): Promise<void> {
    for (const { portId } of this.#record.nics) await this.#around.plugger.unplug(portId);
    for (const volume of this.#record.volumes) await this.#release(volume);
  }

  get #record(): GuestRecord {
    return this.#kept.current;
  }

  /** What was to be plugged is simply there at the next start; what was to go is not. */
  async #settle(): Promise<void> {
    const before = this.#record;
    const settled = <T extends Slotted>(devices: readonly T[]) =>
      devices.filter(({ pending }) => pending !== 'unplug').map(withoutPending);
    await this.#kept.save({ nics: settled(before.nics), volumes: settled(before.volumes) });
    await this.#forget(before);
  }

  /** Gives back what the guest had and has no more. */
  async #forget(before: GuestRecord): Promise<void> {
    const { nics, volumes } = this.#record;
    const [ports, kept] = [new Set(nics.map(({ portId }) => portId)), new Set(volumes.map(({ volumeId }) => volumeId))];
    for (const { portId } of before.nics) if (!ports.has(portId)) await this.#around.plugger.unplug(portId);
    for (const volume of before.volumes) if (!kept.has(volume.volumeId)) await this.#release(volume);
  }

  async #unplug(qmp: Qmp): Promise<void> {
    const { clock, plugger } = this.#around;
    for (const nic of this.#record.nics.filter(({ pending }) => pending === 'unplug')) {
      await unplug(qmp, networkCard(nic, ''), clock);
      await plugger.unplug(nic.portId);
      await this.#change('nics', nic);
    }
    for (const volume of this.#record.volumes.filter(({ pending }) => pending === 'unplug')) {
      await unplug(qmp, volumeDisk(volume), clock);
      await this.#release(volume);
      await this.#change('volumes', volume);
    }
  }

  async #grow(qmp: Qmp): Promise<void> {
    if (this.#record.volumes.length === 0) return;
    const nodes = await qmp.execute<BlockNode[]>('query-named-block-nodes', { flat: true });
    const sizes = new Map(nodes.map((node) => [node['node-name'], node.image['virtual-size']]));
    for (const volume of this.#record.volumes) {
      const node = volumeNode(volume);
      if ((sizes.get(node) ?? volume.sizeBytes) >= volume.sizeBytes) continue;
      await qmp.execute('block_resize', { 'node-name': node, size: volume.sizeBytes });
    }
  }

  async #tap(nic: Nic): Promise<string> {
    return (await this.#around.plugger.plug(nic, this.#record.uid)).ifname;
  }

  #claim({ connection }: Volume): Promise<void> {
    return claimVolume(this.#around.volumesDir, connection.path, this.#record.uid);
  }

  #release({ connection }: Volume): Promise<void> {
    return releaseVolume(this.#around.volumesDir, connection.path);
  }

  /** Puts `after` in the place of the device, or nothing. */
  #change<K extends 'nics' | 'volumes'>(kind: K, { slot }: Slotted, after?: GuestRecord[K][number]): Promise<void> {
    const devices: readonly GuestRecord[K][number][] = this.#record[kind];
    const left = devices.flatMap((device) => (device.slot === slot ? (after ?? []) : device));
    return this.#kept.save({ [kind]: left });
  }
}

function withoutPending<T extends Slotted>({ pending: _, ...device }: T): Omit<T, 'pending'> {
  return device;
}
