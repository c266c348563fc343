import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IdentityFixture, passwordBody, projectScope, startIdentity } from './identity.fixture.ts';
import type { IdentityApi } from './index.ts';

let cloud: IdentityFixture;
let admin: string;
/** Another process that hears no notification: it must notice by itself. */
let twin: IdentityApi;

beforeAll(async () => {
  cloud = await startIdentity();
  admin = await cloud.token('admin');
  twin = cloud.deafTwin().api;
});
afterAll(() => cloud.close());

const asAdmin = (method: string, path: string, body?: unknown) => cloud.call(method, path, { token: admin, body });

async function id(kind: string, attributes: Record<string, unknown>): Promise<string> {
  return (await asAdmin('POST', `/v3/${kind}s`, { [kind]: attributes })).body[kind].id;
}

/** A fresh user with `member` in a fresh project of a fresh domain, and a token of theirs. */
async function newcomer(label: string) {
  const domain = await id('domain', { name: label });
  const project = await id('project', { name: 'p', domain_id: domain });
  const user = await id('user', { name: 'u', password: 'secret', domain_id: domain });
  const role = await id('role', { name: label });
  await asAdmin('PUT', `/v3/projects/${project}/users/${user}/roles/${role}`);
  const identity = { methods: ['password'], password: { user: { id: user, password: 'secret' } } };
  const body = { auth: { identity, scope: { project: { id: project } } } };
  const signIn = () => cloud.call('POST', '/v3/auth/tokens', { body });
  const token = (await signIn()).headers.get('x-subject-token') ?? '';
  return { domain, project, user, role, token, signIn };
}
/** A second is what is promised; the rest is for a busy machine. */
async function ends(process: IdentityApi, token: string): Promise<void> {
  const started = performance.now();
  while ((await process.authenticate(token, 'req-2')) !== undefined) {
    expect(performance.now() - started).toBeLessThan(3000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

type Newcomer = Awaited<ReturnType<typeof newcomer>>;

const ways: Record<string, (who: Newcomer) => Promise<unknown>> = {
  'the token is revoked': ({ token }) =>
    cloud.call('DELETE', '/v3/auth/tokens', { token, headers: { 'X-Subject-Token': token } }),
  'the user is disabled': ({ user }) => asAdmin('PATCH', `/v3/users/${user}`, { user: { enabled: false } }),
  'the user is deleted': ({ user }) => asAdmin('DELETE', `/v3/users/${user}`),
  'an administrator sets the password': ({ user }) =>
    asAdmin('PATCH', `/v3/users/${user}`, { user: { password: 'other' } }),
  'the user changes the password': ({ user }) =>
    asAdmin('POST', `/v3/users/${user}/password`, { user: { original_password: 'secret', password: 'other' } }),
  'the role is taken back': ({ user, project, role }) =>
    asAdmin('DELETE', `/v3/projects/${project}/users/${user}/roles/${role}`),
  'the role is deleted': ({ role }) => asAdmin('DELETE', `/v3/roles/${role}`),
  'the project is disabled': ({ project }) =>
    asAdmin('PATCH', `/v3/projects/${project}`, { project: { enabled: false } }),
  'the project is deleted': ({ project }) => asAdmin('DELETE', `/v3/projects/${project}`),
  'the domain is disabled': ({ domain }) => asAdmin('PATCH', `/v3/domains/${domain}`, { domain: { enabled: false } }),
};

describe('a token ends at once in the process that answers, and within a second in every other, when', () => {
  test.concurrent.each(Object.entries(ways))('%s', async (label, act) => {
    const who = await newcomer(label);
    // Time moves, so that the token is older than what happens next.
    await cloud.clock.advance(1);
    expect(await cloud.api.authenticate(who.token, 'req-1')).toMatchObject({
      userId: who.user,
      projectId: who.project,
    });
    expect(await twin.authenticate(who.token, 'req-1')).toMatchObject({ userId: who.user });
    await act(who);
    expect(await cloud.api.authenticate(who.token, 'req-2')).toBeUndefined();
    await ends(twin, who.token);
  });
});

test('a user who is enabled again needs a new token', async () => {
  const who = await newcomer('back again');
  await cloud.clock.advance(1);
  await asAdmin('PATCH', `/v3/users/${who.user}`, { user: { enabled: false } });
  expect((await who.signIn()).status).toBe(401);
  await asAdmin('PATCH', `/v3/users/${who.user}`, { user: { enabled: true } });
  expect(await cloud.api.authenticate(who.token, 'req-1')).toBeUndefined();
  expect((await who.signIn()).status).toBe(201);
});

test('a user whose tokens were ended by a clock that was set back since can sign in, and the old tokens stay ended', async () => {
  const who = await newcomer('set back');
  await cloud.clock.advance(1);
  await asAdmin('PATCH', `/v3/users/${who.user}`, { user: { password: 'secret' } });
  cloud.clock.set(new Date(cloud.clock.now().getTime() - 3 * 3_600_000));
  const answer = await who.signIn();
  expect(answer.status).toBe(201);
  expect(await cloud.api.authenticate(answer.headers.get('x-subject-token') ?? '', 'r')).toBeDefined();
  expect(await cloud.api.authenticate(who.token, 'r')).toBeUndefined();
  await cloud.clock.advance(3 * 3_600_000);
});

test('a token keeps working with the roles that are left', async () => {
  const who = await newcomer('two roles');
  const reader = (await asAdmin('GET', '/v3/roles?name=reader')).body.roles[0].id;
  await asAdmin('PUT', `/v3/projects/${who.project}/users/${who.user}/roles/${reader}`);
  expect(await cloud.api.authenticate(who.token, 'r')).toMatchObject({ roles: ['reader', 'two roles'] });
  await asAdmin('DELETE', `/v3/projects/${who.project}/users/${who.user}/roles/${who.role}`);
  expect(await cloud.api.authenticate(who.token, 'r')).toMatchObject({ roles: ['reader'] });
});

test('an application credential that is deleted takes its tokens along', async () => {
  const demo = await cloud.token('demo');
  const collection = `/v3/users/${cloud.ids.demoUserId}/application_credentials`;
  const made = await cloud.call('POST', collection, { token: demo, body: { application_credential: { name: 'x' } } });
  const { id: credential, secret } = made.body.application_credential;
  const identity = { methods: ['application_credential'], application_credential: { id: credential, secret } };
  const answer = await cloud.call('POST', '/v3/auth/tokens', { body: { auth: { identity } } });
  const token = answer.headers.get('x-subject-token') ?? '';
  expect(await cloud.api.authenticate(token, 'r')).toBeDefined();
  await cloud.call('DELETE', `${collection}/${credential}`, { token: demo });
  expect(await cloud.api.authenticate(token, 'r')).toBeUndefined();
});

test('a process that has missed too many changes forgets everything', async () => {
  const token = await cloud.token('demo');
  const late = cloud.deafTwin().api;
  expect(await late.authenticate(token, 'r')).toBeDefined();
  await cloud.store.pool.query('update identity.user set enabled = false where id = $1', [cloud.ids.demoUserId]);
  await cloud.store.pool.query(`insert into identity.change (key) select 'other' from generate_series(1, 10500)`);
  await asAdmin('PATCH', `/v3/projects/${cloud.ids.adminProjectId}`, { project: {} });
  await ends(late, token);
  await cloud.store.pool.query('update identity.user set enabled = true where id = $1', [cloud.ids.demoUserId]);
});

test('what other processes did is seen by the next sign-in', async () => {
  const fresh = await startIdentity();
  try {
    const other = fresh.deafTwin();
    await other.api.bootstrap({ adminPassword: 'x', demoPassword: 'x' });
    await fresh.store.pool.query(`update identity.project set enabled = false where name = 'demo'`);
    await fresh.store.pool.query(`insert into identity.change (key) values ('*')`);
    const body = passwordBody('demo', 'demo-password', projectScope('demo'));
    expect((await fresh.call('POST', '/v3/auth/tokens', { body })).status).toBe(401);
  } finally {
    await fresh.close();
  }
});
