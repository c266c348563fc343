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

async function make(kind: string, attributes: Record<string, unknown>) {
  const answer = await asAdmin('POST', `/v3/${kind}s`, { [kind]: attributes });
  expect(answer.status).toBe(201);
  return answer.body[kind];
}

describe('domains', () => {
  test('are created, found by name, renamed, and deleted once disabled', async () => {
    const domain = await make('domain', { name: 'Lab', description: 'a lab' });
    expect(domain).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'Lab',
      description: 'a lab',
      enabled: true,
      tags: [],
      options: {},
      links: { self: `${cloud.url}/identity/v3/domains/${domain.id}` },
    });
    const found = await asAdmin('GET', '/v3/domains?name=lab');
    expect(found.body).toEqual({
      links: { next: null, self: `${cloud.url}/identity/v3/domains?name=lab`, previous: null },
      domains: [domain],
    });
    const one = `/v3/domains/${domain.id}`;
    expect((await asAdmin('DELETE', one)).status).toBe(403);
    const changed = await asAdmin('PATCH', one, { domain: { name: 'Laboratory', enabled: false } });
    expect(changed.body.domain).toMatchObject({ name: 'Laboratory', description: 'a lab', enabled: false });
    expect((await asAdmin('GET', '/v3/domains?enabled=false')).body.domains).toHaveLength(1);
    expect((await asAdmin('DELETE', one)).status).toBe(204);
    expect((await asAdmin('GET', one)).status).toBe(404);
  });

  test('take their users, projects and roles with them', async () => {
    const domain = await make('domain', { name: 'Gone' });
    const parent = await make('project', { name: 'p', domain_id: domain.id });
    const child = await make('project', { name: 'c', parent_id: parent.id });
    const user = await make('user', { name: 'u', domain_id: domain.id });
    const role = (await asAdmin('GET', '/v3/roles?name=member')).body.roles[0];
    await asAdmin('PUT', `/v3/projects/${child.id}/users/${user.id}/roles/${role.id}`);
    await asAdmin('PATCH', `/v3/domains/${domain.id}`, { domain: { enabled: false } });
    expect((await asAdmin('DELETE', `/v3/domains/${domain.id}`)).status).toBe(204);
    expect((await asAdmin('GET', `/v3/projects/${child.id}`)).status).toBe(404);
    expect((await asAdmin('GET', `/v3/users/${user.id}`)).status).toBe(404);
    const left = await asAdmin('GET', `/v3/role_assignments?scope.project.id=${child.id}`);
    expect(left.body.role_assignments).toEqual([]);
  });

  test('the default one is shown to its users, and is never deleted', async () => {
    expect((await asDemo('GET', '/v3/domains/default')).body.domain.name).toBe('Default');
    const other = await make('domain', { name: 'Elsewhere' });
    expect((await asDemo('GET', `/v3/domains/${other.id}`)).status).toBe(404);
    expect((await asAdmin('DELETE', '/v3/domains/default')).status).toBe(403);
  });
});

describe('projects', () => {
  test('live in a domain below it or below another project', async () => {
    const project = await make('project', { name: 'One', domain_id: 'default', tags: ['a'], cost_centre: 42 });
    expect(project).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'One',
      domain_id: 'default',
      parent_id: 'default',
      description: '',
      enabled: true,
      is_domain: false,
      tags: ['a'],
      options: {},
      cost_centre: 42,
      links: { self: `${cloud.url}/identity/v3/projects/${project.id}` },
    });
    const child = await make('project', { name: 'Two', parent_id: project.id });
    expect(child).toMatchObject({ parent_id: project.id, domain_id: 'default' });
    const children = await asAdmin('GET', `/v3/projects?parent_id=${project.id}`);
    expect(children.body.projects).toEqual([child]);
    expect((await asAdmin('DELETE', `/v3/projects/${project.id}`)).status).toBe(403);
    for (const { id } of [child, project]) expect((await asAdmin('DELETE', `/v3/projects/${id}`)).status).toBe(204);
  });

  test('have names that are unique in the domain whatever their case', async () => {
    expect((await asAdmin('POST', '/v3/projects', { project: { name: 'DEMO' } })).status).toBe(409);
    const other = await make('domain', { name: 'Other' });
    await make('project', { name: 'demo', domain_id: other.id });
  });

  test('stay where they are', async () => {
    const project = await make('project', { name: 'Still' });
    const moved = await asAdmin('PATCH', `/v3/projects/${project.id}`, { project: { domain_id: 'elsewhere' } });
    expect(moved.status).toBe(400);
    const same = await asAdmin('PATCH', `/v3/projects/${project.id}`, { project: { domain_id: 'default', extra: 1 } });
    expect(same.body.project).toMatchObject({ name: 'Still', extra: 1 });
  });

  test('are shown to administrators and to who has a role there', async () => {
    const { demoProjectId, demoUserId, adminProjectId } = cloud.ids;
    expect((await asDemo('GET', `/v3/projects/${demoProjectId}`)).body.project.name).toBe('demo');
    expect((await asDemo('GET', `/v3/projects/${adminProjectId}`)).status).toBe(403);
    expect((await asDemo('GET', '/v3/projects')).status).toBe(403);
    for (const path of [`/v3/users/${demoUserId}/projects`, '/v3/auth/projects']) {
      const { projects } = (await asDemo('GET', path)).body;
      expect(projects.map(({ id }: { id: string }) => id)).toEqual([demoProjectId]);
    }
    expect((await asDemo('GET', `/v3/users/${cloud.ids.adminUserId}/projects`)).status).toBe(403);
  });

  test('are listed page by page', async () => {
    const seen: string[] = [];
    let path = '/v3/projects?limit=2';
    for (let page = 0; page < 20; page += 1) {
      const { body } = await asAdmin('GET', path);
      seen.push(...body.projects.map(({ id }: { id: string }) => id));
      if (body.links.next === null) break;
      path = body.links.next.slice(`${cloud.url}/identity`.length);
    }
    const all = (await asAdmin('GET', '/v3/projects')).body.projects.map(({ id }: { id: string }) => id);
    expect(all.length).toBeGreaterThan(2);
    expect(seen).toEqual(all);
  });
});

