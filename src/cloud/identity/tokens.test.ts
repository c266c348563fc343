import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  adminPassword,
  demoPassword,
  type IdentityFixture,
  passwordBody,
  projectScope,
  startIdentity,
} from './identity.fixture.ts';

let cloud: IdentityFixture;
beforeAll(async () => {
  cloud = await startIdentity();
});
afterAll(() => cloud.close());

const signIn = (body: unknown, query = '') => cloud.call('POST', `/v3/auth/tokens${query}`, { body });

describe('discovery', () => {
  test('offers v3 without a token, with the exact media type', async () => {
    const list = await cloud.call('GET', '/');
    expect(list.status).toBe(300);
    const [version] = list.body.versions.values;
    expect(version).toEqual({
      id: 'v3.14',
      status: 'stable',
      updated: expect.any(String),
      links: [{ rel: 'self', href: `${cloud.url}/identity/v3/` }],
      'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
    });
    for (const path of ['/v3', '/v3/']) {
      expect(await cloud.call('GET', path)).toMatchObject({ status: 200, body: { version } });
    }
  });
});

describe('sign-in by password', () => {
  test('scoped to a project gives roles and catalog', async () => {
    const answer = await signIn(passwordBody('demo', demoPassword, projectScope('demo')));
    expect(answer.status).toBe(201);
    expect(answer.headers.get('vary')).toBe('X-Auth-Token');
    const { token } = answer.body;
    expect(token).toMatchObject({
      methods: ['password'],
      user: {
        id: cloud.ids.demoUserId,
        name: 'demo',
        domain: { id: 'default', name: 'Default' },
        password_expires_at: null,
      },
      project: { id: cloud.ids.demoProjectId, name: 'demo', domain: { id: 'default', name: 'Default' } },
      is_domain: false,
      audit_ids: [expect.stringMatching(/^[\w-]{22}$/)],
    });
    expect(token.roles.map(({ name }: { name: string }) => name)).toEqual(['member', 'reader']);
    const issued = Date.parse(token.issued_at);
    expect(Date.parse(token.expires_at) - issued).toBe(3_600_000);
    expect(token.expires_at).toMatch(/\.\d{6}Z$/);
    const heat = token.catalog.find(({ type }: { type: string }) => type === 'orchestration');
    expect(heat.endpoints.map((endpoint: { interface: string }) => endpoint.interface)).toEqual([
      'public',
      'internal',
      'admin',
    ]);
    expect(heat.endpoints[0]).toMatchObject({
      region: 'RegionOne',
      region_id: 'RegionOne',
      url: `${cloud.url}/orchestration/v1/${cloud.ids.demoProjectId}`,
    });
  });

  test('without a scope uses the default project; unscoped on demand', async () => {
    const scoped = await signIn(passwordBody('demo', demoPassword));
    expect(scoped.body.token.project.id).toBe(cloud.ids.demoProjectId);
    const bare = await signIn(passwordBody('demo', demoPassword, 'unscoped'));
    expect(Object.keys(bare.body.token).sort()).toEqual(['audit_ids', 'expires_at', 'issued_at', 'methods', 'user']);
  });

  test('to a domain and to the system, for who has a role there', async () => {
    const domain = await signIn(passwordBody('admin', adminPassword, { domain: { id: 'default' } }));
    expect(domain.body.token).toMatchObject({ domain: { id: 'default', name: 'Default' } });
    expect(domain.body.token.catalog.map(({ type }: { type: string }) => type)).toEqual(['identity', 'compute']);
    const system = await signIn(passwordBody('admin', adminPassword, { system: { all: true } }));
    expect(system.body.token.system).toEqual({ all: true });
    expect((await signIn(passwordBody('demo', demoPassword, { system: { all: true } }))).status).toBe(401);
  });

  test('leaves the catalog out with nocatalog', async () => {
    const answer = await signIn(passwordBody('demo', demoPassword), '?nocatalog');
    expect(answer.body.token.catalog).toBeUndefined();
  });

  test('ignores the case of names', async () => {
    expect((await signIn(passwordBody('DEMO', demoPassword, projectScope('Demo')))).status).toBe(201);
  });

  test.each([
    ['a wrong password', passwordBody('demo', 'wrong')],
    ['an unknown user', passwordBody('nobody', 'wrong')],
    ['an unknown project', passwordBody('demo', demoPassword, projectScope('nowhere'))],
    ["somebody else's project", passwordBody('demo', demoPassword, projectScope('admin'))],
    [
      'an unknown application credential',
      { auth: { identity: { methods: ['application_credential'], application_credential: { id: 'x', secret: 'y' } } } },
    ],
  ])('answers 401 to %s, always in the same words', async (_, body) => {
    const answer = await signIn(body);
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({
      error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' },
    });
  });

  test('does not find a token that is none, as Keystone says it', async () => {
    const answer = await signIn({ auth: { identity: { methods: ['token'], token: { id: 'nonsense' } } } });
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ error: { code: 404, message: 'Failed to validate token' } });
  });

  test.each([
    ['no body', {}],
    ['no method', { auth: { identity: { methods: [] } } }],
    ['a name with U+0000', passwordBody('de\u0000mo', 'x')],
    [
      'a password that is no text',
      { auth: { identity: { methods: ['password'], password: { user: { id: 'x', password: 1 } } } } },
    ],
  ])('answers 400 to %s', async (_, body) => {
    expect((await signIn(body)).status).toBe(400);
  });
});

