import { sql } from 'kysely';
import { newId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { Store, Tx } from './database.ts';
import type { Notifications } from './notifications.ts';

/** Something that happened, as CloudEvents 1.0 names its parts. */
export interface OutboxEvent {
  /** Unique; consumers may rely on it to recognise a repeat. */
  readonly id: string;
  /** `andromede.compute.server.created.v1` */
  readonly type: string;
  /** The id of what it happened to. */
  readonly subject: string;
  readonly time: Date;
  readonly data: unknown;
}

const channel = 'kernel_outbox';

/** Of its own, so that what is not an event wakes no consumer of events. */
const projectChannel = 'kernel_project';

/** Tells whoever watches a project that something in it has changed of which no event is kept, when `tx` commits. */
export async function notifyProject(tx: Tx, projectId: string): Promise<void> {
  await sql`select pg_notify(${projectChannel}, ${projectId})`.execute(tx);
}

/** Calls `listener` after each event about that project (`data.projectId`) and each `notifyProject`; returns how to stop. */
export function onProjectEvent(notifications: Notifications, projectId: string, listener: () => void): () => void {
  return notifications.on(projectChannel, (told) => {
    if (told === projectId || told === '') listener();
  });
}

/** Appends an event in the transaction that made it happen. Consumers hear of it when that commits. */
export async function emit(
  tx: Tx,
  event: {
    readonly id?: string;
    readonly type: string;
    readonly subject: string;
    readonly time: Date;
    readonly data: unknown;
  },
): Promise<void> {
  const { projectId } = (event.data ?? {}) as { readonly projectId?: unknown };
  const told = [
    [channel, ''],
    ...(typeof projectId === 'string' && projectId !== '' ? [[projectChannel, projectId]] : []),
  ];
  await sql`with written as (insert into kernel.outbox (id, type, subject, time, data)
      values (${event.id ?? newId()}, ${event.type}, ${event.subject}, ${event.time}, ${JSON.stringify(event.data)}::jsonb))
    select pg_notify(of, word) from unnest(${told.map(([of]) => of)}::text[], ${told.map(([, word]) => word)}::text[])
      t (of, word)`.execute(tx);
}

/** Who hears of events: at least once, in order, from where it stopped. */
export interface OutboxConsumer {
  /** Unique and lasting: the position is kept under it. */
  readonly name: string;
  /** Event types, exact. */
  readonly types: readonly string[];
  /** Effects go through `tx`, in which the position moves too: then each event counts exactly once. */
  handle(event: OutboxEvent, tx: Tx): Promise<void>;
}

interface Row extends OutboxEvent {
  seq: bigint;
  xid: string;
}

const batch = 100;

/** Runs consumers until the signal aborts; resolves when the last one has stopped. */
export async function runConsumers(
  { store, notifications, log }: { store: Store; notifications: Notifications; log: Logger },
  consumers: readonly OutboxConsumer[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    consumers.map((consumer) =>
      notifications.loop(
        channel,
        signal,
        async () => {
          while (!signal.aborted && (await deliver(store, consumer)) === batch);
        },
        (error) =>
          log.error({ err: error, consumer: consumer.name }, 'an event could not be handled; it will be tried again'),
      ),
    ),
  );
}

/** Handles up to a batch of events in one transaction; answers how many. */
export async function deliver(store: Store, consumer: OutboxConsumer): Promise<number> {
  return store.transact(async (tx) => {
    await sql`insert into kernel.outbox_consumer (name) values (${consumer.name}) on conflict do nothing`.execute(tx);
    const { rows: positions } = await sql<{ seq: bigint; xid: string }>`
      select seq, xid::text from kernel.outbox_consumer where name = ${consumer.name} for update`.execute(tx);
    const position = positions[0] ?? { seq: 0n, xid: '0' };
    const { rows } = await sql<Row>`
      select seq, xid::text, id, type, subject, time, data from kernel.outbox o
      where (xid, seq) > (${position.xid}::xid8, ${position.seq})
        and xid < pg_snapshot_xmin(pg_current_snapshot()) and type = any(${consumer.types as string[]})
      order by o.xid, o.seq limit ${batch}`.execute(tx);
    for (const event of rows) await consumer.handle(event, tx);
    const last = rows.at(-1);
    if (last !== undefined) {
      await sql`update kernel.outbox_consumer set seq = ${last.seq}, xid = ${last.xid}::xid8 where name = ${consumer.name}`.execute(
        tx,
      );
    }
    return rows.length;
  });
}
