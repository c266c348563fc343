import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { contextOf, eventually } from '../../kernel/testing/index.ts';
import { bytes, imageCalls, startImages, type TestImages } from './testing.ts';
import { imageFiles } from './work/files.ts';
import { createFileReconciler } from './work/reconcile-file.ts';

let images: TestImages;
let calls: ReturnType<typeof imageCalls>;

beforeAll(async () => {
  images = await startImages();
  calls = imageCalls(images);
});
afterAll(() => images.close());

describe('the life of an image', () => {
  it('is created queued, uploaded, active with its digests, downloaded, deleted with its file', async () => {
    const id = await calls.create('p1', { hw_disk_bus: 'virtio', tags: ['a', 'b', 'a'] });
    const queued = await calls.get('p1', id);
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
    expect((await images.cloud.call('p1', 'GET', `/image/v2/images/${id}/file`)).status).toBe(204);

    expect((await calls.upload('p1', id)).status).toBe(204);
    expect(await calls.get('p1', id)).toMatchObject({
      status: 'active',
      size: bytes.length,
      virtual_size: bytes.length,
      checksum: createHash('md5').update(bytes).digest('hex'),
      os_hash_algo: 'sha512',
      os_hash_value: createHash('sha512').update(bytes).digest('hex'),
    });
    expect(await readFile(images.api.localPath(id))).toEqual(bytes);
    expect((await stat(images.api.localPath(id))).mode & 0o777).toBe(0o640);
    expect((await calls.upload('p1', id)).status).toBe(409);

    const whole = await images.cloud.call('p1', 'GET', `/image/v2/images/${id}/file`);
    expect(whole.text).toBe(bytes.toString());
    const head = await images.cloud.call('p1', 'HEAD', `/image/v2/images/${id}/file`);
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
    expect(whole.headers.get('content-md5')).toBe(createHash('md5').update(bytes).digest('hex'));

    expect((await images.cloud.call('p1', 'DELETE', `/image/v2/images/${id}`)).status).toBe(204);
    expect((await images.cloud.call('p1', 'GET', `/image/v2/images/${id}`)).status).toBe(404);
    await eventually(async () => expect(await readdir(images.directory)).not.toContain(id));
    const again = await images.cloud.call('p1', 'POST', '/image/v2/images', { json: { id } });
    expect(again.status).toBe(409);
  });

  it('answers ranges of the bytes', async () => {
    const id = await calls.create('p1');
    await calls.upload('p1', id);
    const range = (value: string) =>
      images.cloud.call('p1', 'GET', `/image/v2/images/${id}/file`, { headers: { Range: value } });
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
    const id = await calls.create('p1');
    await new Promise<void>((resolve) => {
      const { port } = new URL(images.cloud.url);
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          `PUT /image/v2/images/${id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: p1\r\nContent-Type: application/octet-stream\r\nContent-Length: 500000\r\n\r\n`,
        );
        socket.write(Buffer.alloc(70_000), () => socket.destroy());
      }).once('close', () => resolve());
    });
    expect((await calls.upload('p1', id, Buffer.alloc(1_000_001))).status).toBe(413);
    const qcow2 = Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x02', 'latin1'), Buffer.alloc(100)]);
    expect((await calls.upload('p1', id, qcow2)).text).toContain('declared as raw but its content is qcow2');
    const own = join(images.directory, '.incoming', String(process.pid));
    await eventually(async () => expect(await readdir(own)).toEqual([]));
    expect(await readdir(images.directory)).not.toContain(id);
    expect((await calls.get('p1', id)).status).toBe('queued');
    expect((await calls.upload('p1', id)).status).toBe(204);
  });

  it('leaves nothing of an upload whose process was killed', async () => {
    const files = imageFiles(images.directory);
    const dead = join(images.directory, '.incoming', '4194399');
    await mkdir(dead);
    await writeFile(join(dead, newId()), 'half of an image');
    await files.prepare();
    expect(await readdir(join(images.directory, '.incoming'))).not.toContain('4194399');
  });

  it('is a 404 to who downloads it while it goes away', async () => {
    const id = await calls.create('p1');
    await calls.upload('p1', id);
    await rm(images.api.localPath(id));
    expect((await images.cloud.call('p1', 'GET', `/image/v2/images/${id}/file`)).status).toBe(404);
  });

  it('lets one of two uploads at a time win', async () => {
    const id = await calls.create('p1');
    const answers = await Promise.all([calls.upload('p1', id), calls.upload('p1', id, Buffer.from('other'))]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    const file = await readFile(images.api.localPath(id));
    expect((await calls.get('p1', id)).checksum).toBe(createHash('md5').update(file).digest('hex'));
  });

  it('leaves no file after a crash between the rename and the commit', async () => {
    const id = await calls.create('p1');
    await writeFile(images.api.localPath(id), 'left behind');
    const files = imageFiles(images.directory);
    const reconciler = createFileReconciler({ store: images.store, files });
    expect(await reconciler.list?.()).toContain(id);
    await reconciler.reconcile(id, images.store.log);
    expect(await readdir(images.directory)).not.toContain(id);
  });

  it('keeps the bytes of a deleted image while somebody holds them', async () => {
    const id = await calls.create('p1');
    await calls.upload('p1', id);
    await images.store.transact((tx) => images.api.holdImage(tx, id, 'server:1'));
    await images.store.transact((tx) => images.api.holdImage(tx, id, 'server:1'));
    await images.cloud.call('p1', 'DELETE', `/image/v2/images/${id}`);
    await createFileReconciler({ store: images.store, files: imageFiles(images.directory) }).reconcile(
      id,
      images.store.log,
    );
    expect(await readdir(images.directory)).toContain(id);
    await expect(images.store.transact((tx) => images.api.holdImage(tx, id, 'server:2'))).rejects.toThrow('not active');
    await images.store.transact((tx) => images.api.releaseImage(tx, id, 'server:1'));
    await eventually(async () => expect(await readdir(images.directory)).not.toContain(id));
  });
});

