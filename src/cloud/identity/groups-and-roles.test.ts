import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IdentityFixture, startIdentity } from './identity.fixture.ts';

let cloud: IdentityFixture;
let admin: string;
beforeAll(async () => {
  cloud = await startIdentity();
  admin = await cloud.token('admin');
});
afterAll(() => cloud.close());

const asAdmin = (method: string, path: string, body?: unknown) => cloud.call(method, path, { token: admin, body });

async function make(kind: string, attributes: Record<string, unknown>): Promise<string> {
  const answer = await asAdmin('POST', `/v3/${kind}s`, { [kind]: attributes });
  expect(answer.status).toBe(201);
  return answer.body[kind].id;
}

async function ok(method: string, path: string, status = 204): Promise<void> {
  expect([method, path, (await asAdmin(method, path)).status]).toEqual([method, path, status]);
}

const roleId = async (name: string) => (await asAdmin('GET', `/v3/roles?name=${name}`)).body.roles[0].id;

/** A domain with a tree of projects `top` > `middle` > `leaf`, a user and a group that the user is in. */
async function scene(name: string) {
  const domain = await make('domain', { name });
  const top = await make('project', { name: 'top', domain_id: domain });
  const middle = await make('project', { name: 'middle', parent_id: top });
  const leaf = await make('project', { name: 'leaf', parent_id: middle });
  const user = await make('user', { name: 'u', password: 'secret', domain_id: domain });
  const group = await make('group', { name: 'g', domain_id: domain });
  await ok('PUT', `/v3/groups/${group}/users/${user}`);
  const role = await make('role', { name });
  const signIn = (scope: unknown) => {
    const identity = { methods: ['password'], password: { user: { id: user, password: 'secret' } } };
    return cloud.call('POST', '/v3/auth/tokens', { body: { auth: { identity, scope } } });
  };
  const rolesIn = async (project: string) => {
    const answer = await signIn({ project: { id: project } });
    return answer.status === 201 ? answer.body.token.roles.map((one: { name: string }) => one.name) : answer.status;
  };
  return { domain, top, middle, leaf, user, group, role, signIn, rolesIn };
}

describe('groups', () => {
  test('give their roles to their members, as long as both last', async () => {
    const { group, user, top, role, rolesIn } = await scene('group roles');
    const grant = `/v3/projects/${top}/groups/${group}/roles/${role}`;
    expect(await rolesIn(top)).toBe(401);
    await ok('PUT', grant);
    await ok('HEAD', grant);
    expect(await rolesIn(top)).toEqual(['group roles']);
    await ok('DELETE', `/v3/groups/${group}/users/${user}`);
    expect(await rolesIn(top)).toBe(401);
    await ok('PUT', `/v3/groups/${group}/users/${user}`);
    expect(await rolesIn(top)).toEqual(['group roles']);
    await ok('DELETE', `/v3/groups/${group}`);
    expect(await rolesIn(top)).toBe(401);
  });

  test('a token of a member ends in every process when the member leaves', async () => {
    const { group, user, top, role, signIn } = await scene('leaving');
    await ok('PUT', `/v3/projects/${top}/groups/${group}/roles/${role}`);
    const token = (await signIn({ project: { id: top } })).headers.get('x-subject-token') ?? '';
    const twin = cloud.deafTwin().api;
    expect(await twin.authenticate(token, 'r')).toMatchObject({ roles: ['leaving'] });
    await ok('DELETE', `/v3/groups/${group}/users/${user}`);
    expect(await cloud.api.authenticate(token, 'r')).toBeUndefined();
    await expect.poll(() => twin.authenticate(token, 'r'), { timeout: 3000, interval: 20 }).toBeUndefined();
  });

  test('show their members and are shown with them', async () => {
    const { group, user } = await scene('members');
    expect((await asAdmin('GET', `/v3/groups/${group}/users`)).body.users).toMatchObject([{ id: user }]);
    expect((await asAdmin('GET', `/v3/users/${user}/groups`)).body.groups).toMatchObject([{ id: group, name: 'g' }]);
    await ok('HEAD', `/v3/groups/${group}/users/${user}`);
    await ok('HEAD', `/v3/groups/${group}/users/${cloud.ids.demoUserId}`, 404);
  });
});

