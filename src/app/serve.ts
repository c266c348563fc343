import { chmod, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type Clock, systemClock } from '../kernel/base/clock.ts';
import { createLogger, type Logger } from '../kernel/base/log.ts';
import { type ApiServer, type Authenticate, createApiServer, type Reply, type Service } from '../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../kernel/module/index.ts';
import {
  type Migrations,
  migrate,
  openNotifications,
  openStore,
  runConsumers,
  type Store,
} from '../kernel/store/index.ts';
import { type CrashPoint, crashPointFrom, createWork, migrateWork } from '../kernel/work/index.ts';
import { createMetrics } from './metrics.ts';
import { startTracing } from './tracing.ts';

/** What every program of ours that listens is told: where, and on which database. */
export interface ServerSettings {
  /** Where it listens, besides `sockets.api`. */
  readonly host: string;
  readonly port: number;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** Proxies whose word on where a request comes from is taken. */
  readonly trustedProxies?: readonly string[];
  /** Networks that are not public and in which publishers may be called all the same. */
  readonly outboundAllow?: readonly string[];
  readonly logLevel: string;
  /** Options of a `pg` pool. */
  readonly database: { readonly connectionString: string } | LocalDatabase;
  readonly sockets: { readonly api: string };
  /** Paths of files that only this program and root may read. */
  readonly secrets: {
    /** 32 random bytes in hex: encrypts columns and signs tokens. */
    readonly masterKey: string;
    /** Lets Prometheus read `/metrics`. */
    readonly metricsToken: string;
  };
}

export interface LocalDatabase {
  /** Folder of the socket. */
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

/** What a program is made of. */
export interface Composition {
  readonly modules: readonly Module[];
  readonly authenticate: Authenticate;
  /** The token of a browser's request; see `ApiServerOptions`. */
  readonly tokenOf?: (request: IncomingMessage) => string | undefined;
  /** Answers what no service is mounted for: `/` and the like. */
  fallback(request: IncomingMessage): Reply | undefined;
  /** Served to whoever may open its socket, without any token. */
  readonly apart?: { readonly service: Service; readonly socket: string; readonly publicUrl: string };
  /** Called last. */
  close?(): Promise<void>;
}

/** A running program. */
export interface RunningServer {
  /** Lets requests and jobs end, then closes everything. */
  close(): Promise<void>;
}

/** What tests change: where it dies, and what time it is. */
export interface ServeOptions {
  readonly crashPoint?: CrashPoint | undefined;
  readonly clock?: Clock | undefined;
}

/** Starts everything that listens and decides; resolves when all APIs answer. */
export async function serve(
  settings: ServerSettings,
  contexts: readonly Migrations[],
  compose: (deps: ModuleDeps) => Promise<Composition>,
  { crashPoint = crashPointFrom(process.env.ANDROMEDE_CRASH_AT), clock = systemClock }: ServeOptions = {},
): Promise<RunningServer> {
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
  const composed = await compose({ store, notifications, work, clock, log, publicUrl: settings.publicUrl });
  const { modules } = composed;
  const consumers = modules.flatMap((module) => module.consumers ?? []);
  const metrics = createMetrics({ store, consumers, tokenFile: settings.secrets.metricsToken });
  const server = createApiServer({
    services: modules.flatMap(({ services }) => services),
    authenticate: composed.authenticate,
    ...(composed.tokenOf && { tokenOf: composed.tokenOf }),
    publicUrl: settings.publicUrl,
    ...(settings.trustedProxies && { trustedProxies: settings.trustedProxies }),
    log,
    fallback: (request) => metrics.reply(request) ?? composed.fallback(request),
    onResponse: metrics.onResponse,
  });
  const { apart } = composed;
  const apartServer =
    apart && createApiServer({ ...apart, services: [apart.service], authenticate: async () => undefined, log });
  for (const module of modules) await module.start?.();
  await work.run();
  const controller = new AbortController();
  const consuming = runConsumers({ store, notifications, log }, consumers, controller.signal);
  if (apart !== undefined && apartServer !== undefined) await listenUnix(apartServer, apart.socket);
  await server.listen({ host: settings.host, port: settings.port });
  await listenUnix(server, settings.sockets.api);
  log.info({ url: settings.publicUrl }, 'all APIs answer');
  return {
    async close() {
      await server.close();
      await apartServer?.close();
      controller.abort();
      await consuming;
      await work.stop();
      for (const module of [...modules].reverse()) await module.close?.();
      await composed.close?.();
      await notifications.close();
      await store.close();
      await stopTracing();
    },
  };
}

/** For its owner and its folder's group. */
async function listenUnix(server: ApiServer, path: string): Promise<void> {
  await rm(path, { force: true });
  await server.listenUnix(path);
  await chmod(path, 0o660);
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

/** Runs until it is told to stop; answers how to have it stop by itself. */
export function closeOnSignal(server: RunningServer): () => void {
  let stopping = false;
  function stop(): void {
    if (stopping) return;
    stopping = true;
    void server.close().finally(() => process.exit(0));
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  return stop;
}
