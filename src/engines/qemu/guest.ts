import type { Duplex } from 'node:stream';
import type { DiskCopy, GuestSpec, GuestState, NicPlugger } from '../../cloud/compute/ports.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import { conflict, Fault } from '../../kernel/base/errors.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { currentBootId } from '../../kernel/supervise/identity.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import type { OpenVolume } from '../local-disk/index.ts';
import type { Accelerator } from './accelerator.ts';
import type { Ceilings } from './ceilings.ts';
import { qemuArguments } from './command-line.ts';
import { copyDisk } from './disk-copy.ts';
import { GuestDevices } from './guest-devices.ts';
import { GuestDisks } from './guest-disks.ts';
import { dropMachine, loadMachine, saveMachine } from './memory-file.ts';
import { PowerButton } from './power-button.ts';
import { adoptQemu, LeaseHeld, launchQemu, type QemuProcess } from './process.ts';
import type { QmpEvent, QmpOptions } from './qmp.ts';
import { type GuestFiles, type GuestRecord, KeptRecord, prepareLog, type RecordChange, removeFiles } from './record.ts';
import { type FoundProcess, type Resumption, resumption } from './resume.ts';
import { Viewers } from './viewers.ts';

/** What a guest needs of its host. */
export interface GuestSurroundings {
  readonly installation: Installation;
  readonly plugger: NicPlugger;
  readonly clock: Clock;
  readonly log: Logger;
  /** Mounts that QEMU needs to see. */
  readonly binds: NonNullable<ProcessSpec['binds']>;
  /** What guests that are started now run on. */
  accelerator(): Promise<Accelerator['kind']>;
  ceilings(): Promise<Ceilings>;
  /** How long a machine may take to answer, in milliseconds; long unless said. */
  readonly answerMs: number | undefined;
  /** Runs work on this guest after all work on it that was asked for before. */
  serialize<T>(work: () => Promise<T>): Promise<T>;
  publish(state: GuestState): void;
}

/** How long a guest has to shut down after its power button was pressed. */
const softStopMs = 20_000;
/** How long a starting host waits for what its guests' machines are doing. */
const soonMs = 5_000;

/**
 * One guest of this host. Its record is written before each effect, so that whatever line the host process is killed at,
 * `resume` or the next call repairs. The public methods are to be called through `serialize`.
 */
export class Guest {
  readonly files: GuestFiles;
  readonly #around: GuestSurroundings;
  readonly #removal = new AbortController();
  readonly #kept: KeptRecord;
  readonly #devices: GuestDevices;
  readonly #disks: GuestDisks;
  readonly #viewers = new Viewers();
  #process: QemuProcess | undefined;
  readonly #button: PowerButton;
  /** On its way up again, by a reboot or after a pause of the host: shown as if it were there. */
  #resuming = false;

  constructor(record: GuestRecord, files: GuestFiles, around: GuestSurroundings) {
    this.files = files;
    this.#around = around;
    this.#kept = new KeptRecord(files, record);
    this.#devices = new GuestDevices(this.#kept, around);
    this.#disks = new GuestDisks(this.#kept, files, around.installation);
    this.#button = new PowerButton(around.clock, this.#removal.signal);
  }

  get record(): GuestRecord {
    return this.#kept.current;
  }

  get state(): GuestState {
    const { id, power, since, reason, meant } = this.record;
    const shown = this.#resuming ? (meant === 'paused' ? meant : 'on') : power;
    return { id, power: shown, since: new Date(since), ...(reason === undefined ? {} : { reason }) };
  }