describe('inherited roles', () => {
  test('hold in every project below a domain, not in the domain itself', async () => {
    const { domain, user, top, leaf, role, rolesIn, signIn } = await scene('from the domain');
    await ok('PUT', `/v3/OS-INHERIT/domains/${domain}/users/${user}/roles/${role}/inherited_to_projects`);
    expect(await rolesIn(top)).toEqual(['from the domain']);
    expect(await rolesIn(leaf)).toEqual(['from the domain']);
    expect((await signIn({ domain: { id: domain } })).status).toBe(401);
    await ok('DELETE', `/v3/OS-INHERIT/domains/${domain}/users/${user}/roles/${role}/inherited_to_projects`);
    expect(await rolesIn(leaf)).toBe(401);
  });

  test('hold below a project, through groups too, and name the scopes that one may have', async () => {
    const { group, top, middle, leaf, role, rolesIn, signIn, user } = await scene('from a project');
    await ok('PUT', `/v3/OS-INHERIT/projects/${top}/groups/${group}/roles/${role}/inherited_to_projects`);
    expect(await rolesIn(top)).toBe(401);
    expect(await rolesIn(middle)).toEqual(['from a project']);
    expect(await rolesIn(leaf)).toEqual(['from a project']);
    const token = (await signIn({ project: { id: leaf } })).headers.get('x-subject-token') ?? '';
    const mine = await cloud.call('GET', '/v3/auth/projects', { token });
    expect(mine.body.projects.map(({ id }: { id: string }) => id).sort()).toEqual([middle, leaf].sort());
    const effective = await asAdmin('GET', `/v3/role_assignments?effective&user.id=${user}`);
    const scopes = effective.body.role_assignments.map((one: { scope: unknown }) => one.scope);
    expect(scopes).toEqual(
      [middle, leaf].sort().map((id) => ({ project: { id }, 'OS-INHERIT:inherited_to': 'projects' })),
    );
  });
});

describe('implied roles', () => {
  test('come with the role that implies them, and go with the rule', async () => {
    const { user, top, role, rolesIn } = await scene('prior');
    const implied = await make('role', { name: 'implied' });
    await ok('PUT', `/v3/projects/${top}/users/${user}/roles/${role}`);
    await ok('PUT', `/v3/roles/${role}/implies/${implied}`, 201);
    expect(await rolesIn(top)).toEqual(['implied', 'prior']);
    const query = `/v3/role_assignments?effective=true&user.id=${user}&role.id=${implied}`;
    const [found] = (await asAdmin('GET', query)).body.role_assignments;
    expect(found.links.prior_role).toBe(`${cloud.url}/identity/v3/roles/${role}/implies/${implied}`);
    await ok('DELETE', `/v3/roles/${role}/implies/${implied}`);
    expect(await rolesIn(top)).toEqual(['prior']);
  });

  test('admin is implied by nothing, and what the policies rely on stays', async () => {
    const [adminRole, member, reader] = [await roleId('admin'), await roleId('member'), await roleId('reader')];
    await ok('PUT', `/v3/roles/${reader}/implies/${adminRole}`, 403);
    await ok('DELETE', `/v3/roles/${member}/implies/${reader}`, 403);
  });

  test('a role of a domain is granted in its domain only, and shows as what it implies', async () => {
    const { domain, user, top, rolesIn } = await scene('of a domain');
    const own = await make('role', { name: 'operator', domain_id: domain });
    await ok('PUT', `/v3/projects/${cloud.ids.demoProjectId}/users/${user}/roles/${own}`, 403);
    await ok('PUT', `/v3/projects/${top}/users/${user}/roles/${own}`);
    expect(await rolesIn(top)).toBe(401);
    await ok('PUT', `/v3/roles/${own}/implies/${await roleId('reader')}`, 201);
    expect(await rolesIn(top)).toEqual(['reader']);
  });
});

describe('the manager of a domain', () => {
  async function manager(name: string) {
    const all = await scene(name);
    await ok('PUT', `/v3/domains/${all.domain}/users/${all.user}/roles/${await roleId('manager')}`);
    const answer = await all.signIn({ domain: { id: all.domain } });
    const token = answer.headers.get('x-subject-token') ?? '';
    const call = (method: string, path: string, body?: unknown) => cloud.call(method, path, { token, body });
    return { ...all, call };
  }

  test('runs its own domain: users, groups, projects and grants up to its own rank', async () => {
    const { call, domain, top } = await manager('managed');
    const user = await call('POST', '/v3/users', { user: { name: 'new', domain_id: domain } });
    expect(user.status).toBe(201);
    expect((await call('POST', '/v3/groups', { group: { name: 'new' } })).body.group.domain_id).toBe(domain);
    expect((await call('POST', '/v3/projects', { project: { name: 'new' } })).body.project.domain_id).toBe(domain);
    const grant = async (role: string) =>
      (await call('PUT', `/v3/projects/${top}/users/${user.body.user.id}/roles/${await roleId(role)}`)).status;
    expect(await grant('member')).toBe(204);
    expect(await grant('admin')).toBe(403);
    const names = (await call('GET', '/v3/users')).body.users.map((one: { name: string }) => one.name);
    expect(names.sort()).toEqual(['new', 'u']);
  });

  test('sees and changes nothing of other domains', async () => {
    const { call, top, user } = await manager('strangers');
    const { demoUserId, demoProjectId } = cloud.ids;
    const member = await roleId('member');
    const calls: [string, string, number, unknown?][] = [
      ['GET', `/v3/users/${demoUserId}`, 404],
      ['PATCH', `/v3/users/${demoUserId}`, 404, { user: { enabled: false } }],
      ['DELETE', `/v3/projects/${demoProjectId}`, 404],
      ['GET', `/v3/projects/${demoProjectId}`, 404],
      ['GET', '/v3/domains/default', 404],
      ['POST', '/v3/users', 403, { user: { name: 'x', domain_id: 'default' } }],
      ['PUT', `/v3/projects/${demoProjectId}/users/${user}/roles/${member}`, 403],
      ['PUT', `/v3/projects/${top}/users/${demoUserId}/roles/${member}`, 404],
      ['PUT', `/v3/system/users/${user}/roles/${member}`, 403],
    ];
    for (const [method, path, status, body] of calls) {
      expect([method, path, (await call(method, path, body)).status]).toEqual([method, path, status]);
    }
    const listed = await call('GET', '/v3/users?domain_id=default');
    expect(listed.body.users.map((one: { id: string }) => one.id)).toEqual([user]);
    expect((await call('GET', '/v3/domains')).body.domains).toHaveLength(1);
  });

  test('gains nothing by a user or group that holds more than the domain', async () => {
    const { call, domain } = await manager('ambitious');
    const boss = await make('user', { name: 'boss', domain_id: domain });
    await ok('PUT', `/v3/projects/${cloud.ids.adminProjectId}/users/${boss}/roles/${await roleId('admin')}`);
    expect((await call('PATCH', `/v3/users/${boss}`, { user: { password: 'mine' } })).status).toBe(403);
    const bosses = await make('group', { name: 'bosses', domain_id: domain });
    await ok('PUT', `/v3/system/groups/${bosses}/roles/${await roleId('admin')}`);
    expect((await call('PUT', `/v3/groups/${bosses}/users/${boss}`)).status).toBe(403);
  });
});

