import type { Context } from '../../kernel/access/context.ts';
import { systemContext, withImpliedRoles } from '../../kernel/access/context.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { createApiServer, type Route } from '../../kernel/http/index.ts';
import type { Notifications, Store } from '../../kernel/store/index.ts';
import { type CrashPoint, createWork, type Work } from '../../kernel/work/index.ts';
import { type CloudDirectory, type CloudProject, type CloudServerUsage, createMarket } from '../index.ts';
import { createSimulatedCloud, type SimulatedCloud } from './simulated-cloud.ts';

/** The market, served over HTTP, in front of the simulated cloud. */
export interface RunningMarket {
  readonly url: string;
  readonly routes: readonly Route[];
  readonly work: Work;
  readonly cloud: SimulatedCloud;
  close(): Promise<void>;
}

interface Options {
  readonly store: Store;
  readonly notifications: Notifications;
  readonly log: Logger;
  readonly clock: Clock;
  readonly crashPoint?: CrashPoint;
  /** Stacks come and go at once. */
  readonly instant?: boolean;
  /** Networks in which publishers may be called though they are not public. */
  readonly outboundAllow?: readonly string[];
  /** What the cloud's own directory knows; nothing unless said. */
  readonly projects?: readonly KnownProject[];
}

/** A project as the simulated cloud's directory has it. */
export interface KnownProject extends CloudProject {
  readonly servers: readonly CloudServerUsage[];
}

function directoryOf(projects: readonly KnownProject[]): CloudDirectory {
  return {
    projects: async () => projects,
    serverUsage: async (projectId) => projects.find(({ id }) => id === projectId)?.servers ?? [],
  };
}

/** Tests' tokens say who calls: `USER`, `USER@PROJECT`, `admin@PROJECT`. Projects lie in the domain `domain-of-PROJECT`. */
export function contextOfToken(token: string): Context {
  const [userId = '', projectId = null] = token.split('@');
  const isAdmin = userId === 'admin';
  return {
    ...systemContext('req-test'),
    ...{ userId, userName: userId, projectId, isAdmin, system: false },
    projectDomainId: projectId === null ? null : `domain-of-${projectId}`,
    roles: withImpliedRoles([isAdmin ? 'admin' : 'member']),
  };
}

export async function startMarket({
  store,
  notifications,
  log,
  clock,
  crashPoint,
  instant,
  outboundAllow = ['127.0.0.1'],
  projects = [],
}: Options): Promise<RunningMarket> {
  const publicUrl = 'http://127.0.0.1';
  const work = createWork({ store, clock, log, concurrency: 2, ...(crashPoint && { crashPoint }) });
  const cloud = createSimulatedCloud(store, instant);
  await cloud.prepare();
  const masterKey = Buffer.alloc(32, 7);
  const directory = directoryOf(projects);
  const market = createMarket({
    store,
    notifications,
    work,
    clock,
    log,
    publicUrl,
    cloud,
    masterKey,
    directory,
    outboundAllow,
  });
  const authenticate = async (token: string) => contextOfToken(token);
  const server = createApiServer({ services: market.services, authenticate, publicUrl, log });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  await work.run();
  return {
    url: `http://127.0.0.1:${port}/market/v1`,
    routes: market.services.flatMap(({ routes }) => routes),
    ...{ work, cloud },
    async close() {
      await server.close();
      await work.stop();
    },
  };
}

/** An answer, with its JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the API answered.
  readonly body: any;
}

/** Speaks to the API as whoever `token` names; with `key`, under that Idempotency-Key. */
export type Call = (
  token: string,
  request: string,
  body?: unknown,
  more?: { key?: string; language?: string; host?: string },
) => Promise<Answer>;

/** `call('eve@p1', 'POST /orders', { … })` */
export function caller(url: string): Call {
  return async (token, request, body, more = {}) => {
    const [method = 'GET', path = '/'] = request.split(' ');
    const headers: Record<string, string> = { 'Accept-Language': more.language ?? 'en' };
    if (token !== '') headers['X-Auth-Token'] = token;
    if (more.key !== undefined) headers['Idempotency-Key'] = more.key;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const answer = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
}
