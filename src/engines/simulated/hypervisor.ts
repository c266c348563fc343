import type { GuestSpec, GuestState, Hypervisor } from '../../cloud/compute/ports.ts';
import { systemClock } from '../../kernel/base/clock.ts';
import { notFound } from '../../kernel/base/errors.ts';
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

const plenty = { vcpus: 100_000, memoryMiB: 400_000_000, diskGiB: 10_000_000 };

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

  function stateOf(id: string): GuestState {
    const guest = guests.get(id);
    if (guest === undefined) throw notFound('Guest', id);
    const { power, since, reason } = guest;
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
      const { power } = stateOf(spec.id);
      if (spec.power === 'on' && power !== 'on') await start(spec.id);
      if (spec.power === 'off' && power !== 'off') act('guest.power', spec.id, { power: 'off' });
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
    async consoleLog(id, lines) {
      const guest = guests.get(id);
      if (guest === undefined || lines === 0) return '';
      return `${guest.spec.name} is simulated and ${guest.power}\n`;
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

/** What the world is like after one more effect. Effects of other engines in the same journal change nothing here. */
function replay(guests: Map<string, SimulatedGuest>, { effect, id, at, ...facts }: Effect): void {
  const guest = guests.get(id);
  if (effect === 'guest.create') guests.set(id, { spec: facts.spec as GuestSpec, power: 'off', since: at });
  if (effect === 'guest.remove') guests.delete(id);
  if (effect === 'guest.power' && guest !== undefined) {
    const { power, reason } = facts as Pick<SimulatedGuest, 'power' | 'reason'>;
    guests.set(id, { spec: guest.spec, power, since: at, ...(reason === undefined ? {} : { reason }) });
  }
}