  async ensure(spec: GuestSpec): Promise<GuestState> {
    await this.#devices.check(spec);
    await this.#disks.check(spec);
    if (this.#disks.mustStopFor(spec)) {
      await this.#quit(this.#running);
      await this.#disks.replace(spec);
    }
    if (spec.power === 'off') await this.#powerOff();
    if (this.#running === undefined && !this.record.saved) {
      await this.#disks.reshape(spec);
      await this.#devices.reshape(spec);
    }
    if (spec.power === 'suspended') await this.#suspend();
    else if (spec.power !== 'off') await this.#power(spec.power);
    const running = this.#running?.qmp;
    if (running !== undefined) {
      await this.#disks.growTo(spec, running);
      await this.#devices.replug(spec, running);
    }
    return this.state;
  }

  /** A new process rather than QEMU's reset, which, just after a start, can leave SeaBIOS running in empty memory. */
  async reboot(how: 'soft' | 'hard'): Promise<GuestState> {
    const feelsButton = how === 'soft' && this.record.power === 'on';
    this.#resuming = true;
    try {
      await this.#save({ meant: 'on', saved: undefined });
      await this.stopForNow(feelsButton ? softStopMs : 0);
      await this.#power('on');
    } finally {
      this.#resuming = false;
    }
    return this.state;
  }

  /** Copies the guest's own disk to `target`, whatever the guest is doing. */
  async copy(target: string): Promise<DiskCopy> {
    if (this.record.disk === null) throw conflict(`Guest ${this.record.id} has no disk of its own.`);
    const { installation } = this.#around;
    const { signal } = this.#removal;
    return copyDisk(installation, this.files, this.record, this.#running?.qmp, target, signal);
  }

  /** The volume in the running machine; undefined while it has none of that id. */
  openVolume(volumeId: string): OpenVolume | undefined {
    const running = this.#running;
    return running && this.#devices.openVolume(volumeId, running.qmp);
  }

  /** Its screen or serial line, as long as it runs. Not to be called through `serialize`: looking on waits for nothing. */
  async open(kind: 'vnc' | 'serial'): Promise<Duplex> {
    if (this.#running === undefined) throw conflict('The server does not run: it has no console now.');
    return this.#viewers.open(kind, this.files[kind]);
  }

  /** Cuts short what takes its time: the guest is about to be removed. */
  hurry(): void {
    this.#removal.abort();
  }

  /** Stops the guest at once and deletes all of it. */
  async remove(): Promise<void> {
    await this.#save({ removing: true });
    await this.#quit(this.#process ?? (await this.#adopt()));
    await this.#devices.dropAll();
    await removeFiles(this.files);
  }

  /** Finds the guest's process again, if it runs. To be called once, before anything else. */
  async find(): Promise<void> {
    this.#process = await this.#adopt();
  }

  /** Decides what must be done to take the guest up again after the host process was away. */
  async plan(): Promise<Resumption> {
    const found = this.#running === undefined ? 'gone' : await this.#stateSoon(this.#running);
    const decision = resumption(this.record, found, currentBootId());
    this.#resuming = decision === 'boot' || decision === 'restart';
    return decision;
  }

  /** Carries out what `plan` decided, except `remove`. */
  async resume(decision: Exclude<Resumption, 'remove'>): Promise<void> {
    try {
      await this.#carryOut(decision);
    } finally {
      this.#resuming = false;
      this.#around.publish(this.state);
    }
  }

  /** Stops the guest for the time being: it is taken up again, a paused one where it was, when the host process starts. */
  async stopForNow(deadlineMs: number): Promise<void> {
    const process = this.#running;
    if (process === undefined) return;
    const { meant, saved } = this.record;
    if (meant !== 'off') await this.#save({ interrupted: true });
    if (!saved && meant === 'paused') await this.#saveMachine(process);
    else if (!saved) await this.#button.press(process, deadlineMs);
    await this.#quit(process);
    await this.#save({ power: 'off', since: this.#now() });
  }

  /** Leaves the guest alone, for the next host process to find. */
  release(): void {
    this.#process?.release();
    this.#process = undefined;
  }

  get #running(): QemuProcess | undefined {
    return this.#process?.isGone ? undefined : this.#process;
  }

  async #carryOut(decision: Exclude<Resumption, 'remove'>): Promise<void> {
    const { meant, power, reason } = this.record;
    if (decision === 'release') await this.#process?.letGo();
    if (decision === 'restart') await this.stopForNow(softStopMs);
    if (decision === 'boot' || decision === 'restart' || decision === 'release') {
      await this.#power(meant === 'paused' ? meant : 'on');
    }
    if (decision === 'keep' && power !== 'on') await this.#enter('on');
    if (decision === 'hold') await this.#power('paused');
    if (decision === 'stop') await this.#powerOff();
    if (decision === 'save') await this.#suspend();
    if (decision === 'settleOff') await this.#settleOff();
    if (decision === 'settleSuspended') await this.#enter('suspended');
    if (decision === 'settleCrashed') await this.#settleCrashed(reason ?? 'it ended while the host was away');
  }