describe('the hierarchy of projects', () => {
  test('is shown as lists and as ids', async () => {
    const { domain, top, middle, leaf } = await scene('family');
    const show = async (id: string, query: string) =>
      (await asAdmin('GET', `/v3/projects/${id}?${query}`)).body.project;
    expect((await show(leaf, 'parents_as_ids')).parents).toEqual({ [middle]: { [top]: { [domain]: null } } });
    expect((await show(top, 'subtree_as_ids')).subtree).toEqual({ [middle]: { [leaf]: null } });
    expect((await show(leaf, 'parents_as_list')).parents).toMatchObject([
      { project: { id: middle } },
      { project: { id: top } },
    ]);
    expect((await asAdmin('GET', `/v3/projects/${top}?subtree_as_ids&subtree_as_list`)).status).toBe(400);
  });

  test('an enabled project has enabled parents only', async () => {
    const { top, middle, leaf } = await scene('switches');
    const enable = async (id: string, enabled: boolean) =>
      (await asAdmin('PATCH', `/v3/projects/${id}`, { project: { enabled } })).status;
    expect(await enable(top, false)).toBe(403);
    for (const id of [leaf, middle, top]) expect(await enable(id, false)).toBe(200);
    expect(await enable(leaf, true)).toBe(403);
    expect((await asAdmin('POST', '/v3/projects', { project: { name: 'n', parent_id: top } })).status).toBe(403);
  });

  test('is at most five levels deep', async () => {
    const { leaf } = await scene('deep');
    const fifth = await make('project', {
      name: '5',
      parent_id: await make('project', { name: '4', parent_id: leaf }),
    });
    expect((await asAdmin('POST', '/v3/projects', { project: { name: '6', parent_id: fifth } })).status).toBe(403);
  });

  test('begins with domains, which are projects too', async () => {
    const made = await asAdmin('POST', '/v3/projects', { project: { name: 'as a project', is_domain: true } });
    const { id } = made.body.project;
    expect(made.body.project).toMatchObject({ is_domain: true, domain_id: null, parent_id: null });
    expect((await asAdmin('GET', `/v3/domains/${id}`)).body.domain.name).toBe('as a project');
    await asAdmin('PATCH', `/v3/projects/${id}`, { project: { enabled: false } });
    await ok('DELETE', `/v3/projects/${id}`);
    await ok('GET', `/v3/domains/${id}`, 404);
  });

  test('its projects are found by their tags', async () => {
    const { domain, top, middle, leaf } = await scene('tags');
    await asAdmin('PUT', `/v3/projects/${top}/tags`, { tags: ['a', 'b'] });
    await ok('PUT', `/v3/projects/${middle}/tags/b`, 201);
    const found = async (query: string) =>
      (await asAdmin('GET', `/v3/projects?domain_id=${domain}&${query}`)).body.projects
        .map(({ id }: { id: string }) => id)
        .sort();
    expect(await found('tags=a,b')).toEqual([top]);
    expect(await found('tags-any=a,b')).toEqual([top, middle].sort());
    expect(await found('not-tags=a,b')).toEqual([middle, leaf].sort());
    expect(await found('not-tags-any=a,b')).toEqual([leaf]);
    await ok('DELETE', `/v3/projects/${middle}/tags/b`);
    await ok('HEAD', `/v3/projects/${middle}/tags/b`, 404);
  });
});
