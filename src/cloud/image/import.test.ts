import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type TestCloud } from '../../kernel/testing/index.ts';
import { bytes, imageCalls, octets, startImages, type TestImages } from './testing.ts';

const answers: Record<string, (url: string) => { status: number; location?: string; body?: Buffer }> = {
  '/image': () => ({ status: 200, body: bytes }),
  '/moved': () => ({ status: 302, location: '/image' }),
  '/inwards': () => ({ status: 302, location: 'http://127.0.0.2:1/secret' }),
  '/round': () => ({ status: 302, location: '/round' }),
  '/large': () => ({ status: 200, body: Buffer.alloc(1_000_001) }),
  '/vmdk': () => ({ status: 200, body: Buffer.from('# Disk DescriptorFile\nRW 1 FLAT "/etc/shadow" 0\n') }),
};

let images: TestImages;
let cloud: TestCloud;
let directory: string;
let web: Server;
let source: string;

beforeAll(async () => {
  web = createServer((request, response) => {
    const { status, location, body } = answers[request.url ?? '']?.('') ?? { status: 404 };
    response.writeHead(status, location === undefined ? {} : { location }).end(body);
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const address = web.address();
  source = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  // Only this one address of the machine: what redirects elsewhere inside is refused.
  images = await startImages({ importSources: ['127.0.0.1/32'] });
  ({ cloud, directory } = images);
});
afterAll(async () => {
  await images.close();
  web.close();
});

const create = (json?: Record<string, unknown>) => imageCalls(images).create('p', json);
const get = (id: string) => imageCalls(images).get('p', id);
const stage = (id: string, body: Uint8Array = bytes) =>
  cloud.call('p', 'PUT', `/image/v2/images/${id}/stage`, { body, headers: octets });
const start = (id: string, name: string, uri?: string, more: Record<string, unknown> = {}) =>
  cloud.call('p', 'POST', `/image/v2/images/${id}/import`, { json: { method: { name, uri }, ...more } });
const ended = (id: string) =>
  eventually(async () => {
    const [task] = (await cloud.call('p', 'GET', `/image/v2/images/${id}/tasks`)).body.tasks;
    expect(['success', 'failure']).toContain(task.status);
    return task;
  });

async function fetched(path: string, json?: Record<string, unknown>) {
  const id = await create(json);
  expect((await start(id, 'web-download', path.startsWith('/') ? source + path : path)).status).toBe(202);
  return { id, task: await ended(id) };
}

describe('an import of staged bytes', () => {
  it('makes them the image’s', async () => {
    const id = await create();
    expect((await stage(id)).status).toBe(204);
    expect(await get(id)).toMatchObject({ status: 'uploading', size: null });
    expect((await cloud.call('p', 'GET', `/image/v2/images/${id}/file`)).status).toBe(204);
    expect((await start(id, 'glance-direct', undefined, { stores: ['files'] })).status).toBe(202);
    const task = await ended(id);
    expect(task).toMatchObject({ status: 'success', input: { import_req: { method: { name: 'glance-direct' } } } });
    expect(await get(id)).toMatchObject({ status: 'active', size: bytes.length, stores: 'files' });
    const file = await cloud.call('p', 'GET', `/image/v2/images/${id}/file`);
    expect(file.text).toBe(bytes.toString());
  });

  it('needs them to be staged, once, by the image’s own project', async () => {
    const id = await create();
    expect((await start(id, 'glance-direct')).status).toBe(409);
    expect(
      (await cloud.call('other', 'PUT', `/image/v2/images/${id}/stage`, { body: 'x', headers: octets })).status,
    ).toBe(404);
    await stage(id);
    expect((await stage(id)).status).toBe(409);
    expect((await cloud.call('other', 'GET', `/image/v2/images/${id}/tasks`)).status).toBe(404);
  });

  it('that are refused leaves the image queued without them, and says why', async () => {
    const id = await create({ disk_format: 'vmdk' });
    await stage(id, Buffer.from('# Disk DescriptorFile\nRW 1 FLAT "/etc/shadow" 0\n'));
    await start(id, 'glance-direct');
    const task = await ended(id);
    expect(task.status).toBe('failure');
    expect(task.message).toContain('names other files');
    expect(await get(id)).toMatchObject({ status: 'queued', os_glance_failed_import: 'files' });
    expect(await readdir(join(directory, '.staging'))).not.toContain(id);
  });

  it('is gone with its image', async () => {
    const id = await create();
    await stage(id);
    await cloud.call('p', 'DELETE', `/image/v2/images/${id}`);
    await eventually(async () => expect(await readdir(join(directory, '.staging'))).not.toContain(id));
  });
});

describe('an import from the web', () => {
  it('fetches the bytes, over redirects too', async () => {
    for (const path of ['/image', '/moved']) {
      const { id, task } = await fetched(path);
      expect(task.status).toBe('success');
      expect(await get(id)).toMatchObject({ status: 'active', size: bytes.length });
    }
  });

  it.each([
    ['an address inside', 'http://127.0.0.3:1/', 'does not fetch from 127.0.0.3'],
    ['a name that leads inside', 'http://localhost.:1/', 'could not be reached|does not fetch from localhost'],
    ['a redirect that leads inside', '/inwards', 'does not fetch from 127.0.0.2'],
    ['redirects without end', '/round', 'redirects more than 5 times'],
    ['more than an image may have', '/large', 'larger than 1000000 bytes'],
    ['what is not there', '/nothing', 'answered 404'],
  ])('refuses %s', async (_, path, message) => {
    const { id, task } = await fetched(path);
    expect(task.status).toBe('failure');
    expect(task.message).toMatch(new RegExp(message));
    expect(await get(id)).toMatchObject({ status: 'queued', os_glance_failed_import: 'files', checksum: null });
  });

  it('refuses content that would make the host open another file', async () => {
    const { task } = await fetched('/vmdk', { disk_format: 'vmdk' });
    expect(task.message).toContain('names other files');
  });

  it('can be tried again', async () => {
    const { id } = await fetched('/nothing');
    expect((await start(id, 'web-download', `${source}/image`)).status).toBe(202);
    await eventually(async () => expect(await get(id)).toMatchObject({ status: 'active' }));
    expect(await get(id)).not.toHaveProperty('os_glance_failed_import');
  });

  it('leaves nothing half received', async () => {
    const incoming = join(directory, '.incoming', String(process.pid));
    await eventually(async () => expect(await readdir(incoming)).toEqual([]));
  });
});

describe('bad orders', () => {
  it('change nothing', async () => {
    const id = await create();
    expect((await start(id, 'web-download', 'file:///etc/passwd')).status).toBe(400);
    expect((await start(id, 'web-download')).status).toBe(400);
    expect((await start(id, 'copy-image')).status).toBe(400);
    expect((await start(id, 'web-download', source, { stores: ['swift'] })).status).toBe(409);
    expect(await get(id)).toMatchObject({ status: 'queued' });
  });
});

describe('what the service says of itself', () => {
  it('is its import methods, its store and what the project uses', async () => {
    const info = async (path: string) => (await cloud.call('p', 'GET', `/image/v2/info/${path}`)).body;
    expect((await info('import'))['import-methods'].value).toEqual(['glance-direct', 'web-download']);
    expect((await info('stores')).stores).toMatchObject([{ id: 'files', default: 'true' }]);
    expect((await info('usage')).usage.image_count_total.usage).toBeGreaterThan(5);
  });

  it('is its tasks, to administrators', async () => {
    expect((await cloud.call('p', 'GET', '/image/v2/tasks')).status).toBe(403);
    const { tasks } = (await cloud.call('p:admin', 'GET', '/image/v2/tasks?status=failure')).body;
    expect(tasks.length).toBeGreaterThan(5);
    const one = await cloud.call('p:admin', 'GET', `/image/v2/tasks/${tasks[0].id}`);
    expect(one.body).toMatchObject({ id: tasks[0].id, status: 'failure', type: 'api_image_import' });
  });
});
