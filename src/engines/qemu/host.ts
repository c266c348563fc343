import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import type { Duplex } from 'node:stream';
import type { DiskCopy, GuestSpec, GuestState, NicPlugger } from '../../cloud/compute/ports.ts';
import { type Clock, systemClock } from '../../kernel/base/clock.ts';
import { Fault, notFound } from '../../kernel/base/errors.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { KeyedQueue, limiter } from '../../kernel/base/queue.ts';
import type { HostEvents, HostOperation, HostStream } from '../../kernel/hostlink/protocol.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { OpenVolume, VolumeHolders } from '../local-disk/index.ts';
import { type Accelerator, findAccelerator } from './accelerator.ts';
import { type Ceilings, type CeilingsState, findCeilings } from './ceilings.ts';
import { boundLog, lastLines, readLog } from './files.ts';
import { Guest, type GuestSurroundings } from './guest.ts';
import { nodesForGuests } from './guest-nodes.ts';
import { recordGuest } from './provision.ts';
import { type GuestRecord, guestFiles, readRecords } from './record.ts';
import type { Resumption } from './resume.ts';
import * as schemas from './schemas.ts';

export interface QemuHostOptions {
  readonly installation: Installation;
  readonly plugger: NicPlugger;
  readonly events: HostEvents;
  /** Where the set-up put what it built from this machine's packages. */
  readonly assetsDir: string;
  readonly log: Logger;
  readonly clock?: Clock;
  /** How long a guest's machine may take to answer, in milliseconds; long unless said. */
  readonly answerMs?: number;
}

/** The hypervisor's part in the host process. */
export interface QemuHost {
  /** `guest.ensure`, `guest.reboot`, `guest.snapshot`, `guest.remove`, `guest.list`, `guest.console`, `guest.capacity`. */
  readonly operations: HostOperation[];
  /** `guest.console`: a guest's screen (RFB) or serial line. */
  readonly streams: HostStream[];
  /** Volumes that guests have open. */
  readonly volumes: VolumeHolders;
  /**
   * Finds the guests that run, and boots in the background those that `down` or a reboot of the machine stopped. The
   * operations wait until the guests are found. The network engine must be there.
   */
  start(): Promise<void>;
  /** Stops all guests, by ACPI until `deadlineMs` have passed, then at once. They boot again at the next `start`. */
  stopGuests(deadlineMs: number): Promise<void>;
  /** What runs guests' code; undefined while that is being found out. */
  readonly accelerator: Accelerator | undefined;
  /** Whether guests have ceilings of processor and memory; undefined while that is being found out. */
  readonly ceilings: CeilingsState | undefined;
  /** Leaves guests running, for the next host process to find. */
  close(): void;
}

const consoleLimitBytes = 2 * 1024 * 1024;
const qemuLogLimitBytes = 256 * 1024;
const boundLogsEveryMs = 5_000;
/** Guests that boot at the same time after a pause of the host. */
const bootsAtOnce = 4;

export function createQemuHost(options: QemuHostOptions): QemuHost {
  const host = new Host(options);
  return {
    operations: host.operations(),
    streams: [
      { name: 'guest.console', args: schemas.guestScreen, open: (args: schemas.GuestScreen) => host.open(args) },
    ],
    volumes: { hold: (volumeId, work) => host.hold(volumeId, work) },
    start: () => host.start(),
    get accelerator() {
      return host.accelerator;
    },
    get ceilings() {
      return host.ceilings;
    },
    stopGuests: (deadlineMs) => host.stopGuests(deadlineMs),
    close: () => host.close(),
  };
}

class Host {
  readonly #options: QemuHostOptions;
  readonly #guests = new Map<string, Guest>();
  readonly #queue = new KeyedQueue();
  readonly #found = Promise.withResolvers<void>();
  /** Users given to guests that are not recorded yet. */
  readonly #takenUids = new Set<number>();
  readonly #accelerated = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  accelerator: Accelerator | undefined;
  ceilings: CeilingsState | undefined;
  #foundCeilings: Promise<Ceilings> | undefined;
  #finding: Promise<void> | undefined;
  #ready = false;
  #logTimer: NodeJS.Timeout | undefined;
  #binds: GuestSurroundings['binds'] = [];

