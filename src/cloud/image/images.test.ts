import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { bytes, imageCalls, startImages, type TestImages } from './testing.ts';

let images: TestImages;
let calls: ReturnType<typeof imageCalls>;

beforeAll(async () => {
  images = await startImages();
  calls = imageCalls(images);
});
afterAll(() => images.close());

describe('version documents', () => {
  it('are public: 300 at the root, 200 at /versions', async () => {
    const root = await images.cloud.call(null, 'GET', '/image/');
    expect(root.status).toBe(300);
    expect(root.body.versions[0]).toEqual({
      id: 'v2.13',
      status: 'CURRENT',
      links: [{ rel: 'self', href: 'http://cloud.test/image/v2/' }],
    });
    expect((await images.cloud.call(null, 'GET', '/image/versions')).status).toBe(200);
    expect((await images.cloud.call(null, 'GET', '/image/v2/images')).status).toBe(401);
  });
});

describe('who sees and changes an image', () => {
  it('a private image is its project’s alone', async () => {
    const id = await calls.create('p1', { visibility: 'private' });
    expect((await images.cloud.call('p2', 'GET', `/image/v2/images/${id}`)).status).toBe(404);
    expect((await images.cloud.call('p2', 'DELETE', `/image/v2/images/${id}`)).status).toBe(404);
    expect((await calls.upload('p2', id)).status).toBe(404);
    expect((await calls.get('root:admin', id)).id).toBe(id);
  });

  it('only an administrator makes an image public; strangers read it and may not change it', async () => {
    expect((await images.cloud.call('p1', 'POST', '/image/v2/images', { json: { visibility: 'public' } })).status).toBe(
      403,
    );
    const own = await calls.create('p1');
    expect((await calls.patch('p1', own, [{ op: 'replace', path: '/visibility', value: 'public' }])).status).toBe(403);
    const id = await calls.create('root:admin', { visibility: 'public' });
    expect((await calls.get('p2', id)).id).toBe(id);
    expect((await images.cloud.call('p2', 'DELETE', `/image/v2/images/${id}`)).status).toBe(403);
    expect((await calls.patch('p2', id, [{ op: 'replace', path: '/name', value: 'mine' }])).status).toBe(403);
  });

  it('a shared image shows to members: by id at once, in lists when accepted', async () => {
    const id = await calls.create('p1');
    const members = `/image/v2/images/${id}/members`;
    expect((await images.cloud.call('p2', 'GET', `/image/v2/images/${id}`)).status).toBe(404);
    expect((await images.cloud.call('p1', 'POST', members, { json: { member: 'p2' } })).body).toMatchObject({
      image_id: id,
      member_id: 'p2',
      status: 'pending',
    });
    expect((await images.cloud.call('p1', 'POST', members, { json: { member: 'p2' } })).status).toBe(409);
    const listed = async () =>
      (await images.cloud.call('p2', 'GET', '/image/v2/images?visibility=shared')).body.images.map(
        (image: { id: string }) => image.id,
      );
    expect((await calls.get('p2', id)).id).toBe(id);
    expect(await listed()).not.toContain(id);
    expect((await images.cloud.call('p1', 'PUT', `${members}/p2`, { json: { status: 'accepted' } })).status).toBe(403);
    expect((await images.cloud.call('p2', 'PUT', `${members}/p2`, { json: { status: 'accepted' } })).body.status).toBe(
      'accepted',
    );
    expect(await listed()).toContain(id);
    expect((await images.cloud.call('p2', 'DELETE', `/image/v2/images/${id}`)).status).toBe(403);
    expect((await images.cloud.call('p1', 'DELETE', `${members}/p2`)).status).toBe(204);
    expect((await images.cloud.call('p2', 'GET', `/image/v2/images/${id}`)).status).toBe(404);
  });

  it('a reader reads only', async () => {
    expect((await images.cloud.call('p1:reader', 'POST', '/image/v2/images', { json: {} })).status).toBe(403);
    expect((await images.cloud.call('p1:reader', 'GET', '/image/v2/images')).status).toBe(200);
  });
});

