import { sql } from 'kysely';
import type { Store } from './database.ts';

/** How far consumers of the outbox are behind: events that they have not handled, and the age of the oldest in seconds. */
export async function outboxLag(store: Store, consumers: readonly { name: string; types: readonly string[] }[]) {
  return Promise.all(
    consumers.map(async ({ name, types }) => {
      const { rows } = await sql<{ waiting: bigint; age: number | null }>`
        select count(*) as waiting, extract(epoch from now() - min(o.time))::float8 as age from kernel.outbox o
        where o.type = any(${types as string[]}) and (o.xid, o.seq) > (
          coalesce((select xid from kernel.outbox_consumer where name = ${name}), '0'::xid8),
          coalesce((select seq from kernel.outbox_consumer where name = ${name}), 0))`.execute(store.db);
      return { consumer: name, waiting: Number(rows[0]?.waiting ?? 0), ageSeconds: Math.max(0, rows[0]?.age ?? 0) };
    }),
  );
}
