import { vi } from 'vitest';
import { type Context, projectContext, systemContext } from '../access/context.ts';
import { systemClock } from '../base/clock.ts';
import { type ApiServer, createApiServer, type Service } from '../http/index.ts';
import type { Module, ModuleDeps } from '../module/index.ts';
import { createWork, type Work } from '../work/index.ts';
import type { TestStore } from './store.ts';

/** Tests only: a token that says who is calling: `PROJECT`, `PROJECT:admin` or `PROJECT:reader`. */
export function contextOf(token: string): Context {
  const [projectId = '', role = 'member'] = token.split(':');
  const member = projectContext('req-test', `user-of-${projectId}`, projectId);
  if (role === 'admin')
    return { ...systemContext('req-test'), system: false, projectId, userId: `user-of-${projectId}` };
  return role === 'reader' ? { ...member, roles: ['reader'] } : member;
}

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape.
  readonly body: any;
}

export interface RequestOptions {
  readonly json?: unknown;
  readonly body?: Uint8Array | string;
  readonly headers?: Record<string, string>;
}

/** Tests only: modules behind a real HTTP server, with their workers running. */
export interface TestCloud {
  readonly work: Work;
  readonly url: string;
  readonly deps: ModuleDeps;
  call(token: string | null, method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Serves the modules and starts their workers. */
  serve(modules: readonly Module[]): Promise<void>;
  close(): Promise<void>;
}

/** Make it, create modules with `deps`, then `serve` them. */
export function testCloud(store: TestStore): TestCloud {
  const work = createWork({ store, clock: systemClock, log: store.log, concurrency: 4 });
  const publicUrl = 'http://cloud.test';
  const deps = { store, notifications: store.notifications, work, clock: systemClock, log: store.log, publicUrl };
  let server: ApiServer | undefined;
  let modules: readonly Module[] = [];
  let url = '';
  return {
    work,
    deps,
    get url() {
      return url;
    },
    async serve(served) {
      modules = served;
      server = serverOf(
        served.flatMap(({ services }) => services),
        deps,
      );
      url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
      for (const module of served) await module.start?.();
      await work.run();
    },
    async call(token, method, path, { json, body, headers } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(token === null ? {} : { 'X-Auth-Token': token }),
          ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body: json === undefined ? body : JSON.stringify(json),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== '';
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: isJson ? JSON.parse(text) : undefined,
      };
    },
    async close() {
      for (const module of modules) await module.close?.();
      await server?.close();
      await work.stop();
    },
  };
}

function serverOf(services: readonly Service[], { publicUrl, log }: ModuleDeps): ApiServer {
  return createApiServer({ services, authenticate: async (token) => contextOf(token), publicUrl, log });
}

/** Tests only: waits until the check passes, for what happens in the background and tells nobody; fails after 10 s. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 10_000, interval: 20 });
}