  /** What does not answer soon is taken to run: it has too much to do. */
  #stateSoon(process: QemuProcess): Promise<FoundProcess> {
    return process.state(this.#around.answerMs ?? soonMs).catch(() => (process.isGone ? 'gone' : 'running'));
  }

  /** The guest runs, or is held where it is; one that was suspended goes on from there. */
  async #power(power: 'on' | 'paused'): Promise<void> {
    await this.#save({ meant: power });
    const found = this.#running ?? (await this.#adopt());
    this.#process = found;
    try {
      const process = (await this.#usable(found)) ?? (await this.#launch().catch((error) => this.#holder(error)));
      await this.#disks.grow(process.qmp);
      if (power === 'on' && (await process.state()) === 'stopped') await process.letGo();
      if (power === 'paused') await process.halt();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const isStill = found !== undefined && this.#running === found;
      // A machine that runs is not ended for what it refuses, or is too busy to answer.
      if (isStill) throw new Fault('engineUnavailable', 'The server does not answer now.', { detail, cause: error });
      await this.#settleCrashed(detail);
      throw new Fault('engineUnavailable', 'The server could not be started.', { detail, cause: error });
    }
    await this.#enter(power);
  }

  /** The process, unless its machine is off, broken, or has not got its memory back: such a process is ended. */
  async #usable(process: QemuProcess | undefined): Promise<QemuProcess | undefined> {
    const state = this.record.saved ? undefined : await process?.state();
    if (state === 'running' || state === 'stopped') return process;
    await this.#quit(process);
    return undefined;
  }

  /** In the place of a launch that found the lease held: a host process, killed since, had just started the guest. */
  async #holder(error: unknown): Promise<QemuProcess> {
    const holder = error instanceof LeaseHeld ? await this.#usable(await this.#adopt()) : undefined;
    if (holder === undefined) throw error;
    this.#process = holder;
    return holder;
  }

  /** A machine that is ready to be let go, with the memory that was saved of it, if there is such. */
  async #launch(): Promise<QemuProcess> {
    const { installation, binds } = this.#around;
    const user = { uid: this.record.uid, gid: installation.users.guests.gid };
    await prepareLog(this.files, user.uid);
    // Memory that was saved under one accelerator means nothing to the other.
    if (!this.record.saved) await this.#save({ accelerator: await this.#around.accelerator() });
    const ifnames = await this.#devices.prepare();
    const args = qemuArguments(this.record, this.files, ifnames);
    const joins = await (await this.#around.ceilings()).raise(this.record);
    const { netns } = installation;
    const process = await launchQemu({ files: this.files, args, user, netns, binds, joins, qmp: this.#qmp });
    this.#process = process;
    this.#watch(process);
    await process.lock();
    if (this.record.saved) {
      await loadMachine(process.qmp, this.files.memory);
      await this.#save({ saved: undefined });
    }
    await dropMachine(this.files.memory);
    return process;
  }

  async #adopt(): Promise<QemuProcess | undefined> {
    const process = await adoptQemu(this.files, this.#qmp, this.#around.log);
    if (process !== undefined) this.#watch(process);
    return process;
  }

  get #qmp(): QmpOptions {
    return { onEvent: (event) => this.#notice(event), timeoutMs: this.#around.answerMs };
  }

  #watch(process: QemuProcess): void {
    void process.gone.then((why) => this.#later(() => this.#noticeGone(process, why)));
  }

  /** The guest's memory goes to disk, and nothing of it runs. */
  async #suspend(): Promise<void> {
    const { meant, saved, power } = this.record;
    await this.#save({ meant: 'suspended' });
    const process = this.#running;
    if (process === undefined && !saved) {
      await this.#save({ meant });
      throw conflict(`Guest ${this.record.id} does not run.`);
    }
    if (process !== undefined && !saved) {
      await this.#saveMachine(process).catch(async (error: unknown) => {
        // It goes on as before: nothing is lost.
        await this.#power(power === 'paused' ? power : 'on');
        throw error;
      });
    }
    await this.#quit(process);
    await this.#devices.dropTaps();
    await this.#enter('suspended');
  }

  async #saveMachine(process: QemuProcess): Promise<void> {
    await process.halt();
    const owner = { uid: this.record.uid, gid: 0, mode: 0o600 };
    await saveMachine(process.qmp, this.files.memory, owner, this.#removal.signal);
    await this.#save({ saved: true });
  }

  async #powerOff(): Promise<void> {
    await this.#save({ meant: 'off', saved: undefined });
    const process = this.#running;
    if (process !== undefined) {
      await this.#button.press(process, softStopMs);
      await this.#quit(process);
    }
    if (this.record.power !== 'off') await this.#settleOff();
  }

  async #quit(process: QemuProcess | undefined): Promise<void> {
    this.#process = undefined;
    await process?.quit();
    await (await this.#around.ceilings()).drop(this.record.id);
  }

  #notice({ event }: QmpEvent): void {
    if (event === 'SHUTDOWN') {
      this.#button.seen();
      this.#later(() => this.#noticeShutdown());
    }
    if (event === 'GUEST_PANICKED') this.#later(() => this.#noticePanic());
  }

  async #noticeShutdown(): Promise<void> {
    if ((await this.#running?.state()) === 'shutdown') await this.#settleOff();
  }

  async #noticePanic(): Promise<void> {
    if ((await this.#running?.state()) === 'broken') await this.#settleCrashed("the guest's kernel panicked");
  }

  async #noticeGone(process: QemuProcess, why: string): Promise<void> {
    if (this.#process !== process) return;
    await this.#settleCrashed(`QEMU ended by itself: ${why}`);
  }

  /** The guest is off by its own will or ours, and stays off. */
  async #settleOff(): Promise<void> {
    await this.#save({ meant: 'off' });
    await this.#quit(this.#running);
    await this.#devices.dropTaps();
    await dropMachine(this.files.memory);
    await this.#enter('off');
  }

  async #settleCrashed(reason: string): Promise<void> {
    await this.#quit(this.#running);
    await this.#devices.dropTaps();
    await this.#enter('crashed', reason);
  }

  async #enter(power: GuestState['power'], reason?: string): Promise<void> {
    const { power: before, since } = this.record;
    const runs = power === 'on' || power === 'paused';
    const settled = runs || power === 'suspended' ? { interrupted: undefined } : {};
    const running = runs ? { bootId: currentBootId() } : {};
    await this.#save({ power, since: power === before ? since : this.#now(), reason, ...settled, ...running });
    this.#resuming = false;
    if (power !== before) this.#around.publish(this.state);
  }

  #save(change: RecordChange): Promise<void> {
    return this.#kept.save(change);
  }

  #now(): string {
    return this.#around.clock.now().toISOString();
  }

  #later(work: () => Promise<void>): void {
    const { log, serialize } = this.#around;
    serialize(work).catch((error: unknown) =>
      log.error({ err: error, guest: this.record.id }, 'could not follow a guest'),
    );
  }
}
