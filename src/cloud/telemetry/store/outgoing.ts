import { type Connection, sql } from '../../../kernel/store/index.ts';
import type { UsageEvent } from '../domain/usage-event.ts';

/** An event in the queue to the sink. */
export interface Outgoing {
  readonly seq: bigint;
  readonly event: UsageEvent;
}

/** The oldest events that the sink has not taken. */
export async function nextOutgoing(db: Connection, limit: number): Promise<Outgoing[]> {
  const { rows } = await sql<Outgoing>`
    select seq, event from telemetry.outgoing where rejected is null order by seq limit ${limit}`.execute(db);
  return rows;
}

/** The sink has taken them. */
export async function dropOutgoing(db: Connection, batch: readonly Outgoing[]): Promise<void> {
  await sql`delete from telemetry.outgoing where seq = any(${batch.map(({ seq }) => String(seq))}::bigint[])`.execute(
    db,
  );
}

/** The sink will never take it. */
export async function rejectOutgoing(db: Connection, { seq }: Outgoing, why: string): Promise<void> {
  await sql`update telemetry.outgoing set rejected = ${why} where seq = ${seq}`.execute(db);
}
