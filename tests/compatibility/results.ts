import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Outcome } from './tempest.ts';

export type Status = Outcome['status'];

/** What is kept of a test's outcome. */
export interface Result {
  readonly status: Status;
  readonly seconds: number;
  readonly reason: string;
  /** Git's name of what was run. */
  readonly version: string;
}

/** The results of a run, of which every line is on disk as soon as its test has ended. */
export interface Results {
  readonly byTest: ReadonlyMap<string, Result>;
  add(outcome: Outcome): void;
}

const longestReason = 600;

/** Those that were kept in a folder, and a place for further ones. A test that is run again replaces its result. */
export function openResults(folder: string, version: string): Results {
  const path = `${folder}/results.jsonl`;
  mkdirSync(`${folder}/failures`, { recursive: true });
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').filter(Boolean) : [];
  const byTest = new Map<string, Result>();
  for (const line of lines) {
    const { id, ...result } = JSON.parse(line) as Result & { id: string };
    byTest.set(id, result);
  }
  return {
    byTest,
    add({ id, status, seconds, reason, details }) {
      const result = { status, seconds, reason: reason.slice(0, longestReason), version };
      byTest.set(id, result);
      appendFileSync(path, `${JSON.stringify({ id, ...result })}\n`);
      if (status === 'failed') writeFileSync(`${folder}/failures/${fileName(id)}.txt`, details);
    },
  };
}

/** `tempest.api.x.Class.test_y[id-…]` → `tempest.api.x.Class.test_y`. */
export function bareName(id: string): string {
  return id.replace(/\[.*$/, '');
}

/** The class whose test this is. */
export function className(id: string): string {
  const fixture = /^\w+ \((.*)\)$/.exec(id)?.[1];
  return fixture ?? bareName(id).replace(/\.\w+$/, '');
}

function fileName(id: string): string {
  return bareName(id).replace(/[^\w.]+/g, '_');
}

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts what has a result. */
export function count(results: Iterable<Pick<Result, 'status'>>): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status } of results) counts[status] += 1;
  return counts;
}
