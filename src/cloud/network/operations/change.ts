import type { Context } from '../../../kernel/access/context.ts';
import type { Clock } from '../../../kernel/base/clock.ts';
import { badRequest, conflict, type Fault } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { emit, type Store, type Tx, tables } from '../../../kernel/store/index.ts';
import type { Work } from '../../../kernel/work/index.ts';
import { disallowed } from '../domain/faults.ts';
import { findRecord, findVisible, lockRow } from '../store/query.ts';
import type { Source } from '../store/sources.ts';
import type { NetworkTables } from '../store/tables.ts';

/** What the operations need. */
export interface OperationDeps {
  readonly store: Store;
  readonly work: Work;
  readonly clock: Clock;
}

/** The things that the engine holds, each with its reconciler. */
export type Applied = 'network' | 'port' | 'router' | 'security-group';

/** One change by one caller: everything in it happens together or not at all. */
export interface Change {
  readonly tx: Tx;
  readonly context: Context;
  readonly now: Date;
  /** Has the engine told of the thing when the change is committed. */
  wake(kind: Applied, id: string): Promise<void>;
  /** Says that it happened: `andromede.network.WHAT.v1`. */
  emit(what: string, subject: string, data: Readonly<Record<string, unknown>>): Promise<void>;
}

/** The tables of this context, for writing. */
export function rowsOf(change: Change) {
  return tables<NetworkTables>(change.tx);
}

const attempts = 10;
/** Unique and foreign key violations: somebody else was faster, and the checks, made anew, see it. */
const outrun = new Set(['23505', '23503']);

/** Runs the change in one transaction; anew when it was outrun, so `work` must have no effect outside. */
export async function perform<R>(
  { store, work, clock }: OperationDeps,
  context: Context,
  run: (change: Change) => Promise<R>,
): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await store.transact((tx) => {
        const now = clock.now();
        return run({
          tx,
          context,
          now,
          wake: (kind, id) => work.wake(tx, `network.${kind}`, id),
          emit: (what, subject, data) =>
            emit(tx, { type: `andromede.network.${what}.v1`, subject, time: now, data: { ...data, at: now } }),
        });
      });
    } catch (error) {
      if (attempt === attempts || !outrun.has(String((error as { code?: unknown }).code))) throw error;
    }
  }
}

/** The project that the new thing will belong to. */
export function projectOf({ context }: Change, asked: string | undefined): string {
  const { projectId, isAdmin } = context;
  if (asked !== undefined && asked !== projectId && !isAdmin) {
    throw badRequest(
      "Specifying 'project_id' other than the authenticated project in request requires admin privileges",
    );
  }
  const project = asked ?? projectId;
  if (project === null) throw badRequest('A token without a project must say which project_id it creates for.');
  return project;
}

/** The columns that every new row has. */
export function newRow({ now }: Change, id: string | undefined, projectId: string, description: string | undefined) {
  return {
    id: id ?? newId(now.getTime()),
    project_id: projectId,
    description: description ?? '',
    tags: [],
    revision: 0,
    created_at: now,
    updated_at: now,
  };
}

/** What an earlier creation with the same id has made. */
export async function madeBefore<R extends { readonly projectId: string }>(
  { tx, context }: Change,
  source: Source<R>,
  id: string | undefined,
): Promise<R | undefined> {
  const record = id === undefined ? undefined : await findRecord(tx, source, id);
  if (record === undefined || context.isAdmin || record.projectId === context.projectId) return record;
  throw conflict(`The id ${id} is taken.`);
}

/** The record after a change in this transaction. */
export async function reread<R>({ tx }: Change, source: Source<R>, id: string): Promise<R> {
  const record = await findRecord(tx, source, id);
  if (record === undefined) throw new Error(`${source.table} ${id} vanished within its transaction`);
  return record;
}

/** The record, locked for a change by its owner; `missing` when the caller may not know of it, 403 when it only may see it. */
export async function ownRecord<R extends { readonly projectId: string }>(
  { tx, context }: Change,
  source: Source<R>,
  id: string,
  options: { readonly missing: (id: string) => Fault; readonly rule: string; readonly lock?: 'update' | 'delete' },
): Promise<R> {
  await lockRow(tx, source, id, options.lock ?? 'update');
  const record = await findVisible(tx, source, context, id);
  if (record === undefined) throw options.missing(id);
  if (!owns(context, record)) throw disallowed(options.rule);
  return record;
}

export function owns(context: Context, record: { readonly projectId: string }): boolean {
  return context.isAdmin || record.projectId === context.projectId;
}

/** Refuses attributes that only an administrator may give. */
export function adminOnly({ context }: Change, rule: string, values: Readonly<Record<string, unknown>>): void {
  if (context.isAdmin) return;
  const [name] = Object.entries(values).find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined) throw disallowed(`${rule}:${name}`);
}
