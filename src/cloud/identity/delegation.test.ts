import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IdentityFixture, passwordBody, projectScope, startIdentity } from './identity.fixture.ts';

let cloud: IdentityFixture;
let admin: string;
let demo: string;
beforeAll(async () => {
  cloud = await startIdentity();
  admin = await cloud.token('admin');
  demo = await cloud.token('demo');
});
afterAll(() => cloud.close());

const asAdmin = (method: string, path: string, body?: unknown) => cloud.call(method, path, { token: admin, body });
const asDemo = (method: string, path: string, body?: unknown) => cloud.call(method, path, { token: demo, body });

/** A user of the domain Default with a project of its own, and how it signs in. */
async function person(name: string) {
  const { id } = (await asAdmin('POST', '/v3/users', { user: { name, password: 'secret' } })).body.user;
  const project = (await asAdmin('POST', '/v3/projects', { project: { name } })).body.project.id;
  const member = (await asAdmin('GET', '/v3/roles?name=member')).body.roles[0].id;
  await asAdmin('PUT', `/v3/projects/${project}/users/${id}/roles/${member}`);
  const signIn = async (scope?: unknown) => {
    const answer = await cloud.call('POST', '/v3/auth/tokens', { body: passwordBody(name, 'secret', scope) });
    return { ...answer, token: answer.headers.get('x-subject-token') ?? '' };
  };
  return { id, project, member, signIn };
}

