import { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { systemClock } from '../kernel/base/clock.ts';
import { Reply, type RequestRecord } from '../kernel/http/index.ts';
import { type OutboxConsumer, outboxLag, type Store } from '../kernel/store/index.ts';
import { backlog } from '../kernel/work/backlog.ts';

/** What Prometheus asks `api` for at `/metrics`. */
export interface Metrics {
  onResponse(record: RequestRecord): void;
  /** Answers `GET /metrics` to who has the token, 401 to others; undefined for what else is asked. */
  reply(request: IncomingMessage): Promise<Reply> | undefined;
}

export interface MetricsOptions {
  readonly store: Store;
  readonly consumers: readonly OutboxConsumer[];
  /** A file with the token that is sent as `Authorization: Bearer TOKEN`. Read each time, so that it can be replaced. */
  readonly tokenFile: string;
}

/** From a millisecond to ten seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Requests are counted as they happen; what the database knows is asked for when somebody looks. */
export function createMetrics({ store, consumers, tokenFile }: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    ...{ name: 'andromede_http_requests_total', help: 'Answered requests', registers },
    labelNames: ['operation', 'status'],
  });
  const durations = new Histogram({
    ...{ name: 'andromede_http_request_duration_seconds', help: 'Time to the answer’s head', registers, buckets },
    labelNames: ['operation'],
  });
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `andromede_${name}`, help, labelNames, registers });
  const jobsDue = gauge('jobs_due', 'Jobs whose time has come', ['task']);
  const jobLag = gauge('job_lag_seconds', 'How long the oldest due job has waited', ['task']);
  const workflows = gauge('workflows_unfinished', 'Workflows that run or are undone', ['workflow', 'state']);
  const waiting = gauge('outbox_waiting', 'Events not handled yet', ['consumer']);
  const age = gauge('outbox_lag_seconds', 'Age of the oldest event not handled yet', ['consumer']);
  const jumped = gauge('clock_jump_seconds', 'How far the machine’s clock has jumped from the one that api goes by');
  const pool = gauge('database_connections', 'Connections of the pool; waiting: requests for one', ['state']);

  async function look(): Promise<void> {
    for (const one of [jobsDue, jobLag, workflows, waiting, age]) one.reset();
    const [{ jobs, workflows: unfinished }, lags] = await Promise.all([backlog(store), outboxLag(store, consumers)]);
    for (const { task, due, lagSeconds } of jobs) {
      jobsDue.set({ task }, due);
      jobLag.set({ task }, lagSeconds);
    }
    for (const { name, state, count } of unfinished) workflows.set({ workflow: name, state }, count);
    for (const { consumer, waiting: count, ageSeconds } of lags) {
      waiting.set({ consumer }, count);
      age.set({ consumer }, ageSeconds);
    }
    jumped.set({}, systemClock.jumped() / 1000);
    const { totalCount, idleCount, waitingCount } = store.pool;
    pool.set({ state: 'busy' }, totalCount - idleCount);
    pool.set({ state: 'idle' }, idleCount);
    pool.set({ state: 'waiting' }, waitingCount);
  }

  async function tell(): Promise<Reply> {
    await look();
    return new Reply({ headers: { 'Content-Type': registry.contentType }, body: await registry.metrics() });
  }

  return {
    onResponse({ operation, status, duration }) {
      requests.inc({ operation, status: `${Math.floor(status / 100)}xx` });
      durations.observe({ operation }, duration / 1000);
    },
    reply(request) {
      if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') return undefined;
      if (mayRead(request, tokenFile)) return tell();
      const headers = { 'WWW-Authenticate': 'Bearer', 'Content-Type': 'text/plain; charset=utf-8' };
      return Promise.resolve(
        new Reply({ status: 401, headers, body: 'Send the token of DIR/secrets/metrics-token.\n' }),
      );
    },
  };
}

function mayRead({ headers }: IncomingMessage, tokenFile: string): boolean {
  const expected = Buffer.from(`Bearer ${readFileSync(tokenFile, 'utf8').trim()}`);
  const given = Buffer.from(headers.authorization ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
