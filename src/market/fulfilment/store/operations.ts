import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../kernel/base/canonical-json.ts';
import type { Sealer } from '../../../kernel/base/sealing.ts';
import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { Fulfilment, Operation, OutputsSchema } from '../domain/fulfilment.ts';
import type { Delivered, Memory, OperationRequest, Part, WaitsFor } from '../ports.ts';

/** An operation as it is recorded. */
export interface OperationRecord {
  readonly id: string;
  readonly workflowId: string;
  readonly subscriptionId: string;
  readonly instanceId: string;
  readonly component: string;
  readonly operation: Operation;
  readonly kind: Fulfilment['kind'];
  readonly state: 'working' | 'done' | 'failed';
  readonly waitsFor: WaitsFor | null;
  readonly note: string | null;
  /** As they were looked at last; when it is done, all of them are. */
  readonly parts: readonly Part[];
  readonly memory: Memory;
  readonly outputs: OutputsSchema;
  readonly createdAt: Date;
}

interface OperationTable {
  id: string;
  workflow_id: string;
  subscription_id: string;
  instance_id: string;
  component: string;
  operation: Operation;
  kind: Fulfilment['kind'];
  state: OperationRecord['state'];
  waits_for: WaitsFor | null;
  note: string | null;
  parts: readonly Part[];
  memory: Memory;
  sealed_result: string | null;
  result_hash: Buffer | null;
  outputs: OutputsSchema;
  created_at: Date;
  updated_at: Date;
}

interface Tables {
  'market_fulfilment.operation': OperationTable;
}

const json = (value: unknown) => sql<never>`${JSON.stringify(value)}::jsonb`;

const recordOf = (row: OperationTable): OperationRecord => ({
  id: row.id,
  workflowId: row.workflow_id,
  subscriptionId: row.subscription_id,
  instanceId: row.instance_id,
  component: row.component,
  operation: row.operation,
  kind: row.kind,
  state: row.state,
  waitsFor: row.waits_for,
  note: row.note,
  parts: row.state === 'done' ? row.parts.map((part) => ({ ...part, state: 'done' })) : row.parts,
  memory: row.memory,
  outputs: row.outputs,
  createdAt: row.created_at,
});

/** The record of an operation, made if there is none yet. */
export async function ensureOperation(db: Connection, request: OperationRequest, now: Date): Promise<OperationRecord> {
  const { delivery } = request;
  await tables<Tables>(db)
    .insertInto('market_fulfilment.operation')
    .values({
      id: request.id,
      workflow_id: request.workflowId,
      subscription_id: delivery.subscriptionId,
      instance_id: delivery.instanceId,
      component: delivery.component,
      operation: request.operation,
      kind: delivery.fulfilment.kind,
      state: 'working',
      parts: json([]),
      memory: json({}),
      outputs: json(delivery.outputs),
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const row = await findOperation(db, request.id);
  if (row === undefined) throw new Error(`operation ${request.id} is gone`);
  return row;
}

export async function findOperation(db: Connection, id: string): Promise<OperationRecord | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_fulfilment.operation')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && recordOf(row);
}

/** Everything that was asked by a workflow. */
export async function operationsOf(db: Connection, workflowId: string): Promise<OperationRecord[]> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_fulfilment.operation')
    .selectAll()
    .where('workflow_id', '=', workflowId)
    .execute();
  return rows.map(recordOf);
}

/** How an operation under way is; false when it is over, or nothing has changed. */
export async function noteProgress(
  tx: Tx,
  id: string,
  progress: { waitsFor: WaitsFor; note: string | null; parts?: readonly Part[]; memory: Memory },
  now: Date,
): Promise<boolean> {
  const { waitsFor, note, parts = [], memory } = progress;
  const { numUpdatedRows } = await tables<Tables>(tx)
    .updateTable('market_fulfilment.operation')
    .set({ waits_for: waitsFor, note, parts: json(parts), memory: json(memory), updated_at: now })
    .where('id', '=', id)
    .where('state', '=', 'working')
    .where(
      sql<boolean>`(waits_for, note, parts, memory) is distinct from
        (${waitsFor}, ${note}, ${JSON.stringify(parts)}::jsonb, ${JSON.stringify(memory)}::jsonb)`,
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** How an operation ended. */
export type End = { readonly delivered: Delivered; readonly parts?: readonly Part[] } | { readonly failed: string };

/** Ends an operation, once. `repeated`: it ended so before; `over`: it ended otherwise. */
export async function endOperation(
  tx: Tx,
  sealer: Sealer,
  id: string,
  end: End,
  now: Date,
): Promise<'ended' | 'repeated' | 'over'> {
  const failed = 'failed' in end;
  // Whoever repeats an end repeats what was delivered; its parts may look otherwise by then.
  const said = failed ? end : { delivered: end.delivered };
  const hash = createHash('sha256').update(canonicalJson(said)).digest();
  const { numUpdatedRows } = await tables<Tables>(tx)
    .updateTable('market_fulfilment.operation')
    .set({
      state: failed ? 'failed' : 'done',
      waits_for: null,
      note: failed ? end.failed : null,
      ...(failed || end.parts === undefined ? {} : { parts: json(end.parts) }),
      sealed_result: failed ? null : sealer.seal(JSON.stringify(end.delivered), id),
      result_hash: hash,
      updated_at: now,
    })
    .where('id', '=', id)
    .where('state', '=', 'working')
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return 'ended';
  const row = await tables<Tables>(tx)
    .selectFrom('market_fulfilment.operation')
    .select('result_hash')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row.result_hash?.equals(hash) === true ? 'repeated' : 'over';
}

/** A failed operation that has to succeed in the end is begun again. */
export async function beginAgain(db: Connection, id: string, now: Date): Promise<void> {
  await tables<Tables>(db)
    .updateTable('market_fulfilment.operation')
    .set({ state: 'working', memory: json({}), result_hash: null, updated_at: now })
    .where('id', '=', id)
    .where('state', '=', 'failed')
    .execute();
}

/** What a finished operation gave. */
export async function deliveredBy(db: Connection, sealer: Sealer, id: string): Promise<Delivered> {
  const row = await tables<Tables>(db)
    .selectFrom('market_fulfilment.operation')
    .select('sealed_result')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  if (row.sealed_result === null) throw new Error(`operation ${id} has given nothing`);
  return JSON.parse(sealer.open(row.sealed_result, id)) as Delivered;
}

/** Whatever else was under way for an instance is over: a late answer is told so. */
export async function cancelOthers(db: Connection, instanceId: string, except: string, now: Date): Promise<void> {
  await tables<Tables>(db)
    .updateTable('market_fulfilment.operation')
    .set({ state: 'failed', waits_for: null, note: 'It is no longer wanted.', updated_at: now })
    .where('instance_id', '=', instanceId)
    .where('id', '!=', except)
    .where('state', '=', 'working')
    .execute();
}
