import type { Logger } from '../base/log.ts';
import type { Tx } from '../store/index.ts';

/** What a step knows. */
export interface StepContext<I> {
  readonly workflowId: string;
  readonly input: I;
  /** Results of the steps done so far, by step name. */
  readonly results: Readonly<Record<string, unknown>>;
  /** Names this step of this workflow for ever: give it to whatever is called, so that a repeat is recognised. */
  readonly key: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly log: Logger;
  now(): Date;
}

/** A step's answer when what it waits for is not there yet: it is run again after that long. */
export class Later {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

/** `return later(500)`: look again in half a second, without counting it as a failed attempt. */
export function later(ms: number): Later {
  return new Later(ms);
}

/** One step of a saga. Everything in it may be repeated: the process can die after the effect and before the record. */
export interface Step<I> {
  /** Unique in its workflow and kept for ever: the record of a running saga is found by it after an upgrade. */
  readonly name: string;
  /** The steps that must be done before; the one declared before it, unless said. `[]`: at once. */
  readonly after?: readonly string[];
  /** The effect. Its result (JSON) is recorded. A non-retryable `Fault` (4xx, 501) undoes the saga at once. */
  run(context: StepContext<I>): Promise<unknown>;
  /** Written in the very transaction that records the step. */
  commit?(tx: Tx, context: StepContext<I>, result: unknown): Promise<void>;
  /** Takes the effect back, also when it never happened or happened half. Tried until it succeeds; `later(ms)` waits. */
  undo?(context: StepContext<I>): Promise<unknown>;
  /** Tries before the saga is undone; 10 unless said (about two minutes with the backoff). */
  readonly attempts?: number;
}

/** A fault as a saga's record keeps it. */
export interface RecordedFault {
  readonly step: string;
  readonly code: string;
  readonly message: string;
}

/** A durable workflow (a saga): finite, each step recorded, undone in reverse when one fails for good. */
export interface Workflow<I> {
  /** `market.order.provision`; kept for ever, like the names of its steps. */
  readonly name: string;
  /** The steps, as a pure function of the input, so that every process and version derives the same ones. */
  steps(input: I): readonly Step<I>[];
  /** Written in the transaction that records the saga as done. */
  done?(tx: Tx, context: StepContext<I>): Promise<void>;
  /** Written in the transaction that records the saga as undone. */
  undone?(tx: Tx, context: StepContext<I>, fault: RecordedFault): Promise<void>;
}

/** Names the steps that each step waits for; refuses unknown names and repeated ones (a bug, found at first use). */
export function dependencies<I>(steps: readonly Step<I>[]): Map<string, readonly string[]> {
  const result = new Map<string, readonly string[]>();
  let previous: string | undefined;
  for (const step of steps) {
    if (result.has(step.name)) throw new Error(`two steps are named ${step.name}`);
    const after = step.after ?? (previous === undefined ? [] : [previous]);
    for (const name of after) {
      if (!result.has(name)) throw new Error(`step ${step.name} comes after ${name}, which is not declared before it`);
    }
    result.set(step.name, after);
    previous = step.name;
  }
  return result;
}

/**
 * A reconciler: given only a key, re-reads the world and makes reality match the desired state. Safe to run twice; runs
 * for one key never overlap.
 */
export interface Reconciler {
  /** `compute.server` */
  readonly name: string;
  /** Throws to be run again with backoff; `later(ms)` to look again without it being a failure. */
  reconcile(key: string, log: Logger): Promise<Later | undefined>;
  /** The keys that may not match yet, or whose reality may have drifted: run at start and every `sweepMs`. */
  list?(): Promise<readonly string[]>;
  /** 60,000 unless said. */
  readonly sweepMs?: number;
}
