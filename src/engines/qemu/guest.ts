import { chmod, chown, mkdir, open, rm } from 'node:fs/promises';
import type { GuestSpec, GuestState, NicPlugger } from '../../cloud/compute/ports.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import { Fault } from '../../kernel/base/errors.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { currentBootId } from '../../kernel/supervise/identity.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { qemuArguments } from './command-line.ts';
import { adoptQemu, launchQemu, type QemuProcess } from './process.ts';
import { provision } from './provision.ts';
import type { QmpEvent } from './qmp.ts';
import { type GuestFiles, type GuestRecord, removeFiles, writeRecord } from './record.ts';
import { type Resumption, resumption } from './resume.ts';

/** What a guest needs of its host. */
export interface GuestSurroundings {
  readonly installation: Installation;
  readonly plugger: NicPlugger;
  readonly clock: Clock;
  readonly log: Logger;
  /** Mounts that QEMU needs to see. */
  readonly binds: NonNullable<ProcessSpec['binds']>;
  /** Runs work on this guest after all work on it that was asked for before. */
  serialize<T>(work: () => Promise<T>): Promise<T>;
  publish(state: GuestState): void;
}

/** How long a guest has to shut down after its power button was pressed. */
const softStopMs = 20_000;
/** The button is pressed again this often: a guest that was still booting did not feel it. */
const pressAgainMs = 5_000;

/**
 * One guest of this host. Its record is written before each effect, so that whatever line the host process is killed at,
 * `resume` or the next call repairs. The public methods are to be called through `serialize`.
 */
export class Guest {
  readonly files: GuestFiles;
  readonly #around: GuestSurroundings;
  readonly #removal = new AbortController();
  #record: GuestRecord;
  #process: QemuProcess | undefined;
  #shutdownSeen: (() => void) | undefined;
  /** On its way up again, by a reboot or after a pause of the host: shown as if it ran. */
  #resuming = false;

  constructor(record: GuestRecord, files: GuestFiles, around: GuestSurroundings) {
    this.#record = record;
    this.files = files;
    this.#around = around;
  }

  get record(): GuestRecord {
    return this.#record;
  }

  get state(): GuestState {
    const { id, power, since, reason } = this.#record;
    const shown = this.#resuming ? 'on' : power;
    return { id, power: shown, since: new Date(since), ...(reason === undefined ? {} : { reason }) };
  }

