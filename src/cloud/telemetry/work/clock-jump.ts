import { uptime } from 'node:os';
import type { Clock } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/log.ts';
import { emit, type Store } from '../../../kernel/store/index.ts';
import { currentBootId } from '../../../kernel/supervise/identity.ts';
import { clockJumpType } from '../domain/meters.ts';
import { keepClockOffset } from '../store/clock.ts';

/** What passes on this machine, whatever its clock is set to. */
export interface MachineTime {
  /** Differs after each start of the machine. */
  readonly bootId: string;
  /** Milliseconds since its start, sleep included. */
  readonly sinceBoot: number;
}

export function machineTime(): MachineTime {
  return { bootId: currentBootId(), sinceBoot: uptime() * 1000 };
}

/** Smaller ones are within what usage is late. */
const toleranceMs = 2_000;

/**
 * To be called before anything happens in a process: while it runs its clock does not jump, but it may have started with another
 * one than the process before it (see `steadyClock`). Then a jump is put into the stream of events, between what was written
 * by the one clock and what will be by the other. What passed between two starts of the machine nobody can tell but the clock.
 */
export async function noteClockJump(
  { store, clock, log }: { store: Store; clock: Clock; log: Logger },
  { bootId, sinceBoot }: MachineTime,
): Promise<void> {
  const time = clock.now();
  const offset = Math.round(time.getTime() - sinceBoot);
  const ms = await store.transact(async (tx) => {
    const before = await keepClockOffset(tx, bootId, offset);
    const jump = before === undefined ? 0 : offset - before;
    if (Math.abs(jump) <= toleranceMs) return 0;
    await emit(tx, { type: clockJumpType, subject: 'telemetry', time, data: { ms: jump } });
    return jump;
  });
  if (ms !== 0) log.warn({ ms }, 'the machine’s clock has jumped since the last start; it is not taken for usage');
}
