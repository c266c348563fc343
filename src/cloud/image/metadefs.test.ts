import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestStore, type TestCloud, type TestStore, testCloud } from '../../kernel/testing/index.ts';
import { createImage, imageMigrations } from './index.ts';

const root = '/image/v2/metadefs/namespaces';

let store: TestStore;
let cloud: TestCloud;
let directory: string;
/** A namespace of the administrator's project, new for each test. */
let name: string;
let number = 0;

beforeAll(async () => {
  store = await createTestStore([imageMigrations]);
  cloud = testCloud(store);
  directory = await mkdtemp(join(tmpdir(), 'andromede-metadefs-'));
  await cloud.serve([createImage({ ...cloud.deps, directory })]);
});
afterAll(async () => {
  await cloud.close();
  await store.close();
  await rm(directory, { recursive: true });
});
beforeEach(async () => {
  number += 1;
  name = `OS::Test::${number}`;
  expect((await admin('POST', '', { namespace: name, visibility: 'public' })).status).toBe(201);
});

const admin = (method: string, path: string, json?: unknown) => cloud.call('ops:admin', method, root + path, { json });
const reader = (path: string) => cloud.call('other:reader', 'GET', root + path);

describe('a namespace', () => {
  it('is shown with what it is about, and everything that it defines', async () => {
    const whole = {
      ...{ namespace: 'whole', display_name: 'Whole', visibility: 'public', protected: false },
      resource_type_associations: [{ name: 'OS::Glance::Image', prefix: 'hw_' }],
      properties: { cores: { title: 'Cores', type: 'integer', minimum: 1 } },
      objects: [{ name: 'disk', properties: { bus: { title: 'Bus', type: 'string', enum: ['virtio'] } } }],
      tags: [{ name: 'fast' }],
    };
    const made = await admin('POST', '', whole);
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`http://cloud.test${root}/whole`);
    const { body } = await reader('/whole');
    expect(body).toEqual(made.body);
    expect(body).toMatchObject({
      ...{ namespace: 'whole', owner: 'ops', self: '/v2/metadefs/namespaces/whole' },
      resource_type_associations: [{ name: 'OS::Glance::Image', prefix: 'hw_' }],
      properties: { cores: { name: 'cores', type: 'integer' } },
      objects: [{ name: 'disk', required: [] }],
      tags: [{ name: 'fast' }],
    });
    const onImages = (await reader('/whole?resource_type=OS::Glance::Image')).body;
    expect(Object.keys(onImages.properties)).toEqual(['hw_cores']);
    expect(Object.keys(onImages.objects[0].properties)).toEqual(['hw_bus']);
    expect((await reader('/whole?resource_type=OS::Nova::Server')).status).toBe(404);
  });

  it('is listed a page at a time, by what it is about', async () => {
    await admin('POST', `/${name}/resource_types`, { name: 'OS::Test::Listed' });
    const about = (await reader('?resource_types=OS::Test::Listed,OS::Nothing')).body;
    expect(about.namespaces.map(({ namespace }: { namespace: string }) => namespace)).toEqual([name]);
    const first = (await reader('?limit=1&sort_key=namespace&sort_dir=asc')).body;
    expect(first.namespaces).toHaveLength(1);
    const next = (await cloud.call('other', 'GET', `/image${first.next}`)).body;
    expect(next.namespaces[0].namespace > first.namespaces[0].namespace).toBe(true);
    expect((await reader('?marker=nothing')).status).toBe(400);
  });

  it('that is private is there for its own project only', async () => {
    expect((await admin('PUT', `/${name}`, { namespace: name, visibility: 'private', owner: 'mine' })).status).toBe(
      200,
    );
    expect((await cloud.call('mine:reader', 'GET', `${root}/${name}`)).status).toBe(200);
    expect((await reader(`/${name}`)).status).toBe(404);
    expect((await reader(`/${name}/objects`)).status).toBe(404);
    expect((await reader('')).text).not.toContain(`"${name}"`);
  });

  it('that is protected is not deleted; with one that is, all goes that it defines', async () => {
    await admin('POST', `/${name}/objects`, { name: 'disk' });
    await admin('PUT', `/${name}`, { namespace: name, protected: true });
    expect((await admin('DELETE', `/${name}`)).status).toBe(403);
    await admin('PUT', `/${name}`, { namespace: name, protected: false });
    expect((await admin('DELETE', `/${name}`)).status).toBe(204);
    expect((await admin('GET', `/${name}`)).status).toBe(404);
    await admin('POST', '', { namespace: name });
    expect((await admin('GET', `/${name}/objects`)).body.objects).toEqual([]);
  });

  it('takes another name with what it defines, unless that is taken', async () => {
    await admin('POST', `/${name}/tags/fast`);
    expect((await admin('PUT', `/${name}`, { namespace: 'whole' })).status).toBe(409);
    expect((await admin('PUT', `/${name}`, { namespace: `${name}-renamed` })).status).toBe(200);
    expect((await admin('GET', `/${name}-renamed/tags/fast`)).status).toBe(200);
    expect((await admin('POST', '', { namespace: `${name}-renamed` })).status).toBe(409);
  });

  it('is written by administrators only, and as it is described', async () => {
    for (const token of ['ops', 'other', 'ops:reader']) {
      expect((await cloud.call(token, 'POST', root, { json: { namespace: 'theirs' } })).status).toBe(403);
      expect((await cloud.call(token, 'DELETE', `${root}/${name}`)).status).toBe(403);
    }
    for (const wrong of [{}, { namespace: '' }, { namespace: 'x'.repeat(81) }, { namespace: 'x', self: '/' }]) {
      expect((await admin('POST', '', wrong)).status).toBe(400);
    }
  });
});

