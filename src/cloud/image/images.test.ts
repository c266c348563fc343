import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import {
  contextOf,
  createTestStore,
  eventually,
  type TestCloud,
  type TestStore,
  testCloud,
} from '../../kernel/testing/index.ts';
import { createImage, type ImageApi, imageMigrations } from './index.ts';
import { imageFiles } from './work/files.ts';
import { createFileReconciler } from './work/reconcile-file.ts';

const bytes = Buffer.from('the bytes of a disk '.repeat(1000));
const octets = { 'Content-Type': 'application/octet-stream' };

let store: TestStore;
let cloud: TestCloud;
let directory: string;
let api: ImageApi;

beforeAll(async () => {
  store = await createTestStore([imageMigrations]);
  cloud = testCloud(store);
  directory = await mkdtemp(join(tmpdir(), 'andromede-images-'));
  const module = createImage({ ...cloud.deps, directory, maxBytes: 1_000_000 });
  api = module.api;
  await cloud.serve([module]);
});
afterAll(async () => {
  await cloud.close();
  await store.close();
  await rm(directory, { recursive: true });
});

async function create(token: string, json: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await cloud.call(token, 'POST', '/image/v2/images', {
    json: { name: 'disk', disk_format: 'raw', container_format: 'bare', ...json },
  });
  expect(status).toBe(201);
  return body.id;
}

const upload = (token: string, id: string, body: Uint8Array = bytes) =>
  cloud.call(token, 'PUT', `/image/v2/images/${id}/file`, { body, headers: octets });
const get = async (token: string, id: string) => (await cloud.call(token, 'GET', `/image/v2/images/${id}`)).body;
const patch = (token: string, id: string, operations: unknown) =>
  cloud.call(token, 'PATCH', `/image/v2/images/${id}`, {
    body: JSON.stringify(operations),
    headers: { 'Content-Type': 'application/openstack-images-v2.1-json-patch' },
  });

describe('version documents', () => {
  it('are public: 300 at the root, 200 at /versions', async () => {
    const root = await cloud.call(null, 'GET', '/image/');
    expect(root.status).toBe(300);
    expect(root.body.versions[0]).toEqual({
      id: 'v2.13',
      status: 'CURRENT',
      links: [{ rel: 'self', href: 'http://cloud.test/image/v2/' }],
    });
    expect((await cloud.call(null, 'GET', '/image/versions')).status).toBe(200);
    expect((await cloud.call(null, 'GET', '/image/v2/images')).status).toBe(401);
  });
});

