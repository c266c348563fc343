import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import {
  accessFromEnvironment,
  type Credentials,
  type OpenStack,
  openStack,
  pathOf,
  variablesOfCloud,
} from './index.ts';

/** A cloud that says what a test wants it to say, over real HTTP. */
class ScriptedCloud {
  readonly seen: { method: string; url: string; token: string | undefined; body: string }[] = [];
  signIns = 0;
  lifetimeMs = 3_600_000;
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => json(response, 200, {});
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#handle(request, response));
  }

  static async start(): Promise<ScriptedCloud> {
    const server = createServer();
    const cloud = new ScriptedCloud(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return cloud;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const body = Buffer.concat(await request.toArray()).toString();
    this.seen.push({ method, url, token: request.headers['x-auth-token'] as string | undefined, body });
    if (url === '/' || url === '/identity/') {
      const links = [{ rel: 'self', href: `${this.url}/identity/v3/` }];
      return json(response, 300, { versions: { values: [{ id: 'v3.14', links }] } });
    }
    if (url.endsWith('/auth/tokens')) return this.#signIn(request, response);
    this.answer(request, response);
  }

  #signIn(request: IncomingMessage, response: ServerResponse): void {
    const given = request.headers['x-subject-token'];
    if (given === undefined) this.signIns += 1;
    const token = typeof given === 'string' ? given : `token-${this.signIns}`;
    response.setHeader('X-Subject-Token', token);
    const endpoint = (path: string) => ({ interface: 'public', region: 'RegionOne', url: `${this.url}${path}` });
    json(response, given === undefined ? 201 : 200, {
      token: {
        expires_at: new Date(Date.now() + this.lifetimeMs).toISOString(),
        user: { id: 'u1', name: 'lea' },
        project: { id: 'p1', name: 'atelier' },
        roles: [{ name: 'member' }],
        catalog: [
          { type: 'compute', name: 'nova', endpoints: [endpoint('/compute/v2.1')] },
          { type: 'network', name: 'neutron', endpoints: [endpoint('/network/')] },
          { type: 'image', name: 'glance', endpoints: [endpoint('/image/v2')] },
          { type: 'orchestration', name: 'heat', endpoints: [endpoint('/orchestration/v1/p1')] },
        ],
      },
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function json(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'Content-Type': type });
  response.end(JSON.stringify(body));
}

const byPassword: Credentials = { kind: 'password', user: { name: 'lea' }, password: 'secret' };
let cloud: ScriptedCloud;
let client: OpenStack;

async function open(credentials: Credentials = byPassword, options: Parameters<typeof openStack>[1] = {}) {
  cloud = await ScriptedCloud.start();
  client = openStack({ authUrl: `${cloud.url}/identity`, credentials }, options);
}
afterEach(async () => {
  client.close();
  await cloud.close();
});

describe('signing in', () => {
  test('happens once for many calls, after discovery', async () => {
    await open();
    cloud.answer = (_, response) => json(response, 200, { servers: [] });
    await Promise.all([1, 2, 3].map(() => client.compute.listServers()));
    expect(cloud.signIns).toBe(1);
    expect(cloud.seen[0]).toMatchObject({ method: 'GET', url: '/identity/' });
    expect(JSON.parse(cloud.seen[1]?.body ?? '')).toEqual({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'lea', domain: { id: 'default' }, password: 'secret' } },
        },
      },
    });
    expect(cloud.seen.at(-1)?.token).toBe('token-1');
  });

  test('is renewed a minute before the token ends, once for all', async () => {
    let now = Date.now();
    await open(byPassword, { now: () => new Date(now) });
    cloud.answer = (_, response) => json(response, 200, { servers: [] });
    await client.compute.listServers();
    now += 3_600_000 - 61_000;
    await client.compute.listServers();
    expect(cloud.signIns).toBe(1);
    now += 2_000;
    cloud.lifetimeMs = 7_200_000;
    await Promise.all([1, 2, 3].map(() => client.compute.listServers()));
    expect(cloud.signIns).toBe(2);
  });

  test('is repeated when a service refuses the token, and the call with it', async () => {
    await open();
    cloud.answer = (request, response) =>
      request.headers['x-auth-token'] === 'token-1' ? json(response, 401, {}) : json(response, 200, { servers: [] });
    expect(await client.compute.listServers()).toEqual([]);
    expect(cloud.signIns).toBe(2);
  });

  test("is not repeated with somebody's token, which is refused for good", async () => {
    await open({ kind: 'token', token: 'theirs' });
    cloud.answer = (_, response) => json(response, 401, { error: { message: 'no more' } });
    await expect(client.compute.listServers()).rejects.toMatchObject({ code: 'unauthorized', message: 'no more' });
    expect(cloud.signIns).toBe(0);
    expect(cloud.seen.at(-1)?.token).toBe('theirs');
  });

  test('may fail and succeed the next time', async () => {
    await open();
    const url = cloud.url;
    await cloud.close();
    const failing = openStack({ authUrl: url, credentials: byPassword });
    await expect(failing.session.current()).rejects.toMatchObject({ code: 'engineUnavailable' });
    await expect(failing.session.current()).rejects.toMatchObject({ code: 'engineUnavailable' });
    failing.close();
    cloud = await ScriptedCloud.start();
  });
});

