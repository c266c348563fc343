import type { Logger } from '../../../kernel/base/log.ts';
import type { OutboxConsumer, OutboxEvent, Tx } from '../../../kernel/store/index.ts';
import {
  clockJumpType,
  countsFrom,
  factsOf,
  type Meter,
  meters,
  type ResourceEventData,
  tickType,
} from '../domain/meters.ts';
import { secondOf, slicesUntil } from '../domain/slices.ts';
import {
  changeResource,
  closeResource,
  findOpen,
  openReportedBefore,
  openResource,
  report,
  shiftOpen,
} from '../store/resources.ts';

/** How usage is cut; all in seconds. */
export interface Slicing {
  /** A running resource is reported at most that often. */
  readonly every: number;
  /**
   * Usage younger than this is not reported yet: what ended it may have been decided, but be written after the tick.
   * Longer than any request takes from its start to its first write.
   */
  readonly grace: number;
  /** No slice is longer. */
  readonly longest: number;
}

/**
 * Keeps the intervals in which resources count, and cuts them into slices. It all happens in the transaction that moves
 * the consumer's position, so that each second of each resource is in exactly one slice, whenever the process dies.
 */
export function usageConsumer(slicing: Slicing, log: Logger): OutboxConsumer {
  const starts = new Map(meters.map((meter) => [meter.starts, meter]));
  const ends = new Map(meters.map((meter) => [meter.ends, meter]));
  const changes = new Map(meters.flatMap((meter) => (meter.changes ?? []).map((type) => [type, meter])));
  return {
    name: 'telemetry.usage',
    types: [...starts.keys(), ...ends.keys(), ...changes.keys(), tickType, clockJumpType],
    async handle(event, tx) {
      if (event.type === tickType) return tick(tx, slicing, event);
      if (event.type === clockJumpType) return shiftOpen(tx, (event.data as { readonly ms: number }).ms);
      const [starting, ending, changing] = [starts, ends, changes].map((known) => known.get(event.type));
      if (starting !== undefined) await begin(tx, starting, event);
      if (ending !== undefined) await end(tx, ending, event, slicing, log);
      if (changing !== undefined) await change(tx, changing, event, slicing);
    },
  };
}

async function begin(tx: Tx, meter: Meter, event: OutboxEvent): Promise<void> {
  const data = event.data as ResourceEventData;
  const from = countsFrom(data);
  if (from === null) return;
  const resource = { meter: meter.name, resourceId: event.subject, projectId: data.projectId, facts: factsOf(data) };
  await openResource(tx, resource, secondOf(from));
}

async function end(tx: Tx, meter: Meter, event: OutboxEvent, slicing: Slicing, log: Logger): Promise<void> {
  const resource = await findOpen(tx, meter.name, event.subject);
  // It never began to count.
  if (resource === undefined) return;
  const until = secondOf((event.data as ResourceEventData).at);
  if (until < resource.reportedUntil) {
    log.error(
      { meter: meter.name, resourceId: event.subject, until, reportedUntil: resource.reportedUntil },
      'usage was reported beyond the end: the grace period is too short',
    );
  }
  await report(tx, [{ resource, slices: slicesUntil(resource, until, slicing.longest) }]);
  await closeResource(tx, resource, Math.max(until, resource.reportedUntil));
}

/** What it was counts until now; from now on, what it has become. */
async function change(tx: Tx, meter: Meter, event: OutboxEvent, slicing: Slicing): Promise<void> {
  const resource = await findOpen(tx, meter.name, event.subject);
  if (resource === undefined) return;
  const data = event.data as ResourceEventData;
  await report(tx, [{ resource, slices: slicesUntil(resource, secondOf(data.at), slicing.longest) }]);
  await changeResource(tx, resource, data.projectId, factsOf(data));
}

/** Reports what runs. Everything that was written before the tick has been handled before it. */
async function tick(tx: Tx, { every, grace, longest }: Slicing, event: OutboxEvent): Promise<void> {
  const until = secondOf(event.time) - grace;
  const due = await openReportedBefore(tx, until - every);
  await report(
    tx,
    due.map((resource) => ({ resource, slices: slicesUntil(resource, until, longest) })),
  );
}
