import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IdentityFixture, projectScope, startIdentity } from './identity.fixture.ts';

let cloud: IdentityFixture;
let admin: string;
let demo: string;

beforeAll(async () => {
  cloud = await startIdentity();
  admin = await cloud.token('admin', projectScope('admin'));
  demo = await cloud.token('demo', projectScope('demo'));
});
afterAll(() => cloud.close());

const asAdmin = (method: string, path: string, body?: unknown) => cloud.call(method, path, { token: admin, body });
const idOf = async (kind: string, attributes: object): Promise<string> =>
  (await asAdmin('POST', `/v3/${kind}s`, { [kind]: attributes })).body[kind].id;

/** What a new token of the user demo says of services of that type. */
async function inToken(type: string, scope: unknown = projectScope('demo')) {
  const token = await cloud.token('demo', scope);
  const { body } = await cloud.call('GET', '/v3/auth/tokens', { token, headers: { 'X-Subject-Token': token } });
  const all: { type: string; endpoints: { url: string; region: string }[] }[] = body.token.catalog ?? [];
  return all.filter((service) => service.type === type);
}

describe('a service of the catalog', () => {
  test('that an administrator adds is in every token from then on, until it is gone', async () => {
    const id = await idOf('service', { type: 'weather', name: 'nimbus', colour: 'grey' });
    const endpoint = { service_id: id, interface: 'public', region: 'Brest' };
    const url = 'https://weather.example/v1/%(tenant_id)s';
    expect((await asAdmin('POST', '/v3/endpoints', { endpoint: { ...endpoint, url } })).body.endpoint).toMatchObject({
      ...{ service_id: id, interface: 'public', region: 'Brest', region_id: 'Brest', url, enabled: true },
    });
    expect((await asAdmin('GET', '/v3/regions/Brest')).status, 'made with its first endpoint').toBe(200);
    const [service] = await inToken('weather');
    expect(service?.endpoints).toMatchObject([
      { url: `https://weather.example/v1/${cloud.ids.demoProjectId}`, region: 'Brest' },
    ]);
    expect((await cloud.call('GET', '/v3/auth/catalog', { token: demo })).body.catalog).toContainEqual(service);
    const patch = { service: { description: 'Rain', colour: 'blue' } };
    expect((await asAdmin('PATCH', `/v3/services/${id}`, patch)).body.service).toMatchObject({
      ...{ id, type: 'weather', name: 'nimbus', description: 'Rain', enabled: true, colour: 'blue' },
    });
    expect((await asAdmin('PATCH', `/v3/services/${id}`, { service: { enabled: false } })).status).toBe(200);
    expect(await inToken('weather')).toEqual([]);
    expect((await asAdmin('DELETE', `/v3/services/${id}`)).status).toBe(204);
    expect((await asAdmin('GET', `/v3/services/${id}`)).status).toBe(404);
    expect((await asAdmin('GET', '/v3/endpoints?region=Brest')).body.endpoints, 'gone with it').toEqual([]);
  });

  test('may have endpoints in other regions; those that are disabled are in no token', async () => {
    const { services } = (await asAdmin('GET', '/v3/services?type=compute')).body;
    const endpoint = { service_id: services[0].id, interface: 'public', url: 'http://elsewhere.example' };
    const id = await idOf('endpoint', { ...endpoint, region: 'Rennes' });
    const regions = async () => (await inToken('compute'))[0]?.endpoints.map(({ region }) => region);
    expect(await regions()).toEqual(['RegionOne', 'RegionOne', 'RegionOne', 'Rennes']);
    const moved = await asAdmin('PATCH', `/v3/endpoints/${id}`, { endpoint: { region: 'Nantes', enabled: false } });
    expect(moved.body.endpoint).toMatchObject({ id, region: 'Nantes', enabled: false, url: endpoint.url });
    expect(await regions()).toEqual(['RegionOne', 'RegionOne', 'RegionOne']);
    expect((await asAdmin('DELETE', `/v3/endpoints/${id}`)).status).toBe(204);
  });

  test('of this cloud itself is configured: nobody changes it over the API', async () => {
    for (const kind of ['service', 'endpoint', 'region']) {
      const { id } = (await asAdmin('GET', `/v3/${kind}s`)).body[`${kind}s`][0];
      expect((await asAdmin('PATCH', `/v3/${kind}s/${id}`, { [kind]: {} })).status).toBe(403);
      expect((await asAdmin('DELETE', `/v3/${kind}s/${id}`)).status).toBe(403);
    }
  });

  test.each([
    ['no type', 'service', { name: 'x' }],
    ['a flag that is none', 'service', { type: 'x', enabled: 'False' }],
    ['an unknown service', 'endpoint', { service_id: 'none', interface: 'public', url: 'http://x' }],
    ['an unknown region', 'endpoint', { interface: 'public', url: 'http://x', region_id: 'none' }],
    ['an unknown interface', 'endpoint', { interface: 'secret', url: 'http://x' }],
    ['a URL that wants more filled in', 'endpoint', { interface: 'public', url: 'http://x/$(user_id)s' }],
  ])('is refused with %s', async (_what, kind, attributes) => {
    const { services } = (await asAdmin('GET', '/v3/services')).body;
    const body = { [kind]: kind === 'endpoint' ? { service_id: services[0].id, ...attributes } : attributes };
    expect((await asAdmin('POST', `/v3/${kind}s`, body)).status).toBe(400);
  });
});