describe('users', () => {
  test('are created with extras, found, changed and deleted', async () => {
    const user = await make('user', { name: 'ada', password: 'first', email: 'ada@example.org' });
    expect(user).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'ada',
      domain_id: 'default',
      enabled: true,
      email: 'ada@example.org',
      password_expires_at: null,
      options: {},
      links: { self: `${cloud.url}/identity/v3/users/${user.id}` },
    });
    expect((await asAdmin('GET', '/v3/users?name=ADA&domain_id=default')).body.users).toEqual([user]);
    const changed = await asAdmin('PATCH', `/v3/users/${user.id}`, { user: { name: 'ada l', email: 'a@l' } });
    expect(changed.body.user).toMatchObject({ name: 'ada l', email: 'a@l' });
    expect((await asAdmin('POST', '/v3/users', { user: { name: 'Ada L' } })).status).toBe(409);
    expect((await asAdmin('DELETE', `/v3/users/${user.id}`)).status).toBe(204);
    expect((await asAdmin('DELETE', `/v3/users/${user.id}`)).status).toBe(404);
  });

  test('never show a password or its hash', async () => {
    const answer = await asAdmin('GET', '/v3/users');
    expect(JSON.stringify(answer.body)).not.toContain('argon2');
  });

  test('see themselves and nobody else', async () => {
    expect((await asDemo('GET', `/v3/users/${cloud.ids.demoUserId}`)).body.user.name).toBe('demo');
    expect((await asDemo('GET', `/v3/users/${cloud.ids.adminUserId}`)).status).toBe(403);
    expect((await asDemo('GET', '/v3/users')).status).toBe(403);
    const rename = { user: { name: 'x' } };
    expect((await asDemo('PATCH', `/v3/users/${cloud.ids.demoUserId}`, rename)).status).toBe(403);
  });

  test('change their own password by the old one', async () => {
    const user = await make('user', { name: 'eve', password: 'first' });
    const change = (original_password: string, password: string) =>
      cloud.call('POST', `/v3/users/${user.id}/password`, { body: { user: { original_password, password } } });
    expect((await change('wrong', 'second')).status).toBe(401);
    expect((await change('first', 'second')).status).toBe(204);
    const signIn = async (password: string) =>
      (await cloud.call('POST', '/v3/auth/tokens', { body: passwordBody('eve', password) })).status;
    expect(await signIn('first')).toBe(401);
    expect(await signIn('second')).toBe(201);
  });

  test('without a password cannot sign in by one', async () => {
    await make('user', { name: 'silent' });
    for (const password of ['null', '', ' ']) {
      const { status } = await cloud.call('POST', '/v3/auth/tokens', { body: passwordBody('silent', password) });
      expect([400, 401]).toContain(status);
    }
  });

  test('keep attributes of any shape that JSON can say', async () => {
    const odd = { nul: 'a\u0000b', lone: '\ud800', deep: { list: [1, null] } };
    const user = await make('user', { name: 'odd', odd });
    expect((await asAdmin('GET', `/v3/users/${user.id}`)).body.user.odd).toEqual(odd);
  });
});

