import { writeFile } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import type { GuestSpec, GuestState, Hypervisor } from '../../cloud/compute/ports.ts';
import { systemClock } from '../../kernel/base/clock.ts';
import { conflict, notFound } from '../../kernel/base/errors.ts';
import { type Effect, Effects, passBefore, readEffects, type SimulationOptions } from './effects.ts';

export interface SimulatedHypervisorOptions extends SimulationOptions {
  /** How long a guest takes to start; no time at all unless said. */
  readonly bootMs?: number;
  readonly capacity?: Awaited<ReturnType<Hypervisor['capacity']>>;
}

/** A hypervisor whose guests are entries of a table, with what a test may do to them. */
export interface SimulatedHypervisor extends Hypervisor {
  /** The guest's machine dies. */
  crash(id: string, reason: string): void;
  /** The guest powers itself off. */
  shutDown(id: string): void;
  /** What a guest was made from; undefined when it is not there. */
  spec(id: string): GuestSpec | undefined;
}

interface SimulatedGuest {
  readonly spec: GuestSpec;
  readonly power: GuestState['power'];
  readonly since: string;
  readonly reason?: string;
}

/** A snapshot's content: all disks are empty here. */
const snapshotBytes = 1024 * 1024;

const plenty = { vcpus: 100_000, memoryMiB: 400_000_000, diskGiB: 10_000_000 };

/** What every simulated guest says on its console before it says what it is. */
const bootLog = [
  '[    0.000000] Booting nothing',
  '[    0.100000] No processor',
  '[    0.200000] No memory',
  '[    0.300000] No disk',
];

/** For tests of scale and of bad days: does all that the port promises, in memory, and can be killed at any line. */
export function simulatedHypervisor(options: SimulatedHypervisorOptions = {}): SimulatedHypervisor {
  const { clock = systemClock, bootMs = 0, capacity = plenty } = options;
  const effects = new Effects(options);
  const guests = new Map<string, SimulatedGuest>();
  const listeners = new Set<(state: GuestState) => void>();
  for (const effect of readEffects(options.dir)) replay(guests, effect);

  function act(effect: string, id: string, facts: object = {}): void {
    replay(guests, effects.record(effect, id, facts));
  }

  /** The guest changes its state by itself. */
  function happen(id: string, power: GuestState['power'], reason?: string): void {
    if (!guests.has(id)) throw notFound('Guest', id);
    act('guest.power', id, { power, reason });
    for (const listener of listeners) listener(stateOf(id));
  }

  function guestOf(id: string): SimulatedGuest {
    const guest = guests.get(id);
    if (guest === undefined) throw notFound('Guest', id);
    return guest;
  }

  function stateOf(id: string): GuestState {
    const { power, since, reason } = guestOf(id);
    return { id, power, since: new Date(since), ...(reason === undefined ? {} : { reason }) };
  }

  async function start(id: string): Promise<void> {
    if (bootMs > 0) await clock.sleep(bootMs);
    // It may have been started, or removed, in the meantime.
    const power = guests.get(id)?.power;
    if (power !== undefined && power !== 'on') act('guest.power', id, { power: 'on' });
  }

  return {
    kind: 'simulated',
    async ensure(spec) {
      await passBefore(options, 'ensure', spec.id);
      if (!guests.has(spec.id)) act('guest.create', spec.id, { spec });
      else if (shape(guests.get(spec.id)?.spec) !== shape(spec)) act('guest.change', spec.id, { spec });
      const { power } = stateOf(spec.id);
      if (spec.power === 'on' && power !== 'on') await start(spec.id);
      else if (spec.power !== power) act('guest.power', spec.id, { power: spec.power });
      return stateOf(spec.id);
    },
    async reboot(id, how) {
      await passBefore(options, 'reboot', id);
      if (stateOf(id).power === 'on') act('guest.reboot', id, { how });
      else await start(id);
      return stateOf(id);
    },
    async remove(id) {
      await passBefore(options, 'remove', id);
      if (guests.has(id)) act('guest.remove', id);
    },
    async list() {
      return [...guests.keys()].map(stateOf);
    },
    async snapshot(id, target) {
      await passBefore(options, 'snapshot', id);
      if (guestOf(id).spec.disk === null) throw conflict(`Guest ${id} has no disk of its own.`);
      await writeFile(target, Buffer.alloc(snapshotBytes));
      return { format: 'raw', virtualSizeBytes: snapshotBytes };
    },
    async console(id, kind) {
      const { spec, power } = guestOf(id);
      if (power !== 'on' && power !== 'paused') throw conflict(`Guest ${id} does not run.`);
      return kind === 'vnc' ? screen(spec.name) : echo(`${spec.name} is simulated\r\n`);
    },
    async consoleLog(id, lines) {
      const guest = guests.get(id);
      if (guest === undefined || lines === 0) return '';
      const log = [...bootLog, `${guest.spec.name} is simulated and ${guest.power}`];
      return log.slice(-(lines ?? log.length)).join('\n');
    },
    watch(listener, signal) {
      if (signal.aborted) return;
      listeners.add(listener);
      signal.addEventListener('abort', () => listeners.delete(listener), { once: true });
      for (const id of guests.keys()) listener(stateOf(id));
    },
    capacity: async () => capacity,
    crash: (id, reason) => happen(id, 'crashed', reason),
    shutDown: (id) => happen(id, 'off'),
    spec: (id) => guests.get(id)?.spec,
  };
}

