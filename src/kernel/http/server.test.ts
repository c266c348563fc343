import { connect } from 'node:net';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Context, systemContext } from '../access/context.ts';
import { policies } from '../access/policy.ts';
import { conflict } from '../base/errors.ts';
import { testLog } from '../testing/store.ts';
import {
  type ApiServer,
  caller,
  createApiServer,
  novaFault,
  Reply,
  route,
  type Service,
  version,
  versionText,
} from './index.ts';

const member: Context = {
  ...systemContext('r'),
  system: false,
  projectId: 'p1',
  roles: ['member', 'reader'],
  isAdmin: false,
};
let server: ApiServer;
let port: number;
let url: string;

const thing = Type.Object({ name: Type.String({ maxLength: 10 }) }, { additionalProperties: false });

const service: Service = {
  name: 'compute',
  mount: '/compute',
  faults: novaFault,
  microversions: { min: version('2.1'), max: version('2.79'), legacyHeader: 'X-OpenStack-Nova-API-Version' },
  routes: [
    route({
      method: 'GET',
      path: '/v2.1/things/:id',
      operation: 'things:show',
      policy: policies.projectReader,
      handler: (request) => ({
        id: request.params.id,
        project: caller(request).projectId,
        version: versionText(request.version),
      }),
    }),
    route({
      method: 'GET',
      path: '/v2.1/things/:id/old',
      operation: 'things:old',
      policy: policies.public,
      versions: { max: version('2.9') },
      handler: () => ({ old: true }),
    }),
    route({
      method: 'POST',
      path: '/v2.1/things',
      operation: 'things:create',
      policy: policies.projectMember,
      status: 202,
      body: thing,
      handler: ({ body }) => new Reply({ headers: { 'X-Subject-Token': 't' }, body: { name: body.name, size: 12n } }),
    }),
    route({
      method: 'PUT',
      path: '/v2.1/things/:id/file',
      operation: 'things:upload',
      policy: policies.projectMember,
      body: 'stream',
      async handler({ stream }) {
        let size = 0;
        for await (const chunk of stream) size += (chunk as Buffer).length;
        return { size };
      },
    }),
    route({
      method: 'GET',
      path: '/v2.1/boom',
      operation: 'boom',
      policy: policies.public,
      handler: () => JSON.parse('{'),
    }),
    route({
      method: 'GET',
      path: '/v2.1/conflict',
      operation: 'conflict',
      policy: policies.public,
      handler: () => {
        throw conflict('it is busy');
      },
    }),
    route({
      method: 'DELETE',
      path: '/v2.1/admin',
      operation: 'admin',
      policy: policies.admin,
      status: 204,
      handler: () => undefined,
    }),
  ],
};