describe('a trust', () => {
  async function trust(label: string, attributes: Record<string, unknown> = {}) {
    const [trustor, trustee] = [await person(`${label} trustor`), await person(`${label} trustee`)];
    const { token } = await trustor.signIn(projectScope(`${label} trustor`));
    const made = await cloud.call('POST', '/v3/OS-TRUST/trusts', {
      token,
      body: {
        trust: {
          trustor_user_id: trustor.id,
          trustee_user_id: trustee.id,
          project_id: trustor.project,
          impersonation: true,
          roles: [{ name: 'reader' }],
          ...attributes,
        },
      },
    });
    const { id } = made.body.trust ?? {};
    const consume = () => trustee.signIn({ 'OS-TRUST:trust': { id } });
    return { trustor, trustee, token, made, id, consume };
  }

  test('lets its trustee act in the trustor’s name, with the roles that it gives and no others', async () => {
    const { trustor, trustee, consume, id } = await trust('name');
    const { status, body, token } = await consume();
    expect(status).toBe(201);
    expect(body.token).toMatchObject({
      user: { id: trustor.id },
      project: { id: trustor.project },
      roles: [{ name: 'reader' }],
      'OS-TRUST:trust': { id, impersonation: true, trustee_user: { id: trustee.id } },
    });
    expect(await cloud.api.authenticate(token, 'r')).toMatchObject({ userId: trustor.id, roles: ['reader'] });
  });

  test('without impersonation, in the trustee’s own', async () => {
    const { trustor, trustee, consume } = await trust('own', { impersonation: false });
    const { body } = await consume();
    expect(body.token).toMatchObject({ user: { id: trustee.id }, project: { id: trustor.project } });
  });

  test('ends with itself, with the trustor’s role, and with either account', async () => {
    const ways: Record<string, (of: Awaited<ReturnType<typeof trust>>) => Promise<unknown>> = {
      'the trust': ({ id, token }) => cloud.call('DELETE', `/v3/OS-TRUST/trusts/${id}`, { token }),
      'the role': ({ trustor }) =>
        asAdmin('DELETE', `/v3/projects/${trustor.project}/users/${trustor.id}/roles/${trustor.member}`),
      'the trustor': ({ trustor }) => asAdmin('PATCH', `/v3/users/${trustor.id}`, { user: { enabled: false } }),
      'the trustee': ({ trustee }) => asAdmin('PATCH', `/v3/users/${trustee.id}`, { user: { enabled: false } }),
    };
    for (const [label, end] of Object.entries(ways)) {
      const one = await trust(label);
      const { token } = await one.consume();
      await cloud.clock.advance(1);
      expect([label, await cloud.api.authenticate(token, 'r')]).toMatchObject([
        label,
        { projectId: one.trustor.project },
      ]);
      await end(one);
      expect([label, await cloud.api.authenticate(token, 'r')]).toEqual([label, undefined]);
    }
  });

  test('is used as often as it says', async () => {
    const { consume } = await trust('twice', { remaining_uses: 2 });
    expect([(await consume()).status, (await consume()).status, (await consume()).status]).toEqual([201, 201, 403]);
  });

  test('gives no more than the trustor has, and only by the trustor', async () => {
    expect((await trust('more', { roles: [{ name: 'admin' }] })).made.status).toBe(400);
    expect((await trust('none', { roles: [] })).made.status).toBe(403);
    expect((await trust('other', { trustor_user_id: cloud.ids.adminUserId })).made.status).toBe(403);
    expect((await trust('past', { expires_at: '2020-01-01T00:00:00Z' })).made.status).toBe(400);
  });

  test('its tokens make nothing that would last longer', async () => {
    const { consume, trustor } = await trust('limits');
    const { token } = await consume();
    const identity = { methods: ['token'], token: { id: token } };
    expect((await cloud.call('POST', '/v3/auth/tokens', { body: { auth: { identity } } })).status).toBe(403);
    const makes: [string, unknown][] = [
      [`/v3/users/${trustor.id}/application_credentials`, { application_credential: { name: 'x' } }],
      [`/v3/users/${trustor.id}/credentials/OS-EC2`, { tenant_id: trustor.project }],
      ['/v3/credentials', { credential: { type: 'x', blob: 'y' } }],
    ];
    for (const [path, body] of makes) {
      expect([path, (await cloud.call('POST', path, { token, body })).status]).toEqual([path, 403]);
    }
  });

  test('is handed on as often as it allows, and ends what it was handed on by', async () => {
    const { consume, trustor, id, token } = await trust('chain', { allow_redelegation: true, redelegation_count: 1 });
    const third = await person('chain third');
    const handOn = async (by: string) =>
      cloud.call('POST', '/v3/OS-TRUST/trusts', {
        token: by,
        body: {
          trust: {
            trustor_user_id: trustor.id,
            trustee_user_id: third.id,
            project_id: trustor.project,
            impersonation: true,
            allow_redelegation: true,
            roles: [{ name: 'reader' }],
          },
        },
      });
    const handed = await handOn((await consume()).token);
    expect(handed.body.trust).toMatchObject({ redelegated_trust_id: id, redelegation_count: 0 });
    const last = await third.signIn({ 'OS-TRUST:trust': { id: handed.body.trust.id } });
    expect(last.status).toBe(201);
    expect((await handOn(last.token)).status).toBe(403);
    await cloud.call('DELETE', `/v3/OS-TRUST/trusts/${id}`, { token });
    expect(await cloud.api.authenticate(last.token, 'r')).toBeUndefined();
  });

  test('is nobody else’s to see', async () => {
    const { id } = await trust('private');
    expect((await asDemo('GET', `/v3/OS-TRUST/trusts/${id}`)).status).toBe(404);
    expect((await asDemo('DELETE', `/v3/OS-TRUST/trusts/${id}`)).status).toBe(404);
    expect((await asDemo('GET', '/v3/OS-TRUST/trusts')).status).toBe(403);
    expect((await asAdmin('GET', `/v3/OS-TRUST/trusts/${id}`)).status).toBe(200);
  });
});

describe('an application credential with access rules', () => {
  test('makes the calls that they name and no others', async () => {
    const { demoUserId, demoProjectId } = cloud.ids;
    const made = await asDemo('POST', `/v3/users/${demoUserId}/application_credentials`, {
      application_credential: {
        name: 'ruled',
        access_rules: [{ service: 'identity', method: 'GET', path: '/v3/projects/*' }],
      },
    });
    const { id, secret, access_rules } = made.body.application_credential;
    expect(access_rules).toMatchObject([{ service: 'identity', path: '/v3/projects/*' }]);
    const identity = { methods: ['application_credential'], application_credential: { id, secret } };
    const answer = await cloud.call('POST', '/v3/auth/tokens', { body: { auth: { identity } } });
    const token = answer.headers.get('x-subject-token') ?? '';
    expect((await cloud.call('GET', `/v3/projects/${demoProjectId}`, { token })).status).toBe(200);
    expect((await cloud.call('GET', `/v3/users/${demoUserId}`, { token })).status).toBe(401);
    expect((await cloud.call('DELETE', `/v3/projects/${demoProjectId}`, { token })).status).toBe(401);
  });
});