describe('the life of an image', () => {
  it('is created queued, uploaded, active with its digests, downloaded, deleted with its file', async () => {
    const id = await create('p1', { hw_disk_bus: 'virtio', tags: ['a', 'b', 'a'] });
    const queued = await get('p1', id);
    expect(queued).toMatchObject({
      status: 'queued',
      visibility: 'shared',
      owner: 'p1',
      size: null,
      hw_disk_bus: 'virtio',
      tags: ['a', 'b'],
      self: `/v2/images/${id}`,
      file: `/v2/images/${id}/file`,
      schema: '/v2/schemas/image',
    });
    expect((await cloud.call('p1', 'GET', `/image/v2/images/${id}/file`)).status).toBe(204);

    expect((await upload('p1', id)).status).toBe(204);
    expect(await get('p1', id)).toMatchObject({
      status: 'active',
      size: bytes.length,
      virtual_size: bytes.length,
      checksum: createHash('md5').update(bytes).digest('hex'),
      os_hash_algo: 'sha512',
      os_hash_value: createHash('sha512').update(bytes).digest('hex'),
    });
    expect(await readFile(api.localPath(id))).toEqual(bytes);
    expect((await stat(api.localPath(id))).mode & 0o777).toBe(0o640);
    expect((await upload('p1', id)).status).toBe(409);

    const whole = await cloud.call('p1', 'GET', `/image/v2/images/${id}/file`);
    expect(whole.text).toBe(bytes.toString());
    const head = await cloud.call('p1', 'HEAD', `/image/v2/images/${id}/file`);
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
    expect(whole.headers.get('content-md5')).toBe(createHash('md5').update(bytes).digest('hex'));

    expect((await cloud.call('p1', 'DELETE', `/image/v2/images/${id}`)).status).toBe(204);
    expect((await cloud.call('p1', 'GET', `/image/v2/images/${id}`)).status).toBe(404);
    await eventually(async () => expect(await readdir(directory)).not.toContain(id));
    const again = await cloud.call('p1', 'POST', '/image/v2/images', { json: { id } });
    expect(again.status).toBe(409);
  });

  it('answers ranges of the bytes', async () => {
    const id = await create('p1');
    await upload('p1', id);
    const range = (value: string) =>
      cloud.call('p1', 'GET', `/image/v2/images/${id}/file`, { headers: { Range: value } });
    const middle = await range('bytes=4-8');
    expect([middle.status, middle.text, middle.headers.get('content-range')]).toEqual([
      206,
      'bytes',
      `bytes 4-8/${bytes.length}`,
    ]);
    expect((await range('bytes=-5')).text).toBe('disk ');
    expect((await range(`bytes=${bytes.length}-`)).status).toBe(416);
  });

  it('stays queued without a file when the upload is cut short, too large or not as declared', async () => {
    const id = await create('p1');
    await new Promise<void>((resolve) => {
      const { port } = new URL(cloud.url);
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          `PUT /image/v2/images/${id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: p1\r\nContent-Type: application/octet-stream\r\nContent-Length: 500000\r\n\r\n`,
        );
        socket.write(Buffer.alloc(70_000), () => socket.destroy());
      }).once('close', () => resolve());
    });
    expect((await upload('p1', id, Buffer.alloc(1_000_001))).status).toBe(413);
    const qcow2 = Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x02', 'latin1'), Buffer.alloc(100)]);
    expect((await upload('p1', id, qcow2)).text).toContain('declared as raw but its content is qcow2');
    const own = join(directory, '.incoming', String(process.pid));
    await eventually(async () => expect(await readdir(own)).toEqual([]));
    expect(await readdir(directory)).not.toContain(id);
    expect((await get('p1', id)).status).toBe('queued');
    expect((await upload('p1', id)).status).toBe(204);
  });

  it('leaves nothing of an upload whose process was killed', async () => {
    const files = imageFiles(directory);
    const dead = join(directory, '.incoming', '4194399');
    await mkdir(dead);
    await writeFile(join(dead, newId()), 'half of an image');
    await files.prepare();
    expect(await readdir(join(directory, '.incoming'))).not.toContain('4194399');
  });

  it('is a 404 to who downloads it while it goes away', async () => {
    const id = await create('p1');
    await upload('p1', id);
    await rm(api.localPath(id));
    expect((await cloud.call('p1', 'GET', `/image/v2/images/${id}/file`)).status).toBe(404);
  });

  it('lets one of two uploads at a time win', async () => {
    const id = await create('p1');
    const answers = await Promise.all([upload('p1', id), upload('p1', id, Buffer.from('other'))]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    const file = await readFile(api.localPath(id));
    expect((await get('p1', id)).checksum).toBe(createHash('md5').update(file).digest('hex'));
  });

  it('leaves no file after a crash between the rename and the commit', async () => {
    const id = await create('p1');
    await writeFile(api.localPath(id), 'left behind');
    const files = imageFiles(directory);
    const reconciler = createFileReconciler({ store, files });
    expect(await reconciler.list?.()).toContain(id);
    await reconciler.reconcile(id, store.log);
    expect(await readdir(directory)).not.toContain(id);
  });

  it('keeps the bytes of a deleted image while somebody holds them', async () => {
    const id = await create('p1');
    await upload('p1', id);
    await store.transact((tx) => api.holdImage(tx, id, 'server:1'));
    await store.transact((tx) => api.holdImage(tx, id, 'server:1'));
    await cloud.call('p1', 'DELETE', `/image/v2/images/${id}`);
    await createFileReconciler({ store, files: imageFiles(directory) }).reconcile(id, store.log);
    expect(await readdir(directory)).toContain(id);
    await expect(store.transact((tx) => api.holdImage(tx, id, 'server:2'))).rejects.toThrow('not active');
    await store.transact((tx) => api.releaseImage(tx, id, 'server:1'));
    await eventually(async () => expect(await readdir(directory)).not.toContain(id));
  });
});