describe('a patch', () => {
  it('adds, replaces and removes', async () => {
    const id = await calls.create('p1', { os_distro: 'debian' });
    const { status, body } = await calls.patch('p1', id, [
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
    const id = await calls.create('p1');
    const before = await calls.get('p1', id);
    expect((await calls.patch('p1', id, operations)).status).toBe(status);
    expect(await calls.get('p1', id)).toEqual(before);
  });

  it('must come as an image patch', async () => {
    const id = await calls.create('p1');
    expect((await images.cloud.call('p1', 'PATCH', `/image/v2/images/${id}`, { json: [] })).status).toBe(415);
  });

  it('protects from deletion', async () => {
    const id = await calls.create('p1', { protected: true });
    expect((await images.cloud.call('p1', 'DELETE', `/image/v2/images/${id}`)).status).toBe(403);
    await calls.patch('p1', id, [{ op: 'replace', path: '/protected', value: false }]);
    expect((await images.cloud.call('p1', 'DELETE', `/image/v2/images/${id}`)).status).toBe(204);
  });

  it('sets single tags', async () => {
    const id = await calls.create('p1');
    expect((await images.cloud.call('p1', 'PUT', `/image/v2/images/${id}/tags/blue`)).status).toBe(204);
    expect((await calls.get('p1', id)).tags).toEqual(['blue']);
    expect((await images.cloud.call('p1', 'DELETE', `/image/v2/images/${id}/tags/blue`)).status).toBe(204);
    expect((await images.cloud.call('p1', 'DELETE', `/image/v2/images/${id}/tags/blue`)).status).toBe(404);
  });
});

describe('a list', () => {
  it('pages through every image once, whatever the order', async () => {
    for (const name of ['c', 'a', 'b', 'a', 'd']) await calls.create('paging', { name, visibility: 'private' });
    for (const sort of ['name:asc', 'name:desc', 'size:asc,name', 'created_at']) {
      const seen: string[] = [];
      let path: string | undefined = `/v2/images?limit=2&visibility=private&sort=${sort}`;
      while (path !== undefined) {
        const { body }: { body: { images: { id: string }[]; next?: string } } = await images.cloud.call(
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
    const id = await calls.create('filters', { name: 'x,y', tags: ['red', 'big'], flavour: 'sweet' });
    await calls.upload('filters', id);
    await calls.create('filters', { name: 'other', container_format: 'ova' });
    const found = async (query: string) =>
      (await images.cloud.call('filters', 'GET', `/image/v2/images?owner=filters&${query}`)).body.images.map(
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
    expect((await images.cloud.call('p1', 'GET', `/image/v2/images?${query}`)).status).toBe(400);
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
    expect((await images.cloud.call('p1', 'POST', '/image/v2/images', { json })).status).toBe(status);
  });

  it.each(['x', '', newId(), `${newId()}x`, '%00', "'; drop table image.image"])(
    'no image is called %j',
    async (id) => {
      const path = `/image/v2/images/${encodeURIComponent(id)}`;
      if (id !== '') expect((await images.cloud.call('p1', 'GET', path)).status).toBe(404);
      expect((await images.cloud.call('p1', 'DELETE', path)).status).toBe(404);
    },
  );
});

describe('text that cannot be stored', () => {
  it.each(['\u0000', '\ud800'])('%j is refused wherever it is sent', async (bad) => {
    const post = (json: unknown) => images.cloud.call('p1', 'POST', '/image/v2/images', { json });
    expect((await post({ custom: bad })).status).toBe(400);
    const id = await calls.create('p1');
    expect((await calls.patch('p1', id, [{ op: 'add', path: '/custom', value: bad }])).status).toBe(400);
  });

  it.each(['name=%00', 'tag=%00', 'custom=%00', 'owner=%00'])('%s is refused', async (query) => {
    expect((await images.cloud.call('p1', 'GET', `/image/v2/images?${query}`)).status).toBe(400);
  });
});