describe('the endpoints chosen for a project', () => {
  const filter = '/v3/OS-EP-FILTER';
  const group = async (filters: object) =>
    (await asAdmin('POST', `${filter}/endpoint_groups`, { endpoint_group: { name: 'g', filters } })).body
      .endpoint_group;
  const service = async (type: string) => (await asAdmin('GET', `/v3/services?type=${type}`)).body.services[0].id;
  const told = async (scope?: unknown) =>
    (await Promise.all(['identity', 'compute'].map((type) => inToken(type, scope)))).flat();
  const faces = (services: Awaited<ReturnType<typeof told>>) =>
    services.map(({ type, endpoints }) => [type, endpoints.length]);
  const everything = [
    ['identity', 3],
    ['compute', 3],
  ];

  test('are all that its tokens tell of, by groups and by themselves; without any, all are', async () => {
    const project = cloud.ids.demoProjectId;
    const publicOnes = await group({ service_id: await service('identity'), interface: 'public' });
    const inGroup = `${filter}/endpoint_groups/${publicOnes.id}`;
    expect((await asAdmin('GET', `${inGroup}/endpoints`)).body.endpoints).toHaveLength(1);
    expect((await asAdmin('GET', `${inGroup}/projects/${project}`)).status).toBe(404);
    expect((await asAdmin('PUT', `${inGroup}/projects/${project}`)).status).toBe(204);
    expect((await asAdmin('PUT', `${inGroup}/projects/${project}`)).status, 'again').toBe(204);
    expect(faces(await told())).toEqual([['identity', 1]]);
    const { catalog } = (await cloud.call('GET', '/v3/auth/catalog', { token: demo })).body;
    expect(catalog).toHaveLength(1);

    const { endpoints } = (await asAdmin('GET', `/v3/endpoints?service_id=${await service('compute')}`)).body;
    const chosen = `${filter}/projects/${project}/endpoints/${endpoints[0].id}`;
    expect((await asAdmin('PUT', chosen)).status).toBe(204);
    expect((await asAdmin('HEAD', chosen)).status).toBe(204);
    expect(faces(await told())).toEqual([
      ['identity', 1],
      ['compute', 1],
    ]);
    expect((await asAdmin('GET', `${filter}/projects/${project}/endpoints`)).body.endpoints).toHaveLength(2);
    expect((await asAdmin('GET', `${filter}/projects/${project}/endpoint_groups`)).body.endpoint_groups).toEqual([
      publicOnes,
    ]);
    for (const path of [inGroup, `${filter}/endpoints/${endpoints[0].id}`]) {
      expect((await asAdmin('GET', `${path}/projects`)).body.projects).toMatchObject([{ id: project }]);
    }

    expect((await asAdmin('DELETE', chosen)).status).toBe(204);
    expect((await asAdmin('DELETE', chosen)).status).toBe(404);
    expect((await asAdmin('DELETE', inGroup)).status).toBe(204);
    expect(faces(await told())).toEqual(everything);
  });

  test('are forgotten with the endpoint: then all are told of again', async () => {
    const id = await idOf('endpoint', { service_id: await service('compute'), interface: 'admin', url: 'http://x' });
    const chosen = `${filter}/projects/${cloud.ids.demoProjectId}/endpoints/${id}`;
    expect((await asAdmin('PUT', chosen)).status).toBe(204);
    expect(faces(await told())).toEqual([['compute', 1]]);
    expect((await asAdmin('DELETE', `/v3/endpoints/${id}`)).status).toBe(204);
    expect((await asAdmin('GET', chosen)).status).toBe(404);
    expect(faces(await told())).toEqual(everything);
  });

  test('by a group follow what the group says', async () => {
    const made = await group({ interface: 'internal' });
    const path = `${filter}/endpoint_groups/${made.id}`;
    const change = { endpoint_group: { name: 'h', filters: { interface: 'admin' } } };
    expect((await asAdmin('PATCH', path, change)).body.endpoint_group).toEqual({ ...made, ...change.endpoint_group });
    expect((await asAdmin('GET', `${filter}/endpoint_groups?name=h`)).body.endpoint_groups).toHaveLength(1);
    expect((await asAdmin('GET', `${filter}/endpoint_groups?name=g`)).body.endpoint_groups).toEqual([]);
    const kinds = (await asAdmin('GET', `${path}/endpoints`)).body.endpoints.map(
      (endpoint: { interface: string }) => endpoint.interface,
    );
    expect(new Set(kinds)).toEqual(new Set(['admin']));
    for (const filters of [{ colour: 'red' }, { service_id: 'none' }, { region_id: 'none' }, { interface: 'x' }]) {
      expect((await asAdmin('PATCH', path, { endpoint_group: { filters } })).status).toBe(400);
    }
    expect((await asAdmin('PUT', `${path}/projects/none`)).status).toBe(404);
    expect((await cloud.call('GET', path, { token: demo })).status).toBe(403);
  });
});

