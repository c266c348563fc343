import { mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { type Clock, systemClock } from '../../kernel/base/clock.ts';
import { Fault } from '../../kernel/base/errors.ts';

/** One thing that a simulated engine did to its world, e.g. `{ effect: 'guest.create', id, … }`. */
export interface Effect {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `KIND.create`, `KIND.remove`, or another change of a thing that exists. */
  readonly effect: string;
  readonly id: string;
  readonly [fact: string]: unknown;
}

/** What simulated engines have in common. */
export interface SimulationOptions {
  readonly clock?: Clock;
  /**
   * Folder of the journal `effects.ndjson`. The journal is the world: an engine opened on the same folder by the next process
   * finds what was done before, even if that process was killed. Without, the world ends with the engine.
   */
  readonly dir?: string;
  /** Called before each operation touches the world, to delay it or make it fail. */
  readonly before?: (operation: string, id: string) => void | Promise<void>;
}

/** Where an engine writes down what it does, each line in a single write: a crash loses a line or has it all. */
export class Effects {
  readonly #clock: Clock;
  readonly #file: number | undefined;

  constructor({ dir, clock = systemClock }: SimulationOptions) {
    this.#clock = clock;
    if (dir === undefined) return;
    mkdirSync(dir, { recursive: true });
    const path = journalPath(dir);
    dropTornLine(path);
    this.#file = openSync(path, 'a', 0o644);
  }

  /** Records that something was done, now. */
  record(effect: string, id: string, facts: object = {}): Effect {
    const done: Effect = { at: this.#clock.now().toISOString(), effect, id, ...facts };
    if (this.#file !== undefined) writeSync(this.#file, `${JSON.stringify(done)}\n`);
    return done;
  }
}

/** All that was done in the world kept in `dir`, oldest first. */
export function readEffects(dir: string | undefined): Effect[] {
  if (dir === undefined) return [];
  const lines = readJournal(journalPath(dir)).split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Effect);
}

/** What was made and is still there, as `KIND/ID`. Throws when something was made that was there already. */
export function remaining(effects: readonly Effect[]): string[] {
  const there = new Set<string>();
  for (const { effect, id } of effects) {
    const [kind, what] = effect.split('.');
    const thing = `${kind}/${id}`;
    if (what === 'create' && there.has(thing)) throw new Error(`${thing} was created twice`);
    if (what === 'create') there.add(thing);
    if (what === 'remove') there.delete(thing);
  }
  return [...there];
}

/** Runs the test's hook; what it throws that is not a fault shows as an engine that is away. */
export async function passBefore({ before }: SimulationOptions, operation: string, id: string): Promise<void> {
  try {
    await before?.(operation, id);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('engineUnavailable', 'The simulated engine was told to fail.', { cause: error });
  }
}

function journalPath(dir: string): string {
  return `${dir}/effects.ndjson`;
}

function readJournal(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** A line without its end was being written when the machine stopped: it did not happen. */
function dropTornLine(path: string): void {
  const text = readJournal(path);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
}
