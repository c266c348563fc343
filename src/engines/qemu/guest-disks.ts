import { rm } from 'node:fs/promises';
import type { GuestScratchDisk, GuestSpec } from '../../cloud/compute/ports.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import { diskSize, ensureScratchDisk } from '../local-disk/index.ts';
import { checkedBase, discard, keepBase, provision } from './provision.ts';
import type { Qmp } from './qmp.ts';
import type { GuestFiles, GuestRecord, KeptRecord } from './record.ts';

/** A guest's own disk and config drive, and those of the system that rescues it. */
export class GuestDisks {
  readonly #kept: KeptRecord;
  readonly #files: GuestFiles;
  readonly #installation: Installation;

  constructor(kept: KeptRecord, files: GuestFiles, installation: Installation) {
    this.#kept = kept;
    this.#files = files;
    this.#installation = installation;
  }

  /** Whether what `spec` wants cannot be had of the machine that runs. */
  mustStopFor(spec: GuestSpec): boolean {
    return this.#isAnother(spec) || this.#changesRescue(spec);
  }

  /** Throws, before anything is changed, when an image that `spec` wants is not fit. */
  async check(spec: GuestSpec): Promise<void> {
    if (spec.disk !== null && this.#isAnother(spec)) await checkedBase(this.#installation, spec.disk);
    if (spec.rescue !== null && this.#changesRescue(spec)) await checkedBase(this.#installation, spec.rescue.disk);
  }

  /** A disk of another generation takes the place of the one that is there; a rescue begins or ends. Nothing may run. */
  async replace(spec: GuestSpec): Promise<void> {
    if (this.#isAnother(spec)) await this.#replaceOwn(spec);
    if (this.#changesRescue(spec)) await this.#changeRescue(spec);
  }

  /** Takes up what `spec` says of a guest whose machine does not run. */
  async reshape(spec: GuestSpec): Promise<void> {
    const { name, vcpus, memoryMiB, configDrive } = spec;
    await this.#kept.save({ name, vcpus, memoryMiB });
    const { disk, uid, hasConfigDrive } = this.#record;
    const wanted = disk && spec.disk && { base: disk.base, sizeBytes: spec.disk.sizeBytes };
    await provision(this.#files, uid, wanted, hasConfigDrive ? configDrive : null);
    await this.#provisionScratch(spec.scratchDisks ?? []);
    await this.#noteGrowth(spec);
  }

  /** Grows the disk of a running guest to what `spec` wants. */
  async growTo(spec: GuestSpec, qmp: Qmp): Promise<void> {
    await this.#noteGrowth(spec);
    await this.grow(qmp);
  }

  /** Does what was noted: a disk is grown by the QEMU that has it. */
  async grow(qmp: Qmp): Promise<void> {
    const { disk } = this.#record;
    if (disk?.growTo === undefined) return;
    const { growTo, ...grown } = disk;
    await qmp.execute('block_resize', { 'node-name': 'disk', size: growTo });
    await this.#kept.save({ disk: grown });
  }

  get #record(): GuestRecord {
    return this.#kept.current;
  }

  #isAnother({ disk }: GuestSpec): boolean {
    const own = this.#record.disk;
    return disk !== null && own !== null && own.generation !== (disk.generation ?? 0);
  }

  #changesRescue({ rescue }: GuestSpec): boolean {
    return (rescue === null) !== (this.#record.rescue === null);
  }

  async #replaceOwn({ disk, configDrive }: GuestSpec): Promise<void> {
    if (disk === null) return;
    const image = await checkedBase(this.#installation, disk);
    await discard(this.#files);
    for (const path of Object.values(this.#files.scratch)) await rm(path, { force: true });
    const base = await keepBase(this.#files.base, image);
    const own = { base, generation: disk.generation ?? 0 };
    await this.#kept.save({ disk: own, hasConfigDrive: configDrive !== null, saved: undefined });
  }

  async #changeRescue({ rescue }: GuestSpec): Promise<void> {
    const { rescue: files } = this.#files;
    if (rescue === null) {
      await this.#kept.save({ rescue: null, saved: undefined });
      await discard(files);
      return;
    }
    const image = await checkedBase(this.#installation, rescue.disk);
    await discard(files);
    const base = await keepBase(files.base, image);
    const { sizeBytes } = rescue.disk;
    await provision(files, this.#record.uid, { base, sizeBytes }, rescue.configDrive);
    await this.#kept.save({ rescue: { base, hasConfigDrive: rescue.configDrive !== null }, saved: undefined });
  }

  async #provisionScratch(wanted: readonly GuestScratchDisk[]): Promise<void> {
    const { uid, scratchDisks: had = [] } = this.#record;
    const kinds = wanted.map(({ kind }) => kind);
    await this.#kept.save({ scratchDisks: kinds.length === 0 ? undefined : kinds });
    for (const kind of had) if (!kinds.includes(kind)) await rm(this.#files.scratch[kind], { force: true });
    const owner = { uid, gid: 0, mode: 0o600 };
    for (const { kind, sizeBytes } of wanted)
      await ensureScratchDisk(this.#files.scratch[kind], kind, sizeBytes, owner);
  }

  async #noteGrowth(spec: GuestSpec): Promise<void> {
    const { disk } = this.#record;
    if (disk === null || spec.disk === null || spec.disk.sizeBytes <= (await diskSize(this.#files.disk))) return;
    await this.#kept.save({ disk: { ...disk, growTo: spec.disk.sizeBytes } });
  }
}