describe('roles', () => {
  test('are listed, created once per name, renamed and deleted; the built-in ones stay', async () => {
    const role = await make('role', { name: 'auditor' });
    expect(role).toMatchObject({ name: 'auditor', domain_id: null, description: null, options: {} });
    expect((await asAdmin('POST', '/v3/roles', { role: { name: 'Auditor' } })).status).toBe(409);
    const one = `/v3/roles/${role.id}`;
    expect((await asAdmin('PATCH', one, { role: { name: 'inspector' } })).body.role.name).toBe('inspector');
    expect((await asAdmin('DELETE', one)).status).toBe(204);
    const member = (await asAdmin('GET', '/v3/roles?name=member')).body.roles[0];
    expect((await asAdmin('DELETE', `/v3/roles/${member.id}`)).status).toBe(403);
    expect((await asAdmin('PATCH', `/v3/roles/${member.id}`, { role: { name: 'x' } })).status).toBe(403);
  });

  test.each(['projects', 'domains', 'system'])('are granted, checked, listed and taken back: %s', async (kind) => {
    const user = await make('user', { name: `grantee-${kind}` });
    const reader = (await asAdmin('GET', '/v3/roles?name=reader')).body.roles[0];
    const place = { projects: `/projects/${cloud.ids.demoProjectId}`, domains: '/domains/default', system: '/system' }[
      kind
    ];
    const list = `/v3${place}/users/${user.id}/roles`;
    const grant = `${list}/${reader.id}`;
    expect((await asAdmin('HEAD', grant)).status).toBe(404);
    for (let twice = 0; twice < 2; twice += 1) expect((await asAdmin('PUT', grant)).status).toBe(204);
    expect((await asAdmin('HEAD', grant)).status).toBe(204);
    expect((await asAdmin('GET', grant)).status).toBe(204);
    expect((await asAdmin('GET', list)).body.roles).toEqual([reader]);
    const { role_assignments } = (await asAdmin('GET', `/v3/role_assignments?user.id=${user.id}`)).body;
    expect(role_assignments).toMatchObject([{ role: { id: reader.id }, links: { assignment: expect.any(String) } }]);
    expect((await asAdmin('DELETE', grant)).status).toBe(204);
    expect((await asAdmin('DELETE', grant)).status).toBe(404);
  });

  test('are not granted to, in or of what does not exist', async () => {
    const { demoUserId, demoProjectId } = cloud.ids;
    const reader = (await asAdmin('GET', '/v3/roles?name=reader')).body.roles[0].id;
    for (const [project, user, role] of [
      ['nowhere', demoUserId, reader],
      [demoProjectId, 'nobody', reader],
      [demoProjectId, demoUserId, 'nothing'],
    ]) {
      expect((await asAdmin('PUT', `/v3/projects/${project}/users/${user}/roles/${role}`)).status).toBe(404);
    }
  });

  test('assignments show names and implied roles on demand', async () => {
    const { demoUserId, demoProjectId } = cloud.ids;
    const path = `/v3/role_assignments?user.id=${demoUserId}&scope.project.id=${demoProjectId}&include_names`;
    const named = (await asAdmin('GET', path)).body.role_assignments;
    expect(named).toMatchObject([
      {
        role: { name: 'member' },
        user: { name: 'demo', domain: { id: 'default', name: 'Default' } },
        scope: { project: { id: demoProjectId, name: 'demo', domain: { id: 'default', name: 'Default' } } },
      },
    ]);
    const effective = (await asAdmin('GET', `${path}&effective=True`)).body.role_assignments;
    expect(effective.map(({ role }: { role: { name: string } }) => role.name)).toEqual(['member', 'reader']);
  });
});