describe('an image that comes with the cloud', () => {
  it('is registered once, public, from a file', async () => {
    const path = join(images.directory, 'tiny.qcow2.source');
    const header = Buffer.alloc(512);
    header.write('QFI\xfb', 'latin1');
    header.writeUInt32BE(2, 4);
    header.writeBigUInt64BE(123n * 1024n * 1024n, 24);
    await writeFile(path, header);
    const image = { id: newId(), name: 'andromede-tiny', path, diskFormat: 'qcow2' as const, minRam: 64 };
    const first = await images.api.registerLocalImage(image);
    expect(first).toMatchObject({ status: 'active', visibility: 'public', contentFormat: 'qcow2', owner: null });
    expect(await images.api.registerLocalImage(image)).toEqual(first);
    expect((await calls.get('p2', image.id)).virtual_size).toBe(123 * 1024 * 1024);
    expect((await images.api.getImage(contextOf('p3'), image.id)).minRam).toBe(64);
  });

  it('is what its name means from then on, also when another had the name before', async () => {
    const path = join(images.directory, 'local.raw');
    await writeFile(path, Buffer.alloc(512));
    const image = { name: 'renewed', path, diskFormat: 'raw' as const };
    const before = await images.api.registerLocalImage({ ...image, id: newId() });
    const theirs = await calls.create('p1', { name: 'renewed' });
    const now = await images.api.registerLocalImage({ ...image, id: newId() });
    const found = await images.api.findImages(contextOf('p1'), { name: 'renewed' });
    expect(found.map(({ id }) => id).sort()).toEqual([theirs, now?.id].sort());
    expect(await calls.get('p2', before?.id ?? '')).toMatchObject({ status: 'active', os_hidden: true });
  });
});
