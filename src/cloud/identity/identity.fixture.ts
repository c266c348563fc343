import { createServer } from 'node:net';
import { createApiServer, type Route } from '../../kernel/http/index.ts';
import { createTestStore, type FakeClock, fakeClock, type TestStore } from '../../kernel/testing/index.ts';
import { createWork, type Work } from '../../kernel/work/index.ts';
import { createIdentity, type IdentityApi, type IdentityOptions, identityMigrations, tokenKeysFrom } from './index.ts';

/** An identity service behind the kernel's HTTP server, for tests. */
export interface IdentityFixture {
  readonly url: string;
  readonly api: IdentityApi;
  readonly store: TestStore;
  readonly clock: FakeClock;
  readonly ids: Awaited<ReturnType<IdentityApi['bootstrap']>>;
  readonly routes: readonly Route[];
  /** A second process on the same database (its own caches). It hears no NOTIFY. */
  deafTwin(): { readonly api: IdentityApi };
  /** A request; `body` is sent as JSON. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Signs in by password and answers the token. */
  token(user: string, scope?: unknown): Promise<string>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape.
  readonly body: any;
}

export const adminPassword = 'correct horse battery staple';
export const demoPassword = 'demo-password';

const catalog: IdentityOptions['catalog'] = {
  region: 'RegionOne',
  services: [
    { type: 'identity', name: 'keystone', path: '/identity' },
    { type: 'compute', name: 'nova', path: '/compute/v2.1' },
    { type: 'orchestration', name: 'heat', path: '/orchestration/v1/$(project_id)s' },
  ],
};

const deafNotifications = { on: () => () => undefined, loop: async () => undefined, close: async () => undefined };

/** Starts one on a random port with its own database; `admin` and `demo` exist. */
export async function startIdentity(options: Partial<IdentityOptions> = {}): Promise<IdentityFixture> {
  const store = await createTestStore([identityMigrations]);
  const { log, notifications } = store;
  const clock = fakeClock(new Date());
  const work: Work = createWork({ store, clock, log });
  const masterKey = Buffer.alloc(32, 7);
  const own = { tokenKeys: tokenKeysFrom(masterKey), masterKey, catalog, ...options };
  // The port is known only once the server listens, and the catalog needs the URL: so find a free port first.
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const deps = { store, notifications, work, clock, log, publicUrl, ...own };
  const identity = createIdentity(deps);
  const server = createApiServer({
    services: identity.services,
    authenticate: identity.api.authenticate,
    publicUrl,
    log,
  });
  await server.listen({ host: '127.0.0.1', port });
  const ids = await identity.api.bootstrap({ adminPassword, demoPassword });

  async function call(method: string, path: string, { token, body, headers }: CallOptions = {}): Promise<Answer> {
    const response = await fetch(`${publicUrl}/identity${path}`, {
      method,
      headers: {
        ...(token && { 'X-Auth-Token': token }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
    });
    const answer = await response.text();
    return { status: response.status, headers: response.headers, body: answer === '' ? undefined : JSON.parse(answer) };
  }

  return {
    url: publicUrl,
    api: identity.api,
    store,
    clock,
    ids,
    routes: identity.services.flatMap(({ routes }) => routes),
    call,
    deafTwin: () => createIdentity({ ...deps, notifications: deafNotifications }),
    async token(user, scope) {
      const password = user === 'admin' ? adminPassword : demoPassword;
      const answer = await call('POST', '/v3/auth/tokens', { body: passwordBody(user, password, scope) });
      if (answer.status !== 201) throw new Error(`sign-in answered ${answer.status}`);
      return answer.headers.get('x-subject-token') ?? '';
    },
    async close() {
      await server.close();
      await identity.close?.();
      await store.close();
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The body of a password sign-in in the domain Default. */
export function passwordBody(name: string, password: string, scope?: unknown): unknown {
  const identity = { methods: ['password'], password: { user: { name, domain: { name: 'Default' }, password } } };
  return { auth: { identity, ...(scope !== undefined && { scope }) } };
}

/** A project of the domain Default as a scope. */
export const projectScope = (name: string) => ({ project: { name, domain: { id: 'default' } } });
