import { mkdirSync, readdirSync } from 'node:fs';
import { readRecord } from './identity.ts';
import { Keeper, type ProcessStatus, type SupervisorOptions } from './keeper.ts';
import type { ProcessSpec } from './process.ts';

export type { ProcessStatus, SupervisorOptions } from './keeper.ts';

/**
 * Starts, watches, restarts with backoff and adopts again what an installation runs. It knows processes only by their
 * specs and by the records of pid and start time that outlive it.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #keepers = new Map<string, Keeper>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    mkdirSync(options.recordDir, { recursive: true, mode: 0o700 });
    mkdirSync(options.logDir, { recursive: true });
  }

  /** Adds processes; those named in `after` must have been added before or be among them. Nothing starts yet. */
  add(specs: readonly ProcessSpec[]): void {
    for (const spec of inOrder(specs, [...this.#keepers.keys()])) {
      const dependencies = (spec.after ?? []).map((name) => this.#keeper(name));
      this.#keepers.set(spec.name, new Keeper(spec, dependencies, this.#options));
    }
  }

  /**
   * Starts all that was added and not started yet, each as soon as what it needs is ready; resolves when all these
   * are ready.
   */
  async start(): Promise<void> {
    const fresh = [...this.#keepers.values()].filter((keeper) => !keeper.isStarted);
    for (const keeper of fresh) keeper.start();
    await Promise.all(fresh.map((keeper) => keeper.ready));
  }

  /** Resolves when the processes of those names are ready; rejects when one fails again and again. */
  async ready(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#keeper(name).ready));
  }

  /** Keeps the logs of all processes from growing without end. To be called now and then. */
  boundLogs(): void {
    for (const keeper of this.#keepers.values()) keeper.boundLog();
  }

  /** Whether any process runs that this supervisor or an earlier one started, added here or not. */
  get anyRunning(): boolean {
    const { recordDir } = this.#options;
    return readdirSync(recordDir).some((name) => readRecord(`${recordDir}/${name}`) !== undefined);
  }

  status(): ProcessStatus[] {
    return [...this.#keepers.values()].map((keeper) => keeper.status);
  }

  /** Stops one process and forgets it; found by its record when this supervisor never started it. */
  async stop(name: string): Promise<void> {
    await this.#keeper(name).stop();
    this.#keepers.delete(name);
  }

  /** Stops everything, each process before those that it depends on, the rest at the same time. */
  async stopAll(): Promise<void> {
    const stopping = new Map<Keeper, Promise<void>>();
    const stopKeeper = (keeper: Keeper): Promise<void> => {
      const running = stopping.get(keeper) ?? this.#stopAfterDependents(keeper, stopKeeper);
      stopping.set(keeper, running);
      return running;
    };
    await Promise.all([...this.#keepers.values()].map(stopKeeper));
    this.#keepers.clear();
  }

  /** Stops watching and leaves everything running, for the next supervisor to adopt. */
  async release(): Promise<void> {
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.release()));
  }

  async #stopAfterDependents(keeper: Keeper, stopKeeper: (keeper: Keeper) => Promise<void>): Promise<void> {
    const dependents = [...this.#keepers.values()].filter(({ spec }) => spec.after?.includes(keeper.spec.name));
    await Promise.all(dependents.map(stopKeeper));
    await keeper.stop();
  }

  #keeper(name: string): Keeper {
    const keeper = this.#keepers.get(name);
    if (keeper === undefined) throw new Error(`no process is called ${name}`);
    return keeper;
  }
}

/** The specs, each behind those it names in `after`; throws on a name that nobody has, and on a circle. */
export function inOrder(specs: readonly ProcessSpec[], known: readonly string[] = []): ProcessSpec[] {
  const placed = new Set(known);
  const ordered: ProcessSpec[] = [];
  let waiting = [...specs];
  while (waiting.length > 0) {
    const next = waiting.filter(({ after = [] }) => after.every((name) => placed.has(name)));
    if (next.length === 0) {
      throw new Error(`cannot order ${waiting.map(({ name, after = [] }) => `${name} (after ${after})`).join(', ')}`);
    }
    for (const spec of next) placed.add(spec.name);
    ordered.push(...next);
    waiting = waiting.filter((spec) => !next.includes(spec));
  }
  return ordered;
}