/** What a change of is a change of the guest; what it is told at its creation does not count. */
function shape(spec: GuestSpec | undefined): string {
  return JSON.stringify({ ...spec, power: undefined, configDrive: undefined });
}

/** What a screen of one pixel says in RFB 3.8 (RFC 6143, section 7), each after so many bytes of the viewer's; then it listens. */
function screen(name: string): Duplex {
  const title = Buffer.from(name);
  const size = [0, 1, 0, 1];
  const pixelFormat = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0];
  const length = Buffer.alloc(4);
  length.writeUInt32BE(title.length);
  const steps: readonly (readonly [bytes: number, answer: Buffer])[] = [
    ['RFB 003.008\n'.length, Buffer.from([1, 1])],
    [1, Buffer.alloc(4)],
    [1, Buffer.concat([Buffer.from([...size, ...pixelFormat]), length, title])],
  ];
  let [heard, next] = [0, 0];
  const console = new Duplex({
    read: () => {},
    write(chunk: Buffer, _encoding, done) {
      heard += chunk.length;
      for (let step = steps[next]; step !== undefined && heard >= step[0]; step = steps[next]) {
        heard -= step[0];
        next += 1;
        console.push(step[1]);
      }
      done();
    },
  });
  console.push('RFB 003.008\n');
  return console;
}

/** A serial line that says one thing and then, as a shell does, what is typed into it. */
function echo(text: string): Duplex {
  const line: Duplex = new Duplex({
    read: () => {},
    write(chunk, _encoding, done) {
      line.push(chunk);
      done();
    },
  });
  line.push(text);
  return line;
}

/** What the world is like after one more effect. Effects of other engines in the same journal change nothing here. */
function replay(guests: Map<string, SimulatedGuest>, { effect, id, at, ...facts }: Effect): void {
  const guest = guests.get(id);
  if (effect === 'guest.create') guests.set(id, { spec: facts.spec as GuestSpec, power: 'off', since: at });
  if (effect === 'guest.change' && guest !== undefined) guests.set(id, { ...guest, spec: facts.spec as GuestSpec });
  if (effect === 'guest.remove') guests.delete(id);
  if (effect === 'guest.power' && guest !== undefined) {
    const { power, reason } = facts as Pick<SimulatedGuest, 'power' | 'reason'>;
    guests.set(id, { spec: guest.spec, power, since: at, ...(reason === undefined ? {} : { reason }) });
  }
}