describe('application credentials', () => {
  const mine = () => `/v3/users/${cloud.ids.demoUserId}/application_credentials`;
  const signInWith = (application_credential: unknown, scope?: unknown) =>
    cloud.call('POST', '/v3/auth/tokens', {
      body: {
        auth: {
          identity: { methods: ['application_credential'], application_credential },
          ...(scope !== undefined && { scope }),
        },
      },
    });
  async function create(attributes: Record<string, unknown>, token = demo) {
    const body = { application_credential: attributes };
    const answer = await cloud.call('POST', mine(), { token, body });
    return { status: answer.status, credential: answer.body.application_credential };
  }

  test('sign in for their project with their roles, and show their secret once', async () => {
    const { status, credential } = await create({ name: 'deploy', roles: [{ name: 'reader' }] });
    expect(status).toBe(201);
    expect(credential).toMatchObject({
      name: 'deploy',
      description: null,
      project_id: cloud.ids.demoProjectId,
      unrestricted: false,
      expires_at: null,
      roles: [{ name: 'reader', domain_id: null }],
      secret: expect.any(String),
    });
    const shown = (await asDemo('GET', `${mine()}/${credential.id}`)).body.application_credential;
    expect(shown.secret).toBeUndefined();
    expect((await asDemo('GET', `${mine()}?name=deploy`)).body.application_credentials).toEqual([shown]);

    const byId = await signInWith({ id: credential.id, secret: credential.secret });
    expect(byId.body.token).toMatchObject({
      methods: ['application_credential'],
      project: { id: cloud.ids.demoProjectId },
      roles: [{ name: 'reader' }],
      application_credential: { id: credential.id, name: 'deploy', restricted: true },
    });
    const user = { name: 'demo', domain: { name: 'Default' } };
    expect((await signInWith({ name: 'deploy', user, secret: credential.secret })).status).toBe(201);
    expect((await signInWith({ id: credential.id, secret: 'wrong' })).status).toBe(401);
    expect((await signInWith({ id: credential.id, secret: credential.secret }, projectScope('admin'))).status).toBe(
      401,
    );
  });

  test('take a secret of the caller', async () => {
    const { credential } = await create({ name: 'own secret', secret: 'chosen by me' });
    expect(credential.secret).toBe('chosen by me');
    expect((await signInWith({ id: credential.id, secret: 'chosen by me' })).status).toBe(201);
  });

  test('that are restricted make no other ones; unrestricted ones do', async () => {
    for (const unrestricted of [false, true]) {
      const { credential } = await create({ name: `made ${unrestricted}`, unrestricted });
      const answer = await signInWith({ id: credential.id, secret: credential.secret });
      const token = answer.headers.get('x-subject-token') ?? '';
      expect((await create({ name: `again ${unrestricted}` }, token)).status).toBe(unrestricted ? 201 : 403);
      const one = `${mine()}/${credential.id}`;
      expect((await cloud.call('DELETE', one, { token })).status).toBe(unrestricted ? 204 : 403);
    }
  });

  test('cannot be made for more than the token may, for others, or twice under a name', async () => {
    expect((await create({ name: 'greedy', roles: [{ name: 'admin' }] })).status).toBe(400);
    expect((await create({ name: 'ruled', access_rules: [{ path: '/' }] })).status).toBe(400);
    expect((await create({ name: 'twice' })).status).toBe(201);
    expect((await create({ name: 'twice' })).status).toBe(409);
    const foreign = { application_credential: { name: 'foreign' } };
    const others = `/v3/users/${cloud.ids.adminUserId}/application_credentials`;
    expect((await asDemo('POST', others, foreign)).status).toBe(403);
    expect((await asAdmin('POST', mine(), foreign)).status).toBe(403);
  });

  test('end at their time, which is shown as it was given', async () => {
    const at = new Date(cloud.clock.now().getTime() + 60_000).toISOString().replace(/\.\d+Z/, '.123456');
    const { credential } = await create({ name: 'short', expires_at: at });
    expect(credential.expires_at).toBe(at);
    const answer = await signInWith({ id: credential.id, secret: credential.secret });
    expect(Date.parse(answer.body.token.expires_at)).toBe(Date.parse(`${at.slice(0, 23)}Z`));
    for (const wrong of ['2020-01-01T00:00:00', 'tomorrow', '2999-02-31T00:00:00Z', '']) {
      expect((await create({ name: 'wrong', expires_at: wrong })).status).toBe(400);
    }
  });
});

describe('the catalog', () => {
  test('is shown for the scope, and as services, endpoints and regions', async () => {
    const { catalog } = (await asDemo('GET', '/v3/auth/catalog')).body;
    expect(catalog.map(({ type }: { type: string }) => type)).toEqual(['identity', 'compute', 'orchestration']);
    const { services } = (await asAdmin('GET', '/v3/services?type=compute')).body;
    expect(services).toMatchObject([{ name: 'nova', enabled: true, links: { self: expect.any(String) } }]);
    const { endpoints } = (await asAdmin('GET', `/v3/endpoints?service_id=${services[0].id}&interface=public`)).body;
    expect(endpoints).toMatchObject([{ url: `${cloud.url}/compute/v2.1`, region_id: 'RegionOne' }]);
    expect((await asDemo('GET', '/v3/regions/RegionOne')).body.region).toMatchObject({ id: 'RegionOne' });
    expect((await asDemo('GET', '/v3/regions/Mars')).status).toBe(404);
  });
});