describe('regions', () => {
  test('lie in one another, never in themselves, and go with those below them', async () => {
    const france = await idOf('region', { description: 'France' });
    expect((await asAdmin('PUT', '/v3/regions/bzh', { region: { parent_region_id: france } })).status).toBe(201);
    expect((await asAdmin('PUT', '/v3/regions/bzh', { region: {} })).status).toBe(409);
    expect((await asAdmin('PUT', '/v3/regions/one', { region: { id: 'other' } })).status).toBe(400);
    const below = (await asAdmin('GET', `/v3/regions?parent_region_id=${france}`)).body.regions;
    expect(below).toMatchObject([{ id: 'bzh', parent_region_id: france }]);
    const circle = { region: { parent_region_id: 'bzh' } };
    expect((await asAdmin('PATCH', `/v3/regions/${france}`, circle)).status).toBe(400);
    const { services } = (await asAdmin('GET', '/v3/services')).body;
    const there = { service_id: services[0].id, interface: 'admin', url: 'http://x', region_id: 'bzh' };
    const endpoint = await idOf('endpoint', there);
    expect((await asAdmin('DELETE', `/v3/regions/${france}`)).status).toBe(403);
    expect((await asAdmin('DELETE', `/v3/endpoints/${endpoint}`)).status).toBe(204);
    expect((await asAdmin('DELETE', `/v3/regions/${france}`)).status).toBe(204);
    expect((await asAdmin('GET', '/v3/regions/bzh')).status).toBe(404);
  });

  test('are listed in pages', async () => {
    for (const id of ['a', 'b', 'c']) await idOf('region', { id });
    const first = (await asAdmin('GET', '/v3/regions?limit=2')).body;
    expect(first.regions).toHaveLength(2);
    const next = new URL(first.links.next);
    const rest = (await asAdmin('GET', `${next.pathname.replace('/identity', '')}${next.search}`)).body;
    const all = (await asAdmin('GET', '/v3/regions')).body.regions;
    expect([...first.regions, ...rest.regions]).toEqual(all.slice(0, 4));
  });
});

test('policies are texts that are kept, and followed by nobody', async () => {
  const { policy } = (await asAdmin('POST', '/v3/policies', { policy: { type: 'text/plain', blob: 'all', a: 1 } }))
    .body;
  expect((await asAdmin('PATCH', `/v3/policies/${policy.id}`, { policy: { blob: 'none' } })).body.policy).toMatchObject(
    {
      ...{ id: policy.id, type: 'text/plain', blob: 'none', a: 1 },
    },
  );
  expect((await asAdmin('GET', '/v3/policies?type=text/plain')).body.policies).toHaveLength(1);
  expect((await asAdmin('GET', '/v3/policies?type=other')).body.policies).toEqual([]);
  expect((await asAdmin('DELETE', `/v3/policies/${policy.id}`)).status).toBe(204);
  expect((await asAdmin('GET', `/v3/policies/${policy.id}`)).status).toBe(404);
});