describe('who sees and changes an image', () => {
  it('a private image is its project’s alone', async () => {
    const id = await create('p1', { visibility: 'private' });
    expect((await cloud.call('p2', 'GET', `/image/v2/images/${id}`)).status).toBe(404);
    expect((await cloud.call('p2', 'DELETE', `/image/v2/images/${id}`)).status).toBe(404);
    expect((await upload('p2', id)).status).toBe(404);
    expect((await get('root:admin', id)).id).toBe(id);
  });

  it('only an administrator makes an image public; strangers read it and may not change it', async () => {
    expect((await cloud.call('p1', 'POST', '/image/v2/images', { json: { visibility: 'public' } })).status).toBe(403);
    const own = await create('p1');
    expect((await patch('p1', own, [{ op: 'replace', path: '/visibility', value: 'public' }])).status).toBe(403);
    const id = await create('root:admin', { visibility: 'public' });
    expect((await get('p2', id)).id).toBe(id);
    expect((await cloud.call('p2', 'DELETE', `/image/v2/images/${id}`)).status).toBe(403);
    expect((await patch('p2', id, [{ op: 'replace', path: '/name', value: 'mine' }])).status).toBe(403);
  });

  it('a shared image shows to members: by id at once, in lists when accepted', async () => {
    const id = await create('p1');
    const members = `/image/v2/images/${id}/members`;
    expect((await cloud.call('p2', 'GET', `/image/v2/images/${id}`)).status).toBe(404);
    expect((await cloud.call('p1', 'POST', members, { json: { member: 'p2' } })).body).toMatchObject({
      image_id: id,
      member_id: 'p2',
      status: 'pending',
    });
    expect((await cloud.call('p1', 'POST', members, { json: { member: 'p2' } })).status).toBe(409);
    const listed = async () =>
      (await cloud.call('p2', 'GET', '/image/v2/images?visibility=shared')).body.images.map(
        (image: { id: string }) => image.id,
      );
    expect((await get('p2', id)).id).toBe(id);
    expect(await listed()).not.toContain(id);
    expect((await cloud.call('p1', 'PUT', `${members}/p2`, { json: { status: 'accepted' } })).status).toBe(403);
    expect((await cloud.call('p2', 'PUT', `${members}/p2`, { json: { status: 'accepted' } })).body.status).toBe(
      'accepted',
    );
    expect(await listed()).toContain(id);
    expect((await cloud.call('p2', 'DELETE', `/image/v2/images/${id}`)).status).toBe(403);
    expect((await cloud.call('p1', 'DELETE', `${members}/p2`)).status).toBe(204);
    expect((await cloud.call('p2', 'GET', `/image/v2/images/${id}`)).status).toBe(404);
  });

  it('a reader reads only', async () => {
    expect((await cloud.call('p1:reader', 'POST', '/image/v2/images', { json: {} })).status).toBe(403);
    expect((await cloud.call('p1:reader', 'GET', '/image/v2/images')).status).toBe(200);
  });
});