describe('sign-in by token', () => {
  test('changes the scope, keeps expiry and remembers the chain', async () => {
    const first = await signIn(passwordBody('demo', demoPassword, 'unscoped'));
    const id = first.headers.get('x-subject-token');
    const identity = { methods: ['token'], token: { id } };
    const second = await signIn({ auth: { identity, scope: projectScope('demo') } });
    expect(second.status).toBe(201);
    expect(second.body.token.methods).toEqual(['password', 'token']);
    expect(second.body.token.expires_at).toBe(first.body.token.expires_at);
    expect(second.body.token.audit_ids[1]).toBe(first.body.token.audit_ids[0]);
  });
});

describe('validation and revocation', () => {
  test('validation answers what issuing answered', async () => {
    const issued = await signIn(passwordBody('demo', demoPassword));
    const token = issued.headers.get('x-subject-token') ?? '';
    const admin = await cloud.token('admin');
    for (const by of [token, admin]) {
      const shown = await cloud.call('GET', '/v3/auth/tokens', { token: by, headers: { 'X-Subject-Token': token } });
      expect(shown.status).toBe(200);
      expect(shown.body).toEqual(issued.body);
      expect(shown.headers.get('x-subject-token')).toBe(token);
    }
    const head = await cloud.call('HEAD', '/v3/auth/tokens', { token, headers: { 'X-Subject-Token': token } });
    expect(head.status).toBe(200);
  });

  test("others' tokens are not shown", async () => {
    const [demo, admin] = [await cloud.token('demo'), await cloud.token('admin')];
    const answer = await cloud.call('GET', '/v3/auth/tokens', { token: demo, headers: { 'X-Subject-Token': admin } });
    expect(answer.status).toBe(403);
  });

  test('a revoked token answers 404 to its validator, 401 to its bearer', async () => {
    const [demo, admin] = [await cloud.token('demo'), await cloud.token('admin')];
    const headers = { 'X-Subject-Token': demo };
    expect((await cloud.call('DELETE', '/v3/auth/tokens', { token: demo, headers })).status).toBe(204);
    expect((await cloud.call('GET', '/v3/auth/tokens', { token: admin, headers })).status).toBe(404);
    expect((await cloud.call('HEAD', '/v3/auth/tokens', { token: admin, headers })).status).toBe(404);
    expect((await cloud.call('GET', '/v3/auth/catalog', { token: demo })).status).toBe(401);
  });

  test('a token ends at its time', async () => {
    const other = await startIdentity({ tokenLifetimeMs: 60_000 });
    try {
      const token = await other.token('demo');
      await other.clock.advance(59_999);
      expect(await other.api.authenticate(token, 'req-1')).toBeDefined();
      await other.clock.advance(1);
      expect(await other.api.authenticate(token, 'req-1')).toBeUndefined();
    } finally {
      await other.close();
    }
  });
});

describe('bootstrap', () => {
  test('is repeatable and does not put passwords back', async () => {
    const again = await cloud.api.bootstrap({ adminPassword: 'another', demoPassword: 'another' });
    expect(again).toEqual(cloud.ids);
    expect((await signIn(passwordBody('admin', 'another'))).status).toBe(401);
    expect((await signIn(passwordBody('admin', adminPassword))).status).toBe(201);
  });
});

describe('the context of a caller', () => {
  test('has scope and implied roles', async () => {
    expect(await cloud.api.authenticate(await cloud.token('admin'), 'req-1')).toMatchObject({
      requestId: 'req-1',
      userName: 'admin',
      projectId: cloud.ids.adminProjectId,
      projectName: 'admin',
      roles: ['admin', 'manager', 'member', 'reader'],
      isAdmin: true,
    });
  });

  test('can be had for work that goes on later, while the user has a role in the project', async () => {
    const { demoUserId: userId, demoProjectId: projectId, adminProjectId } = cloud.ids;
    const context = await cloud.api.contextFor({ userId, projectId, requestId: 'req-2' });
    expect(context).toMatchObject({ userId, projectId, roles: ['member', 'reader'], isAdmin: false });
    const denied = cloud.api.contextFor({ userId, projectId: adminProjectId, requestId: 'req-2' });
    await expect(denied).rejects.toMatchObject({ code: 'forbidden' });
  });
});