  async ensure(spec: GuestSpec): Promise<GuestState> {
    await provision(this.files, this.#record, spec);
    if (spec.power === 'on') await this.#powerOn();
    else await this.#powerOff();
    return this.state;
  }

  /** A new process rather than QEMU's reset, which, just after a start, can leave SeaBIOS running in empty memory. */
  async reboot(how: 'soft' | 'hard'): Promise<GuestState> {
    this.#resuming = true;
    try {
      await this.suspend(how === 'soft' ? softStopMs : 0);
      await this.#powerOn();
    } finally {
      this.#resuming = false;
    }
    return this.state;
  }

  /** Cuts short the wait of a stop that is under way: the guest is about to be removed. */
  hurry(): void {
    this.#removal.abort();
  }

  /** Stops the guest at once and deletes all of it. */
  async remove(): Promise<void> {
    await this.#save({ removing: true });
    await this.#quit(this.#process ?? (await this.#adopt()));
    for (const { portId } of this.#record.nics) await this.#around.plugger.unplug(portId);
    await removeFiles(this.files);
  }

  /** Finds the guest's process again, if it runs. To be called once, before anything else. */
  async find(): Promise<void> {
    this.#process = await this.#adopt();
  }

  /** Decides what must be done to take the guest up again after the host process was away. */
  async plan(): Promise<Resumption> {
    const found = this.#running === undefined ? 'gone' : await this.#running.state().catch(() => 'broken' as const);
    const decision = resumption(this.#record, found, currentBootId());
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

  /** Stops the guest for the time being: if it was meant to run, it boots again when the host process starts. */
  async suspend(deadlineMs: number): Promise<void> {
    const process = this.#running;
    if (process === undefined) return;
    if (this.#record.meant === 'on') await this.#save({ suspended: true });
    await this.#pressPower(process, deadlineMs);
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
    if (decision === 'release') await this.#process?.letGo();
    if (decision === 'restart') await this.suspend(softStopMs);
    if (decision === 'boot' || decision === 'restart' || decision === 'release') await this.#powerOn();
    if (decision === 'keep' && this.#record.power !== 'on') await this.#enter('on');
    if (decision === 'stop') await this.#powerOff();
    if (decision === 'settleOff') await this.#settleOff();
    if (decision === 'settleCrashed')
      await this.#settleCrashed(this.#record.reason ?? 'it ended while the host was away');
  }

  async #powerOn(): Promise<void> {
    if (this.#record.meant !== 'on') await this.#save({ meant: 'on' });
    try {
      const found = this.#running ?? (await this.#adopt());
      this.#process = await this.#usable(found);
      this.#process ??= await this.#launch();
      if ((await this.#process.state()) === 'stopped') await this.#process.letGo();
    } catch (error) {
      await this.#settleCrashed(error instanceof Error ? error.message : String(error));
      const detail = this.#record.reason;
      throw new Fault('engineUnavailable', 'The server could not be started.', { detail, cause: error });
    }
    await this.#enter('on');
  }

  /** The process, unless its machine is off or broken: such a process is ended. */
  async #usable(process: QemuProcess | undefined): Promise<QemuProcess | undefined> {
    const state = await process?.state();
    if (state === 'running' || state === 'stopped') return process;
    await this.#quit(process);
    return undefined;
  }

  async #launch(): Promise<QemuProcess> {
    const { installation, plugger, binds } = this.#around;
    const { uid, nics } = this.#record;
    const user = { uid, gid: installation.users.guests.gid };
    await this.#prepareFiles(uid);
    const ifnames: string[] = [];
    for (const nic of nics) ifnames.push((await plugger.plug(nic, uid)).ifname);
    const args = qemuArguments(this.#record, this.files, ifnames);
    const onEvent = (event: QmpEvent) => this.#notice(event);
    const process = await launchQemu({ files: this.files, args, user, netns: installation.netns, binds, onEvent });
    this.#watch(process);
    return process;
  }

  /** Folder of the sockets, where the process may make its own until the guest runs, and the console's log. */
  async #prepareFiles(uid: number): Promise<void> {
    await rm(this.files.sockets, { recursive: true, force: true });
    await mkdir(this.files.sockets, { recursive: true });
    await chown(this.files.sockets, uid, 0);
    await chmod(this.files.sockets, 0o700);
    const log = await open(this.files.consoleLog, 'a', 0o600);
    await log.chown(uid, 0).finally(() => log.close());
  }

  async #adopt(): Promise<QemuProcess | undefined> {
    const { log } = this.#around;
    const process = await adoptQemu(this.files, (event) => this.#notice(event), log);
    if (process !== undefined) this.#watch(process);
    return process;
  }

  #watch(process: QemuProcess): void {
    void process.gone.then((why) => this.#later(() => this.#noticeGone(process, why)));
  }

  async #powerOff(): Promise<void> {
    if (this.#record.meant !== 'off') await this.#save({ meant: 'off' });
    const process = this.#running;
    if (process !== undefined) {
      await this.#pressPower(process, softStopMs);
      await this.#quit(process);
    }
    if (this.#record.power !== 'off') await this.#settleOff();
  }

  /** Presses the power button until the guest is off, the process is gone, or the deadline has passed. */
  async #pressPower(process: QemuProcess, deadlineMs: number): Promise<void> {
    const off = Promise.withResolvers<void>();
    this.#shutdownSeen = off.resolve;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#removal.signal]);
    const ended = Promise.race([off.promise, process.gone]).then(() => over.abort());
    try {
      for (let left = deadlineMs; left > 0 && !signal.aborted; left -= pressAgainMs) {
        await process.pressPower().catch(() => {});
        await Promise.race([ended, this.#around.clock.sleep(Math.min(left, pressAgainMs), signal).catch(() => {})]);
      }
    } finally {
      this.#shutdownSeen = undefined;
      over.abort();
    }
  }

  async #quit(process: QemuProcess | undefined): Promise<void> {
    this.#process = undefined;
    await process?.quit();
  }

  #notice({ event }: QmpEvent): void {
    if (event === 'SHUTDOWN') {
      this.#shutdownSeen?.();
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
    await this.#unplug();
    await this.#enter('off');
  }

  async #settleCrashed(reason: string): Promise<void> {
    await this.#quit(this.#running);
    await this.#unplug();
    await this.#enter('crashed', reason);
  }

  /** Best effort: a card that stays is taken up at the next start, and unplugged at the latest with the guest's removal. */
  async #unplug(): Promise<void> {
    for (const { portId } of this.#record.nics) {
      await this.#around.plugger.unplug(portId).catch((error: unknown) => {
        this.#around.log.warn({ err: error, guest: this.#record.id, portId }, 'could not unplug a card');
      });
    }
  }

  async #enter(power: GuestState['power'], reason?: string): Promise<void> {
    const { power: before, since } = this.#record;
    const running = power === 'on' ? { suspended: undefined, bootId: currentBootId() } : {};
    await this.#save({ power, since: power === before ? since : this.#now(), reason, ...running });
    this.#resuming = false;
    if (power !== before) this.#around.publish(this.state);
  }

  async #save(changes: { [K in keyof GuestRecord]?: GuestRecord[K] | undefined }): Promise<void> {
    const record = { ...this.#record, ...changes } as GuestRecord;
    await writeRecord(this.files, record);
    this.#record = record;
  }

  #now(): string {
    return this.#around.clock.now().toISOString();
  }

  #later(work: () => Promise<void>): void {
    const { log, serialize } = this.#around;
    serialize(work).catch((error: unknown) =>
      log.error({ err: error, guest: this.#record.id }, 'could not follow a guest'),
    );
  }
}