describe('a patch', () => {
  it('adds, replaces and removes', async () => {
    const id = await create('p1', { os_distro: 'debian' });
    const { status, body } = await patch('p1', id, [
      { op: 'replace', path: '/name', value: 'renamed' },
      { op: 'add', path: '/hw~1odd', value: 'x' },
      { op: 'remove', path: '/os_distro' },
      { op: 'replace', path: '/tags', value: ['t', 't'] },
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'renamed', 'hw/odd': 'x', tags: ['t'] });
    expect(body).not.toHaveProperty('os_distro');
  });

  it.each([
    [[{ op: 'replace', path: '/status', value: 'active' }], 403],
    [[{ op: 'remove', path: '/disk_format' }], 403],
    [[{ op: 'replace', path: '/nothing', value: 'x' }], 409],
    [[{ op: 'replace', path: '/min_ram', value: -1 }], 400],
    [[{ op: 'move', path: '/name' }], 400],
    [[{ op: 'add', path: 'name', value: 'x' }], 400],
    [[{ op: 'add', path: '/a/b', value: 'x' }], 400],
    [{ op: 'add' }, 400],
  ])('%j is refused with %i and changes nothing', async (operations, status) => {
    const id = await create('p1');
    const before = await get('p1', id);
    expect((await patch('p1', id, operations)).status).toBe(status);
    expect(await get('p1', id)).toEqual(before);
  });

  it('must come as an image patch', async () => {
    const id = await create('p1');
    expect((await cloud.call('p1', 'PATCH', `/image/v2/images/${id}`, { json: [] })).status).toBe(415);
  });

  it('protects from deletion', async () => {
    const id = await create('p1', { protected: true });
    expect((await cloud.call('p1', 'DELETE', `/image/v2/images/${id}`)).status).toBe(403);
    await patch('p1', id, [{ op: 'replace', path: '/protected', value: false }]);
    expect((await cloud.call('p1', 'DELETE', `/image/v2/images/${id}`)).status).toBe(204);
  });

  it('sets single tags', async () => {
    const id = await create('p1');
    expect((await cloud.call('p1', 'PUT', `/image/v2/images/${id}/tags/blue`)).status).toBe(204);
    expect((await get('p1', id)).tags).toEqual(['blue']);
    expect((await cloud.call('p1', 'DELETE', `/image/v2/images/${id}/tags/blue`)).status).toBe(204);
    expect((await cloud.call('p1', 'DELETE', `/image/v2/images/${id}/tags/blue`)).status).toBe(404);
  });
});

describe('a list', () => {
  it('pages through every image once, whatever the order', async () => {
    for (const name of ['c', 'a', 'b', 'a', 'd']) await create('paging', { name, visibility: 'private' });
    for (const sort of ['name:asc', 'name:desc', 'size:asc,name', 'created_at']) {
      const seen: string[] = [];
      let path: string | undefined = `/v2/images?limit=2&visibility=private&sort=${sort}`;
      while (path !== undefined) {
        const { body }: { body: { images: { id: string }[]; next?: string } } = await cloud.call(
          'paging',
          'GET',
          `/image${path}`,
        );
        seen.push(...body.images.map(({ id }) => id));
        path = body.next;
      }
      expect(new Set(seen).size).toBe(5);
      expect(seen).toHaveLength(5);
    }
  });

  it('filters by attributes, tags, sizes and properties', async () => {
    const id = await create('filters', { name: 'x,y', tags: ['red', 'big'], flavour: 'sweet' });
    await upload('filters', id);
    await create('filters', { name: 'other', container_format: 'ova' });
    const found = async (query: string) =>
      (await cloud.call('filters', 'GET', `/image/v2/images?owner=filters&${query}`)).body.images.map(
        (image: { id: string }) => image.id,
      );
    for (const query of [
      'name=in:"x,y"',
      'status=active',
      'tag=red&tag=big',
      `size_min=${bytes.length}&size_max=${bytes.length}`,
      'flavour=sweet',
      `id=${id}`,
      'container_format=bare',
      'status=active&created_at=gt:2020-01-01T00:00:00Z',
    ]) {
      expect([query, await found(query)]).toEqual([query, [id]]);
    }
    expect(await found('created_at=lt:2020-01-01')).toEqual([]);
    expect(await found('tag=red&tag=small')).toEqual([]);
  });

  it.each([
    'limit=-1',
    'limit=x',
    `marker=${newId()}`,
    'marker=x',
    'sort=nothing',
    'sort_dir=up',
    'status=unknown',
    'visibility=secret',
    'size_min=big',
    'created_at=yesterday',
    'os_hidden=maybe',
  ])('%s is refused', async (query) => {
    expect((await cloud.call('p1', 'GET', `/image/v2/images?${query}`)).status).toBe(400);
  });
});