beforeAll(async () => {
  server = createApiServer({
    services: [service],
    authenticate: async (token) => (token === 'good' ? member : undefined),
    publicUrl: 'http://cloud.test',
    log: testLog(),
  });
  port = await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${port}/compute/v2.1`;
});
afterAll(() => server.close());

const good = { 'X-Auth-Token': 'good' };

/** Sends raw bytes and answers what comes back once `until` shows up. */
function raw(text: string, until: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('error', reject).on('data', (chunk) => {
      got += chunk;
      if (!until.test(got)) return;
      socket.destroy();
      resolve(got);
    });
  });
}

describe('the HTTP server', () => {
  it('hands the handler its parameters, caller and microversion', async () => {
    const response = await fetch(`${url}/things/7`, { headers: { ...good, 'OpenStack-API-Version': 'compute 2.73' } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ id: '7', project: 'p1', version: '2.73' });
    expect(response.headers.get('openstack-api-version')).toBe('compute 2.73');
    expect(response.headers.get('x-openstack-request-id')).toMatch(/^req-[0-9a-f-]{36}$/);
  });

  it('takes the older header too, and answers the newest for `latest`', async () => {
    const legacy = await fetch(`${url}/things/7`, { headers: { ...good, 'X-OpenStack-Nova-API-Version': 'latest' } });
    expect(legacy.headers.get('x-openstack-nova-api-version')).toBe('2.79');
  });

  it.each([
    ['2.80', 406],
    ['two', 400],
  ])('refuses the microversion %s with %i', async (asked, status) => {
    const response = await fetch(`${url}/things/7`, {
      headers: { ...good, 'OpenStack-API-Version': `compute ${asked}` },
    });
    expect(response.status).toBe(status);
  });

  it('knows a route only in its range of microversions', async () => {
    const at = (v: string) => fetch(`${url}/things/7/old`, { headers: { 'OpenStack-API-Version': `compute ${v}` } });
    expect((await at('2.9')).status).toBe(200);
    expect((await at('2.10')).status).toBe(404);
  });

  it('answers 401 without a token, 403 without the role, in the words of the API', async () => {
    const none = await fetch(`${url}/things/7`);
    expect(none.status).toBe(401);
    expect(await none.json()).toMatchObject({ unauthorized: { code: 401 } });
    expect((await fetch(`${url}/admin`, { method: 'DELETE', headers: good })).status).toBe(403);
  });

  it.each([
    ['{"name": 3}', /body\/name must be string/],
    ['{"name": "a", "other": 1}', /unexpected key 'other'/],
    ['{', /not valid JSON/],
  ])('refuses the body %s, saying what is wrong', async (body, message) => {
    const response = await fetch(`${url}/things`, { method: 'POST', headers: good, body });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { badRequest: { message: string } }).badRequest.message).toMatch(message);
  });

  it('sends header names in their documented case, and bigints as numbers', async () => {
    const text = await raw(
      'POST /compute/v2.1/things HTTP/1.1\r\nHost: x\r\nX-Auth-Token: good\r\nContent-Length: 12\r\n\r\n{"name":"a"}',
      /size/,
    );
    expect(text).toMatch(/^HTTP\/1.1 202/);
    expect(text).toMatch(/\r\nX-Subject-Token: t\r\n/);
    expect(text).toMatch(/\r\nContent-Type: application\/json/);
    expect(text).toMatch(/"size":12/);
  });

  it('answers 401 before 100 Continue, so that a stranger sends no body', async () => {
    const request =
      'PUT /compute/v2.1/things/1/file HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n';
    expect(await raw(`${request}\r\n`, /\r\n\r\n/)).toMatch(/^HTTP\/1.1 401/);
    expect(await raw(`${request}X-Auth-Token: good\r\n\r\n`, /\r\n\r\n/)).toMatch(/^HTTP\/1.1 100 Continue/);
  });

  it('streams a body of any size to the handler', async () => {
    const body = Buffer.alloc(20_000_000, 'x');
    const response = await fetch(`${url}/things/1/file`, { method: 'PUT', headers: good, body });
    expect(await response.json()).toEqual({ size: 20_000_000 });
  });

  it('keeps what happened from the caller when it is a bug, and gives the request id', async () => {
    const response = await fetch(`${url}/boom`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/JSON|position/);
  });

  it('speaks of a URL that is none in the words of the API', async () => {
    const answer = await fetch(`${url}/compute/v2.1/things/%`, { headers: { 'X-Auth-Token': 'good' } });
    expect([answer.status, Object.keys((await answer.json()) as object)]).toEqual([400, ['badRequest']]);
  });

  it('renders an expected fault with its text', async () => {
    const response = await fetch(`${url}/conflict`);
    expect(response.status).toBe(409);
    expect(await response.json()).toEqual({ conflictingRequest: { code: 409, message: 'it is busy' } });
  });

  it('answers 404 for what is not there, HEAD like GET, and no body with 204', async () => {
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    const head = await fetch(`${url}/things/7`, { method: 'HEAD', headers: good });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });
});
