import { chmod, rm } from 'node:fs/promises';
import { type Clock, systemClock } from '../../kernel/base/clock.ts';
import { createLogger, type Logger } from '../../kernel/base/log.ts';
import { createApiServer } from '../../kernel/http/index.ts';
import {
  migrate,
  type Notifications,
  openNotifications,
  openStore,
  runConsumers,
  type Store,
} from '../../kernel/store/index.ts';
import { type CrashPoint, crashPointFrom, createWork, migrateWork } from '../../kernel/work/index.ts';
import type { ApiSettings } from '../api-settings.ts';
import { compose, contexts, rootReply } from './compose.ts';
import { createEngines } from './engines.ts';
import { createMetrics } from './metrics.ts';
import { startTracing } from './tracing.ts';

/** A running api. */
export interface RunningApi {
  /** Lets requests and jobs end, then closes everything. */
  close(): Promise<void>;
}

/** Starts everything that listens and decides; resolves when all APIs answer. Crash sweeps say where it dies. */
export async function startApi(
  settings: ApiSettings,
  crashPoint: CrashPoint = crashPointFrom(process.env.ANDROMEDE_CRASH_AT),
  clock: Clock = systemClock,
): Promise<RunningApi> {
  const log = createLogger('api', settings.logLevel);
  const stopTracing = await startTracing(process.env, log);
  const store = openStore({
    connection: settings.database,
    onError: (error) => log.warn({ reason: error.message }, 'a connection to PostgreSQL was lost'),
  });
  await untilDatabaseAnswers(store, log);
  await migrate(store, contexts);
  await migrateWork(store, log);
  const notifications = openNotifications(settings.database, log);
  const work = createWork({ store, clock, log, crashPoint });
  const engines = createEngines(settings, log);
  const deps = { store, notifications, work, clock, log, publicUrl: settings.publicUrl };
  const cloud = await compose(settings, deps, engines);
  const consumers = cloud.modules.flatMap((module) => module.consumers ?? []);
  const metrics = createMetrics({ store, consumers, tokenFile: settings.secrets.metricsToken });
  const server = createApiServer({
    services: cloud.modules.flatMap(({ services }) => services),
    authenticate: cloud.authenticate,
    tokenOf: cloud.tokenOf,
    publicUrl: settings.publicUrl,
    ...(settings.trustedProxies && { trustedProxies: settings.trustedProxies }),
    log,
    fallback: (request) => metrics.reply(request) ?? rootReply(settings.publicUrl, request),
    onResponse: metrics.onResponse,
  });
  for (const module of cloud.modules) await module.start?.();
  await work.run();
  const controller = new AbortController();
  const consuming = runConsumers({ store, notifications, log }, consumers, controller.signal);
  await rm(settings.sockets.api, { force: true });
  await server.listen({ host: settings.host, port: settings.port });
  await server.listenUnix(settings.sockets.api);
  await chmod(settings.sockets.api, 0o660);
  log.info({ url: settings.publicUrl }, 'all APIs answer');
  return {
    async close() {
      await server.close();
      controller.abort();
      await consuming;
      await work.stop();
      for (const module of [...cloud.modules].reverse()) await module.close?.();
      await engines.close();
      await closeStore(store, notifications);
      await stopTracing();
    },
  };
}

async function closeStore(store: Store, notifications: Notifications): Promise<void> {
  await notifications.close();
  await store.close();
}

const retryMs = 50;
const attempts = 600;

/** PostgreSQL starts beside us: it is asked until it answers, for half a minute. */
async function untilDatabaseAnswers(store: Store, log: Logger): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await store.pool.query('select 1');
      return;
    } catch (error) {
      if (attempt === attempts) throw error;
      if (attempt % 100 === 0) log.warn({ err: error }, 'PostgreSQL does not answer yet');
      await systemClock.sleep(retryMs);
    }
  }
}
