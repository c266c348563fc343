import type { Clock } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/log.ts';
import type { Notifications, Store } from '../../../kernel/store/index.ts';
import { dropOutgoing, nextOutgoing, type Outgoing, rejectOutgoing } from '../store/outgoing.ts';
import { outgoingChannel } from '../store/resources.ts';

/** Where usage goes: a metering API that takes batches of CloudEvents and counts each source and id once. */
export interface UsageSink {
  /** `http://127.0.0.1:8000/market/v1/usage-events` */
  readonly url: string;
  /** A token for `X-Auth-Token`; `fresh` after one was refused. */
  token(fresh: boolean): Promise<string>;
}

interface SenderDeps {
  readonly store: Store;
  readonly notifications: Notifications;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Events in one request. */
const batchSize = 500;
const timeoutMs = 30_000;
const [firstPauseMs, longestPauseMs] = [1_000, 60_000];
/** The sink's word that the events themselves are wrong. */
const refusals = new Set([400, 413, 422]);

/**
 * Sends the queue, oldest first, until the signal aborts. What was taken leaves the queue afterwards, so that nothing is
 * lost; what was sent twice is counted once by the sink.
 */
export async function sendUntil(signal: AbortSignal, deps: SenderDeps, sink: UsageSink): Promise<void> {
  const { notifications, clock, log } = deps;
  let failures = 0;

  async function turn(): Promise<void> {
    try {
      await sendQueue(signal, deps, sink);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      const pauseMs = Math.min(firstPauseMs * 2 ** failures, longestPauseMs);
      failures += 1;
      log.warn({ err: error, failures, pauseMs }, 'usage could not be sent; it will be tried again');
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  const unforeseen = (error: unknown): void => log.error({ err: error }, 'the sender of usage stumbled');
  await notifications.loop(outgoingChannel, signal, turn, unforeseen);
}

async function sendQueue(signal: AbortSignal, { store, log }: SenderDeps, sink: UsageSink): Promise<void> {
  for (;;) {
    const batch = await nextOutgoing(store.db, batchSize);
    if (batch.length === 0 || signal.aborted) return;
    const refused = await post(sink, batch, signal, log);
    if (refused === undefined) await dropOutgoing(store.db, batch);
    else await sendOneByOne(signal, store, sink, batch, log);
  }
}

/** Finds the events that make the sink refuse a batch, and puts them aside for the operator. */
async function sendOneByOne(
  signal: AbortSignal,
  store: Store,
  sink: UsageSink,
  batch: readonly Outgoing[],
  log: Logger,
): Promise<void> {
  for (const outgoing of batch) {
    const refused = await post(sink, [outgoing], signal, log);
    if (refused === undefined) {
      await dropOutgoing(store.db, [outgoing]);
    } else {
      log.error({ usage: outgoing.event.id, refused }, 'the usage sink refuses this event; it is put aside');
      await rejectOutgoing(store.db, outgoing, refused);
    }
  }
}

/** Undefined when the sink has taken the batch, else why it never will; throws when it may yet. */
async function post(
  sink: UsageSink,
  batch: readonly Outgoing[],
  signal: AbortSignal,
  log: Logger,
): Promise<string | undefined> {
  let response = await request(sink, batch, signal, false);
  if (response.status === 401) response = await request(sink, batch, signal, true);
  const text = await response.text();
  if (refusals.has(response.status)) return `${response.status} ${text.slice(0, 500)}`;
  if (!response.ok) throw new Error(`the usage sink answered ${response.status}: ${text.slice(0, 500)}`);
  reportConflicts(text, log);
  return undefined;
}

async function request(
  { url, token }: UsageSink,
  batch: readonly Outgoing[],
  signal: AbortSignal,
  fresh: boolean,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'X-Auth-Token': await token(fresh),
      'Content-Type': 'application/cloudevents-batch+json',
      // Rows never change, so that the same range is the same body.
      'Idempotency-Key': `telemetry-${batch[0]?.seq}-${batch.at(-1)?.seq}-${batch.length}`,
    },
    body: JSON.stringify(batch.map(({ event }) => event)),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
}

/** The sink knows one of these ids as other usage: that is a fault of ours, and nothing that sending again would mend. */
function reportConflicts(text: string, log: Logger): void {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return;
  }
  const conflicting = (answer as { conflicting?: unknown[] } | null)?.conflicting;
  if (conflicting !== undefined && conflicting.length > 0) {
    log.error({ conflicting }, 'the usage sink has other usage under these ids');
  }
}
