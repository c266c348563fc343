import type { Module, ModuleDeps } from '../../kernel/module/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import type { ResourceEventSource } from './ports.ts';
import { type MachineTime, machineTime, noteClockJump } from './work/clock-jump.ts';
import { usageConsumer } from './work/consumer.ts';
import { sendUntil, type UsageSink } from './work/sender.ts';
import { deskOf } from './work/sources.ts';
import { tickUntil } from './work/ticks.ts';

export type { UsageSink } from './work/sender.ts';

export const telemetryMigrations: Migrations = {
  context: 'telemetry',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface TelemetryDeps extends Omit<ModuleDeps, 'work' | 'publicUrl'> {
  /** Where usage is sent; without one it waits in the queue. */
  readonly usageSink?: UsageSink;
  /** Where one hears of resources that are not our own cloud's. */
  readonly sources?: readonly ResourceEventSource[];
  /** How often running resources are reported; 10 s unless said. */
  readonly sliceSeconds?: number;
  /** How old usage is when it is reported; 5 s unless said. */
  readonly graceSeconds?: number;
  /** What passes whatever the clock is set to; the machine's unless said. */
  readonly machineTime?: () => MachineTime;
}

const defaultSliceSeconds = 10;
const defaultGraceSeconds = 5;
/** A day: what is left to report after a long absence comes in parts that any sink takes. */
const longestSliceSeconds = 86_400;

/** Metering: services' events in, usage events out. */
export function createTelemetry(deps: TelemetryDeps): Module {
  const { log, usageSink, sources = [] } = deps;
  const every = deps.sliceSeconds ?? defaultSliceSeconds;
  const grace = deps.graceSeconds ?? defaultGraceSeconds;
  const closing = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  return {
    services: [],
    consumers: [usageConsumer({ every, grace, longest: longestSliceSeconds }, log)],
    async start() {
      await noteClockJump(deps, (deps.machineTime ?? machineTime)());
      running = Promise.all([
        tickUntil(closing.signal, deps, every),
        ...sources.map((source) => source.run(deskOf(deps), closing.signal)),
        ...(usageSink === undefined ? [] : [sendUntil(closing.signal, deps, usageSink)]),
      ]);
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