describe('bad input', () => {
  it.each([
    [{ disk_format: 'wrong' }, 400],
    [{ container_format: 'wrong' }, 400],
    [{ name: 'x'.repeat(256) }, 400],
    [{ min_disk: 'x' }, 400],
    [{ id: 'x' }, 400],
    [{ custom: 1 }, 400],
    [{ status: 'active' }, 403],
    [{ self: 'x' }, 403],
    [{ owner: 'p2' }, 403],
  ])('%j is refused with %i', async (json, status) => {
    expect((await cloud.call('p1', 'POST', '/image/v2/images', { json })).status).toBe(status);
  });

  it.each(['x', '', newId(), `${newId()}x`, '%00', "'; drop table image.image"])(
    'no image is called %j',
    async (id) => {
      const path = `/image/v2/images/${encodeURIComponent(id)}`;
      if (id !== '') expect((await cloud.call('p1', 'GET', path)).status).toBe(404);
      expect((await cloud.call('p1', 'DELETE', path)).status).toBe(404);
    },
  );
});

describe('an image that comes with the cloud', () => {
  it('is registered once, public, from a file', async () => {
    const path = join(directory, 'tiny.qcow2.source');
    const header = Buffer.alloc(512);
    header.write('QFI\xfb', 'latin1');
    header.writeUInt32BE(2, 4);
    header.writeBigUInt64BE(123n * 1024n * 1024n, 24);
    await writeFile(path, header);
    const image = { id: newId(), name: 'andromede-tiny', path, diskFormat: 'qcow2' as const, minRam: 64 };
    const first = await api.registerLocalImage(image);
    expect(first).toMatchObject({ status: 'active', visibility: 'public', contentFormat: 'qcow2', owner: null });
    expect(await api.registerLocalImage(image)).toEqual(first);
    expect((await get('p2', image.id)).virtual_size).toBe(123 * 1024 * 1024);
    expect((await api.getImage(contextOf('p3'), image.id)).minRam).toBe(64);
  });

  it('is what its name means from then on, also when another had the name before', async () => {
    const path = join(directory, 'local.raw');
    await writeFile(path, Buffer.alloc(512));
    const image = { name: 'renewed', path, diskFormat: 'raw' as const };
    const before = await api.registerLocalImage({ ...image, id: newId() });
    const theirs = await create('p1', { name: 'renewed' });
    const now = await api.registerLocalImage({ ...image, id: newId() });
    const found = await api.findImages(contextOf('p1'), { name: 'renewed' });
    expect(found.map(({ id }) => id).sort()).toEqual([theirs, now?.id].sort());
    expect(await get('p2', before?.id ?? '')).toMatchObject({ status: 'active', os_hidden: true });
  });
});

describe('text that cannot be stored', () => {
  it.each(['\u0000', '\ud800'])('%j is refused wherever it is sent', async (bad) => {
    const post = (json: unknown) => cloud.call('p1', 'POST', '/image/v2/images', { json });
    expect((await post({ custom: bad })).status).toBe(400);
    const id = await create('p1');
    expect((await patch('p1', id, [{ op: 'add', path: '/custom', value: bad }])).status).toBe(400);
  });

  it.each(['name=%00', 'tag=%00', 'custom=%00', 'owner=%00'])('%s is refused', async (query) => {
    expect((await cloud.call('p1', 'GET', `/image/v2/images?${query}`)).status).toBe(400);
  });
});