describe('faults', () => {
  test.each([
    ['Keystone', 403, { error: { code: 403, title: 'Forbidden', message: 'not you' } }, 'forbidden', 'not you'],
    ['Nova', 404, { itemNotFound: { code: 404, message: 'no server' } }, 'notFound', 'no server'],
    ['Neutron', 409, { NeutronError: { type: 'InUse', message: 'in use', detail: '' } }, 'conflict', 'in use'],
    [
      'Heat',
      400,
      { code: 400, title: 'Bad', explanation: 'general', error: { message: 'line 3', type: 'T' } },
      'badRequest',
      'line 3',
    ],
    [
      'Placement',
      409,
      { errors: [{ status: 409, title: 'Conflict', detail: 'generation' }] },
      'conflict',
      'generation',
    ],
    [
      'problem details',
      422,
      { type: 'about:blank', title: 'T', status: 422, detail: 'price' },
      'unprocessable',
      'price',
    ],
    ['a broken service', 500, { computeFault: { code: 500, message: 'oops' } }, 'engineUnavailable', 'oops'],
    ['an overloaded one', 503, {}, 'engineUnavailable', /answered 503/],
    ['what is not made', 501, { error: { message: 'not made' } }, 'notSupported', 'not made'],
    ['an odd status', 418, { error: { message: 'teapot' } }, 'badRequest', 'teapot'],
  ])('keep the words of %s', async (_, status, body, code, message) => {
    await open();
    cloud.answer = (_request, response) => json(response, status, body);
    const failure = client.service('compute').call('GET', '/servers');
    const expected = typeof message === 'string' ? message : expect.stringMatching(message);
    await expect(failure).rejects.toMatchObject({ code, message: expected, data: { status } });
  });

  test("keep the words of Glance's page", async () => {
    await open();
    cloud.answer = (_, response) => {
      response.writeHead(404, { 'Content-Type': 'text/html; charset=UTF-8' });
      response.end('<html><head><title>404</title></head><body><h1>404 Not Found</h1>No image &lt;x&gt;<br /></body>');
    };
    await expect(client.image.createImage({ name: 'x', diskFormat: 'raw' })).rejects.toMatchObject({
      code: 'notFound',
      message: 'No image <x>',
    });
  });

  test('a cloud that is silent is unavailable after the time that was set', async () => {
    await open(byPassword, { timeoutMs: 200 });
    cloud.answer = () => undefined;
    await expect(client.compute.listServers()).rejects.toMatchObject({
      code: 'engineUnavailable',
      message: expect.stringContaining('did not answer within 0.2 s'),
      retryable: true,
    });
  });

  test('so is one that stops in the middle of an answer, or answers no JSON', async () => {
    await open();
    cloud.answer = (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' });
      response.write('{"servers":', () => response.destroy());
    };
    await expect(client.compute.listServers()).rejects.toMatchObject({ code: 'engineUnavailable' });
    cloud.answer = (_, response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('<html>');
    await expect(client.compute.listServers()).rejects.toMatchObject({ code: 'engineUnavailable' });
  });

  test('a cancelled call says so', async () => {
    await open();
    const wish = new AbortController();
    cloud.answer = () => wish.abort();
    const call = client.service('compute').call('GET', '/servers', { signal: wish.signal });
    await expect(call).rejects.toMatchObject({ code: 'requestTimeout' });
  });
});

describe('requests', () => {
  test('a missing thing is undefined, and its deletion false', async () => {
    await open();
    cloud.answer = (_, response) => json(response, 404, { itemNotFound: { message: 'none' } });
    expect(await client.compute.findServer('x')).toBeUndefined();
    expect(await client.orchestration.deleteStack('x')).toBe(false);
  });

  test('what is filled into a path stays one segment', async () => {
    await open();
    expect(pathOf`/stacks/${'a/b'}/${'..'}/x`).toBe('/stacks/a%2Fb/%2E%2E/x');
    await client
      .service('compute')
      .call('GET', pathOf`/servers/${'../../../market'}`, { query: { a: 'b c', none: undefined } });
    expect(cloud.seen.at(-1)?.url).toBe('/compute/v2.1/servers/..%2F..%2F..%2Fmarket?a=b+c');
  });

  test('follow a redirection within the service, with their method, and never to a stranger', async () => {
    await open();
    cloud.answer = (request, response) => {
      if (!request.url?.endsWith('/named')) return json(response, 200, {});
      response.writeHead(302, { Location: '/orchestration/v1/p1/stacks/named/id-1' }).end();
    };
    expect(await client.orchestration.deleteStack('named')).toBe(true);
    expect(cloud.seen.at(-1)).toMatchObject({ method: 'DELETE', url: '/orchestration/v1/p1/stacks/named/id-1' });
    cloud.answer = (_, response) => response.writeHead(302, { Location: 'http://127.0.0.2:1/steal' }).end();
    await expect(client.orchestration.findStack('named')).rejects.toMatchObject({ code: 'engineUnavailable' });
  });

  test('find the version of an endpoint that is listed with or without it', async () => {
    await open();
    cloud.answer = (_, response) => json(response, 200, { networks: [], images: [] });
    await client.network.listNetworks({ external: true });
    expect(cloud.seen.at(-1)?.url).toBe('/network/v2.0/networks?router%3Aexternal=true');
    await client.image.listImages();
    expect(cloud.seen.at(-1)?.url).toBe('/image/v2/images');
    await expect(client.service('dns').call('GET', '/')).rejects.toMatchObject({ code: 'notFound' });
  });

  test('stream an upload', async () => {
    await open();
    cloud.answer = (_, response) => response.writeHead(204).end();
    await client.image.upload('i1', Readable.from([Buffer.from('first '), Buffer.from('second')]));
    expect(cloud.seen.at(-1)).toMatchObject({ method: 'PUT', url: '/image/v2/images/i1/file', body: 'first second' });
  });
});

describe('settings', () => {
  const base = { OS_AUTH_URL: 'http://cloud/identity', OS_REGION_NAME: 'RegionOne' };
  test('of openrc give access by password or application credential', async () => {
    await open();
    const password = {
      OS_USERNAME: 'lea',
      OS_PASSWORD: 's',
      OS_PROJECT_NAME: 'atelier',
      OS_PROJECT_DOMAIN_NAME: 'Default',
    };
    expect(accessFromEnvironment({ ...base, ...password })).toEqual({
      authUrl: 'http://cloud/identity',
      region: 'RegionOne',
      credentials: {
        kind: 'password',
        user: { name: 'lea', domain: { id: 'default' } },
        password: 's',
        scope: { project: { name: 'atelier', domain: { name: 'Default' } } },
      },
    });
    const credential = { OS_APPLICATION_CREDENTIAL_ID: 'i', OS_APPLICATION_CREDENTIAL_SECRET: 's' };
    expect(accessFromEnvironment({ ...base, ...credential })?.credentials).toEqual({
      kind: 'applicationCredential',
      id: 'i',
      secret: 's',
    });
    expect(accessFromEnvironment({})).toBeUndefined();
    expect(() => accessFromEnvironment({ ...base, OS_USERNAME: 'lea' })).toThrow('OS_PASSWORD is not set');
  });

  test('of clouds.yaml are the same by another name', async () => {
    await open();
    const clouds = {
      clouds: { demo: { region_name: 'R', auth: { auth_url: 'http://x', username: 'u', password: 'p' } } },
    };
    expect(variablesOfCloud(clouds, 'demo')).toEqual({
      OS_AUTH_URL: 'http://x',
      OS_USERNAME: 'u',
      OS_PASSWORD: 'p',
      OS_REGION_NAME: 'R',
    });
    expect(() => variablesOfCloud(clouds, 'other')).toThrow('no cloud named other');
  });
});