describe('EC2 credentials', () => {
  const post = (path: string, body: unknown, token = admin) => cloud.call('POST', path, { token, body });
  async function keys() {
    const { demoUserId, demoProjectId } = cloud.ids;
    const made = await asDemo('POST', `/v3/users/${demoUserId}/credentials/OS-EC2`, { tenant_id: demoProjectId });
    return made.body.credential as { access: string; secret: string };
  }
  const signed = (secret: string, time: Date) => {
    const params = { SignatureVersion: '2', SignatureMethod: 'HmacSHA256', Timestamp: time.toISOString() };
    const query = `SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp=${encodeURIComponent(params.Timestamp)}`;
    const signature = createHmac('sha256', secret).update(`GET\nhost\n/\n${query}`).digest('base64');
    return { signature, host: 'host', verb: 'GET', path: '/', params };
  };

  test('sign requests, for which services get a token of their owner', async () => {
    const { access, secret } = await keys();
    const credentials = { access, ...signed(secret, cloud.clock.now()) };
    const answer = await post('/v3/ec2tokens', { credentials });
    expect(answer.status).toBe(200);
    expect(answer.body.token).toMatchObject({
      user: { id: cloud.ids.demoUserId },
      project: { id: cloud.ids.demoProjectId },
      methods: ['ec2credential'],
    });
    const token = answer.headers.get('x-subject-token') ?? '';
    expect(await cloud.api.authenticate(token, 'r')).toMatchObject({ userId: cloud.ids.demoUserId });
    expect((await post('/v3/ec2tokens', { credentials }, demo)).status).toBe(403);
  });

  test('do not sign with a wrong secret, long ago, or after they are deleted', async () => {
    const { access, secret } = await keys();
    const old = new Date(cloud.clock.now().getTime() - 3_600_000);
    for (const attempt of [signed('wrong', cloud.clock.now()), signed(secret, old)]) {
      expect((await post('/v3/ec2tokens', { credentials: { access, ...attempt } })).status).toBe(401);
    }
    const credentials = { access, ...signed(secret, cloud.clock.now()) };
    await asDemo('DELETE', `/v3/users/${cloud.ids.demoUserId}/credentials/OS-EC2/${access}`);
    expect((await post('/v3/ec2tokens', { credentials })).status).toBe(401);
  });

  test('sign what an S3 service puts together', async () => {
    const { access, secret } = await keys();
    const text = 'GET\n\n\n\n/bucket/object';
    const signature = createHmac('sha1', secret).update(text).digest('base64');
    const credentials = { access, signature, token: Buffer.from(text).toString('base64') };
    expect((await post('/v3/s3tokens', { credentials })).body.token.project.id).toBe(cloud.ids.demoProjectId);
    const other = { ...credentials, token: Buffer.from(`${text}s`).toString('base64') };
    expect((await post('/v3/s3tokens', { credentials: other })).status).toBe(401);
  });

  test('are their owner’s, and lie sealed in the database', async () => {
    const { access, secret } = await keys();
    const path = `/v3/users/${cloud.ids.demoUserId}/credentials/OS-EC2`;
    const { id, project } = await person('ec2 stranger');
    const identity = { methods: ['password'], password: { user: { id, password: 'secret' } } };
    const scope = { project: { id: project } };
    const answer = await cloud.call('POST', '/v3/auth/tokens', { body: { auth: { identity, scope } } });
    const stranger = answer.headers.get('x-subject-token') ?? '';
    const credentialId = createHash('sha256').update(access).digest('hex');
    expect((await cloud.call('GET', path, { token: stranger })).status).toBe(403);
    expect((await cloud.call('GET', `/v3/credentials/${credentialId}`, { token: stranger })).status).toBe(404);
    expect((await cloud.call('GET', '/v3/credentials', { token: stranger })).body.credentials).toEqual([]);
    expect((await asDemo('GET', `/v3/credentials/${credentialId}`)).body.credential.blob).toContain(secret);
    const { rows } = await cloud.store.pool.query('select blob from identity.credential where id = $1', [credentialId]);
    expect(rows[0].blob).not.toContain(secret);
  });
});
