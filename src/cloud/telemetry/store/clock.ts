import { sql, type Tx } from '../../../kernel/store/index.ts';

/** Keeps how the clock stands in this boot of the machine; answers how it stood before in the same one. */
export async function keepClockOffset(tx: Tx, bootId: string, offsetMs: number): Promise<number | undefined> {
  const { rows } = await sql<{ boot_id: string; offset_ms: bigint }>`
    select boot_id, offset_ms from telemetry.clock for update`.execute(tx);
  await sql`insert into telemetry.clock (boot_id, offset_ms) values (${bootId}, ${offsetMs})
    on conflict (singleton) do update set boot_id = excluded.boot_id, offset_ms = excluded.offset_ms`.execute(tx);
  const [before] = rows;
  return before?.boot_id === bootId ? Number(before.offset_ms) : undefined;
}