describe.each([
  ['objects', { name: 'one', description: 'd' }, { name: 'two', required: ['a'] }],
  ['properties', { name: 'one', title: 'One', type: 'string' }, { name: 'two', title: 'Two', type: 'boolean' }],
])('%s of a namespace', (collection, one, two) => {
  it('are made, shown, changed and deleted, singly and all at once', async () => {
    const path = `/${name}/${collection}`;
    const made = await admin('POST', path, one);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject(one);
    expect((await admin('POST', path, one)).status).toBe(409);
    expect((await reader(`${path}/one`)).body).toEqual(made.body);
    expect((await admin('PUT', `${path}/one`, two)).body).toMatchObject(two);
    expect((await reader(`${path}/one`)).status).toBe(404);
    expect((await reader(path)).text).toContain('"two"');
    await admin('POST', path, one);
    expect((await admin('PUT', `${path}/one`, two)).status).toBe(409);
    expect((await admin('DELETE', `${path}/one`)).status).toBe(204);
    expect((await admin('DELETE', `${path}/one`)).status).toBe(404);
    expect((await admin('DELETE', path)).status).toBe(204);
    expect((await reader(`${path}/two`)).status).toBe(404);
    expect((await admin('POST', path, { ...one, unknown: 1 })).status).toBe(400);
  });
});

it('a property goes by its prefix on the resources that its namespace is about', async () => {
  await admin('POST', `/${name}/properties`, { name: 'cores', title: 'Cores', type: 'integer' });
  await admin('POST', `/${name}/resource_types`, { name: 'OS::Glance::Image', prefix: 'hw_' });
  const asked = (property: string) => reader(`/${name}/properties/${property}?resource_type=OS::Glance::Image`);
  expect((await asked('hw_cores')).body).toMatchObject({ name: 'hw_cores', type: 'integer' });
  expect((await asked('cores')).status).toBe(404);
  expect((await reader(`/${name}/properties/cores`)).status).toBe(200);
});

it('tags take the place of those that are there, unless they are only added', async () => {
  const path = `/${name}/tags`;
  const names = async () => (await reader(path)).body.tags.map((tag: { name: string }) => tag.name);
  expect((await admin('POST', path, { tags: [{ name: 'a' }, { name: 'b' }] })).status).toBe(201);
  await admin('POST', path, { tags: [{ name: 'c' }] });
  expect(await names()).toEqual(['c']);
  await cloud.call('ops:admin', 'POST', root + path, {
    json: { tags: [{ name: 'd' }] },
    headers: { 'X-Openstack-Append': 'True' },
  });
  expect(await names()).toEqual(['c', 'd']);
  expect((await admin('POST', path, { tags: [{ name: 'e' }, { name: 'e' }] })).status).toBe(409);
  expect(await names()).toEqual(['c', 'd']);
  expect((await admin('POST', `${path}/f`)).body).toMatchObject({ name: 'f' });
  expect((await admin('PUT', `${path}/f`, { name: 'g' })).body).toMatchObject({ name: 'g' });
  expect((await reader(`${path}?limit=2&marker=c`)).body.tags).toMatchObject([{ name: 'd' }, { name: 'g' }]);
});

it('a resource type is known from the first association on, which is taken back', async () => {
  const known = async () => (await cloud.call('other', 'GET', '/image/v2/metadefs/resource_types')).text;
  expect(await known()).toContain('"OS::Nova::Server"');
  expect((await admin('POST', `/${name}/resource_types`, { name: 'OS::New' })).status).toBe(201);
  expect(await known()).toContain('"OS::New"');
  expect((await admin('POST', `/${name}/resource_types`, { name: 'OS::New' })).status).toBe(409);
  expect((await admin('DELETE', `/${name}/resource_types/OS::New`)).status).toBe(204);
  expect((await admin('DELETE', `/${name}/resource_types/OS::New`)).status).toBe(404);
  expect((await reader(`/${name}/resource_types`)).body).toEqual({ resource_type_associations: [] });
});

it('each has its schema', async () => {
  for (const schema of ['namespace', 'namespaces', 'object', 'objects', 'property', 'properties', 'tag', 'tags']) {
    expect((await cloud.call('other', 'GET', `/image/v2/schemas/metadefs/${schema}`)).body.name).toBe(schema);
  }
});