  constructor(options: QemuHostOptions) {
    this.#options = options;
    this.#found.promise.catch(() => {});
    options.events.onConnect((send) => {
      // Before, what is remembered may be wrong; each guest's state is told once it is taken up.
      if (!this.#ready) return;
      for (const { state } of this.#guests.values()) send({ type: 'guest.state', state });
    });
  }

  operations(): HostOperation[] {
    const operation = (name: string, args: HostOperation['args'], handle: (args: never) => Promise<unknown>) => ({
      name,
      args,
      handle: async (given: never) => {
        await this.#found.promise;
        return handle(given).catch((error: unknown) => {
          throw asEngineFault(error);
        });
      },
    });
    return [
      operation('guest.ensure', schemas.guestSpec, (spec: GuestSpec) => this.#ensure(spec)),
      operation('guest.reboot', schemas.guestReboot, (args: schemas.GuestReboot) => this.#reboot(args)),
      operation('guest.snapshot', schemas.guestSnapshot, (args: schemas.GuestSnapshot) => this.#snapshot(args)),
      operation('guest.remove', schemas.guestRemove, ({ id }: schemas.GuestRemove) => this.#remove(id)),
      operation('guest.list', schemas.nothing, async () => [...this.#guests.values()].map(({ state }) => state)),
      operation('guest.console', schemas.guestConsole, (args: schemas.GuestConsole) => this.#console(args)),
      operation('guest.capacity', schemas.nothing, () => this.#capacity()),
    ];
  }

  async open({ id, kind }: schemas.GuestScreen): Promise<Duplex> {
    await this.#found.promise;
    return this.#known(id).open(kind);
  }

  async hold<T>(volumeId: string, work: (open: OpenVolume | undefined) => Promise<T>): Promise<T> {
    await this.#found.promise;
    const guest = [...this.#guests.values()].find(({ record }) =>
      record.volumes.some((one) => one.volumeId === volumeId),
    );
    if (guest === undefined) return work(undefined);
    return this.#queue.run(guest.record.id, () => work(guest.openVolume(volumeId)));
  }

  async start(): Promise<void> {
    this.#binds = await nodesForGuests(this.#options.installation);
    this.#findAccelerator();
    await this.#findCeilings();
    await this.#find();
    const decisions = await Promise.all(
      [...this.#guests.values()].map(async (guest) => [guest, await guest.plan()] as const),
    );
    const atOnce = limiter(bootsAtOnce);
    for (const [guest, decision] of decisions) {
      this.#resume(guest, decision, atOnce).catch((error: unknown) => {
        this.#options.log.error({ err: error, guest: guest.record.id, decision }, 'could not take up a guest again');
      });
    }
    this.#logTimer = setInterval(() => void this.#boundLogs(), boundLogsEveryMs);
    this.#logTimer.unref();
    this.#ready = true;
    this.#found.resolve();
  }

  /** In the background: only the first guest to be started waits for it, and only after a boot of the machine. */
  #findAccelerator(): void {
    const { installation, assetsDir, log, clock = systemClock } = this.#options;
    const tell = (found: Accelerator) => {
      this.accelerator = found;
      this.#accelerated.resolve();
    };
    const { signal } = this.#closing;
    findAccelerator({ installation, assetsDir, binds: this.#binds, log, clock, signal }, tell).catch(
      (error: unknown) => {
        if (signal.aborted) return;
        log.error({ err: error }, 'could not find out whether guests run under KVM');
        if (this.accelerator === undefined) tell({ kind: 'tcg', reason: 'KVM could not be tried' });
      },
    );
  }

  async stopGuests(deadlineMs: number): Promise<void> {
    await this.#find();
    const stops = [...this.#guests].map(([id, guest]) => this.#queue.run(id, () => guest.stopForNow(deadlineMs)));
    const failures = (await Promise.allSettled(stops)).filter((result) => result.status === 'rejected');
    await (await this.#findCeilings()).dropEmpty();
    if (failures.length > 0)
      throw new AggregateError(
        failures.map(({ reason }) => reason),
        'some guests did not stop',
      );
  }

  close(): void {
    this.#closing.abort();
    clearInterval(this.#logTimer);
    for (const guest of this.#guests.values()) guest.release();
    this.#guests.clear();
  }

  async #findCeilings(): Promise<Ceilings> {
    this.#foundCeilings ??= findCeilings(this.#options.installation);
    const found = await this.#foundCeilings;
    this.ceilings = found.state;
    return found;
  }

  #find(): Promise<void> {
    this.#finding ??= this.#findGuests();
    return this.#finding;
  }

  async #findGuests(): Promise<void> {
    const { installation, log } = this.#options;
    const records = await readRecords(`${installation.dataDir}/servers`, log);
    const guests = records.map((record) => this.#guest(record));
    await Promise.all(guests.map((guest) => guest.find()));
    for (const guest of guests) this.#guests.set(guest.record.id, guest);
  }

  #resume(guest: Guest, decision: Resumption, atOnce: ReturnType<typeof limiter>): Promise<void> {
    const { id } = guest.record;
    if (decision === 'remove') return this.#remove(id);
    return this.#queue.run(id, () => atOnce(() => guest.resume(decision)));
  }

  #guest(record: GuestRecord): Guest {
    const { installation, plugger, events, log, clock = systemClock, answerMs } = this.#options;
    const around: GuestSurroundings = {
      answerMs,
      installation,
      plugger,
      clock,
      log,
      binds: this.#binds,
      accelerator: async () => {
        await this.#accelerated.promise;
        return this.accelerator?.kind ?? 'tcg';
      },
      ceilings: () => this.#findCeilings(),
      serialize: (work) => this.#queue.run(record.id, work),
      publish: (state: GuestState) => events.publish({ type: 'guest.state', state }),
    };
    return new Guest(record, this.#files(record.id), around);
  }

  #files(id: string) {
    const { dataDir, runDir } = this.#options.installation;
    return guestFiles(dataDir, runDir, id);
  }

  #ensure(spec: GuestSpec): Promise<GuestState> {
    return this.#queue.run(spec.id, async () => {
      const guest = this.#guests.get(spec.id) ?? (await this.#create(spec));
      return guest.ensure(spec);
    });
  }

  async #create(spec: GuestSpec): Promise<Guest> {
    const { installation, clock = systemClock } = this.#options;
    const uid = this.#freeUid();
    this.#takenUids.add(uid);
    try {
      const record = await recordGuest(installation, this.#files(spec.id), spec, uid, clock.now());
      const guest = this.#guest(record);
      this.#guests.set(spec.id, guest);
      return guest;
    } finally {
      this.#takenUids.delete(uid);
    }
  }

  #freeUid(): number {
    const { firstUid, count } = this.#options.installation.users.guests;
    const taken = new Set([...this.#guests.values()].map(({ record }) => record.uid));
    for (let uid = firstUid; uid < firstUid + count; uid++) {
      if (!taken.has(uid) && !this.#takenUids.has(uid)) return uid;
    }
    throw new Fault('insufficientStorage', `This host runs no more than ${count} servers.`);
  }

  #reboot({ id, how }: schemas.GuestReboot): Promise<GuestState> {
    return this.#queue.run(id, () => this.#known(id).reboot(how));
  }

  #snapshot({ id, target }: schemas.GuestSnapshot): Promise<DiskCopy> {
    return this.#queue.run(id, () => this.#known(id).copy(target));
  }

  #known(id: string): Guest {
    const guest = this.#guests.get(id);
    if (guest === undefined) throw notFound('Guest', id);
    return guest;
  }

  #remove(id: string): Promise<void> {
    this.#guests.get(id)?.hurry();
    return this.#queue.run(id, async () => {
      await this.#guests.get(id)?.remove();
      this.#guests.delete(id);
    });
  }

  async #console({ id, lines }: schemas.GuestConsole): Promise<string> {
    const guest = this.#guests.get(id);
    return guest === undefined ? '' : lastLines(await readLog(guest.files.consoleLog, consoleLimitBytes), lines);
  }

  async #capacity() {
    const { blocks, bsize } = await statfs(this.#options.installation.dataDir);
    return {
      vcpus: availableParallelism(),
      memoryMiB: Math.floor(totalmem() / 2 ** 20),
      diskGiB: Math.floor((blocks * bsize) / 2 ** 30),
    };
  }

  async #boundLogs(): Promise<void> {
    for (const { files } of this.#guests.values()) {
      try {
        await boundLog(files.consoleLog, consoleLimitBytes);
        await boundLog(files.qemuLog, qemuLogLimitBytes);
      } catch (error) {
        this.#options.log.warn({ err: error, folder: files.folder }, "could not bound a guest's logs");
      }
    }
  }
}

/** What goes wrong on a host is not the caller's doing: it may be tried again. */
function asEngineFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // By `strerror`, for tools say it too.
  if (detail.includes('ENOSPC') || detail.includes('No space left on device')) {
    return new Fault('insufficientStorage', 'The host has no room left on its disk.', { detail, cause: error });
  }
  return new Fault('engineUnavailable', 'The hypervisor could not do this.', { detail, cause: error });
}
