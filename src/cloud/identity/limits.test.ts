import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IdentityFixture, projectScope, startIdentity } from './identity.fixture.ts';

let cloud: IdentityFixture;
let admin: string;
let demo: string;
let limited: { service_id: string; resource_name: string };

beforeAll(async () => {
  cloud = await startIdentity();
  admin = await cloud.token('admin', projectScope('admin'));
  demo = await cloud.token('demo', projectScope('demo'));
  const { services } = (await ask('GET', '/v3/services?type=compute')).body;
  limited = { service_id: services[0].id, resource_name: 'cores' };
});
afterAll(() => cloud.close());

const ask = (method: string, path: string, body?: unknown, token = admin) => cloud.call(method, path, { token, body });
const register = (more: object) =>
  ask('POST', '/v3/registered_limits', { registered_limits: [{ ...limited, default_limit: 10, ...more }] });
const limit = (more: object) => ask('POST', '/v3/limits', { limits: [{ ...limited, resource_limit: 5, ...more }] });

test('a limit is one of something registered, which stays as long as there are limits of it', async () => {
  const { demoProjectId: project_id } = cloud.ids;
  expect((await limit({ project_id })).status, 'nothing is registered').toBe(403);
  const registered = await register({ description: 'Processors' });
  expect(registered.status).toBe(201);
  const [{ id, links }] = registered.body.registered_limits;
  const shown = { id, links, ...limited, region_id: null, default_limit: 10, description: 'Processors' };
  expect((await ask('GET', `/v3/registered_limits/${id}`)).body).toEqual({ registered_limit: shown });
  expect((await register({})).status, 'once').toBe(409);
  expect((await register({ region_id: 'RegionOne' })).status, 'of a region').toBe(201);

  const made = await limit({ project_id });
  expect(made).toMatchObject({ status: 201, body: { limits: [{ project_id, domain_id: null, resource_limit: 5 }] } });
  const [{ id: limitId }] = made.body.limits;
  expect((await limit({ project_id })).status, 'once').toBe(409);
  expect((await limit({ domain_id: 'default' })).status).toBe(201);
  const path = `/v3/registered_limits/${id}`;
  expect((await ask('PATCH', path, { registered_limit: { resource_name: 'ram' } })).status).toBe(403);
  expect((await ask('DELETE', path)).status).toBe(403);
  const more = await ask('PATCH', path, { registered_limit: { default_limit: -1 } });
  expect(more.body.registered_limit.default_limit).toBe(-1);
  const larger = await ask('PATCH', `/v3/limits/${limitId}`, { limit: { resource_limit: 6 } });
  expect(larger.body.limit).toMatchObject({ id: limitId, resource_limit: 6, ...limited });
  for (const { id: each } of (await ask('GET', '/v3/limits')).body.limits) {
    expect((await ask('DELETE', `/v3/limits/${each}`)).status).toBe(204);
  }
  expect((await ask('DELETE', path)).status).toBe(204);
  expect((await ask('GET', path)).status).toBe(404);
});

test('a project is told of its own limits only; administrators set them', async () => {
  await register({ resource_name: 'ram' });
  const ids = [];
  for (const name of ['demo', 'admin']) {
    const { projects } = (await ask('GET', `/v3/projects?name=${name}`)).body;
    ids.push((await limit({ resource_name: 'ram', project_id: projects[0].id })).body.limits[0].id);
  }
  const [own, other] = ids;
  const seen = (await ask('GET', '/v3/limits?resource_name=ram', undefined, demo)).body.limits;
  expect(seen).toMatchObject([{ id: own }]);
  expect((await ask('GET', `/v3/limits/${own}`, undefined, demo)).status).toBe(200);
  expect((await ask('GET', `/v3/limits/${other}`, undefined, demo)).status).toBe(404);
  expect((await ask('GET', '/v3/limits?resource_name=ram')).body.limits).toHaveLength(2);
  expect((await ask('PATCH', `/v3/limits/${own}`, { limit: { resource_limit: 99 } }, demo)).status).toBe(403);
  expect((await ask('GET', '/v3/limits/model', undefined, demo)).body.model.name).toBe('flat');
});

test.each([
  ['a limit of nobody', {}, 400],
  ['a limit of two', { project_id: 'x', domain_id: 'default' }, 400],
  ['a limit of a project that is not there', { project_id: 'none' }, 404],
  ['a limit below -1', { domain_id: 'default', resource_limit: -2 }, 400],
])('%s is refused', async (_what, more, status) => {
  expect((await limit(more)).status).toBe(status);
});

test('what is registered is of a service and a region that are there', async () => {
  expect((await register({ service_id: 'none' })).status).toBe(400);
  expect((await register({ region_id: 'none' })).status).toBe(400);
});
