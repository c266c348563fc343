import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../kernel/base/errors.ts';
import { newId } from '../../kernel/base/ids.ts';
import { contextOf } from '../../kernel/testing/index.ts';
import { imageId, type VolumesUnderTest, volumesUnderTest } from './volumes.harness.ts';

const GiB = 2 ** 30;
let under: VolumesUnderTest;

beforeAll(async () => {
  under = await volumesUnderTest();
});
afterEach(() => {
  under.engine.interrupt = () => undefined;
});
afterAll(() => under.close());

describe('version documents', () => {
  it('are public: 300 at the root, 200 below, with their media types', async () => {
    const root = await under.cloud.call(null, 'GET', '/volume/');
    expect(root.status).toBe(300);
    expect(root.body.versions[0]).toMatchObject({ id: 'v3.0', min_version: '3.0', version: '3.69' });
    expect(root.body.versions[0]['media-types']).toHaveLength(1);
    expect((await under.cloud.call(null, 'GET', '/volume/v3/')).status).toBe(200);
    expect((await under.cloud.call(null, 'GET', '/volume/v3/p1/volumes')).status).toBe(401);
  });
});

describe('the life of a volume', () => {
  it('is made, grown and deleted, on disk and in what is told', async () => {
    const id = await under.available('life', { name: 'data', metadata: { a: 'b' } });
    expect(under.engine.volumes.get(id)).toMatchObject({ sizeBytes: GiB, source: { kind: 'blank' } });
    expect(await under.get('life', id)).toMatchObject({
      ...{ name: 'data', size: 1, bootable: 'false', volume_type: 'standard', metadata: { a: 'b' }, attachments: [] },
      'os-vol-tenant-attr:tenant_id': 'life',
    });
    await under.api.extendVolume(contextOf('life'), id, 3);
    expect(await under.until('life', 'volumes', id, 'available')).toMatchObject({ size: 3 });
    expect(under.engine.volumes.get(id)?.sizeBytes).toBe(3 * GiB);
    expect((await under.call('life', 'DELETE', `/volumes/${id}`)).status).toBe(202);
    await under.gone('life', 'volumes', id);
    expect(under.engine.volumes.has(id)).toBe(false);
    expect((await under.events(id)).map(({ type, data }) => [type, data.sizeGiB])).toEqual([
      ['created', 1],
      ['extended', 3],
      ['deleted', 3],
    ]);
  });

  it('made of an image is bootable, remembers it, and holds it only until it is made', async () => {
    under.engine.interrupt = (operation) => {
      if (operation === 'createVolume') expect(under.images.holds.size).toBe(1);
    };
    const id = await under.available('image', { imageRef: imageId, size: 2 });
    expect(under.engine.volumes.get(id)?.source).toEqual({
      ...{ kind: 'image', path: `/images/${imageId}`, format: 'qcow2' },
    });
    expect(under.images.holds.size).toBe(0);
    expect(await under.get('image', id)).toMatchObject({
      bootable: 'true',
      volume_image_metadata: { image_id: imageId, os_distro: 'debian', min_disk: '1' },
    });
    expect((await under.api.getVolume(contextOf('image'), id)).image).toEqual({ id: imageId, minRam: 64, minDisk: 1 });
  });

  it('made of another volume is as large unless said, and never smaller', async () => {
    const source = await under.available('clone', { size: 3 });
    const { volume } = await under.ok('clone', 'POST', '/volumes', { volume: { source_volid: source } });
    expect(volume).toMatchObject({ size: 3, source_volid: source });
    const smaller = { volume: { source_volid: source, size: 2 } };
    expect((await under.call('clone', 'POST', '/volumes', smaller)).status).toBe(400);
  });

  it('goes on after failures that pass, and ends in error, with a message, after others', async () => {
    let failures = 2;
    under.engine.interrupt = (operation) => {
      if (operation === 'createVolume' && failures-- > 0) throw new Fault('engineUnavailable', 'away');
    };
    await under.available('retry');
    under.engine.interrupt = (operation) => {
      if (operation === 'createVolume') throw new Fault('insufficientStorage', 'There is no room.');
    };
    const { volume } = await under.ok('retry', 'POST', '/volumes', { volume: { size: 1 } });
    await under.until('retry', 'volumes', volume.id, 'error');
    expect((await under.call('retry', 'DELETE', `/volumes/${volume.id}`)).status).toBe(202);
    await under.gone('retry', 'volumes', volume.id);
    expect(await under.events(volume.id), 'it was never there to be metered').toEqual([]);
  });

  it('is created once for the same id', async () => {
    const id = newId();
    const context = contextOf('same');
    const [first, second] = [
      await under.api.createVolume(context, { sizeGiB: 1 }, { id }),
      await under.api.createVolume(context, { sizeGiB: 1 }, { id }),
    ];
    expect(second.id).toBe(first.id);
    await under.until('same', 'volumes', id, 'available');
    await under.api.deleteVolume(context, id);
    await under.gone('same', 'volumes', id);
    await under.api.deleteVolume(context, id);
  });

  it.each([
    ['no size', {}, 400],
    ['size 0', { size: '0' }, 400],
    ['size -1', { size: -1 }, 400],
    ['a size that is no number', { size: '#$%' }, 400],
    ['an unknown key', { size: 1, colour: 'red' }, 400],
    ['an unknown type', { size: 1, volume_type: newId() }, 404],
    ['an unknown snapshot', { size: 1, snapshot_id: newId() }, 404],
    ['an unknown volume', { size: 1, source_volid: newId() }, 404],
    ['an unknown image', { size: 1, imageRef: newId() }, 400],
    ['another zone', { size: 1, availability_zone: 'mars' }, 400],
  ])('is refused with %s', async (_what, volume, status) => {
    expect((await under.call('refused', 'POST', '/volumes', { volume })).status).toBe(status);
    expect((await under.ok('refused', 'GET', '/volumes')).volumes).toEqual([]);
  });
});

describe('strangers', () => {
  it('do not find another project’s volume, whatever they do', async () => {
    const id = await under.available('mine');
    for (const [method, path, json] of [
      ['GET', `/volumes/${id}`, undefined],
      ['PUT', `/volumes/${id}`, { volume: { name: 'x' } }],
      ['DELETE', `/volumes/${id}`, undefined],
    ] as const) {
      expect((await under.call('stranger', method, path, json)).status, method).toBe(404);
    }
    expect((await under.ok('stranger', 'GET', '/volumes?all_tenants=1')).volumes).toEqual([]);
    expect((await under.cloud.call('stranger', 'GET', `/volume/v3/mine/volumes`)).status).toBe(400);
  });
});

describe('a list of volumes', () => {
  it('is filtered, sorted and paged', async () => {
    for (const name of ['a', 'b', 'c']) await under.available('list', { name, metadata: { Type: name } });
    const names = async (query: string) =>
      (await under.ok('list', 'GET', `/volumes/detail?${query}`)).volumes.map(
        (volume: { name: string }) => volume.name,
      );
    expect(await names('')).toEqual(['c', 'b', 'a']);
    expect(await names('sort=name:asc&limit=2')).toEqual(['a', 'b']);
    expect(await names('name=b&status=available')).toEqual(['b']);
    expect(await names('status=null')).toEqual([]);
    expect(await names(`metadata=${encodeURIComponent("{'Type': 'c'}")}`)).toEqual(['c']);
    expect(await names('offset=1&limit=1')).toEqual(['b']);
    const first = await under.ok('list', 'GET', '/volumes?limit=2');
    const next = new URL(first.volumes_links[0].href);
    expect((await under.ok('list', 'GET', `/volumes${next.search}`)).volumes).toHaveLength(1);
    expect((await under.call('list', 'GET', '/volumes?limit=x')).status).toBe(400);
    expect((await under.call('list', 'GET', '/volumes?sort=colour')).status).toBe(400);
  });
});

describe('quotas', () => {
  it('hold under a hundred creations at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => under.call('crowd', 'POST', '/volumes', { volume: { size: 1 } })),
    );
    const statuses = Map.groupBy(answers, ({ status }) => status);
    expect([statuses.get(202)?.length, statuses.get(413)?.length]).toEqual([10, 90]);
    expect((await under.ok('crowd', 'GET', '/volumes')).volumes).toHaveLength(10);
  });
});

describe('a server’s volume', () => {
  const serverId = newId();

  async function reserved(project: string) {
    const volumeId = await under.available(project);
    const id = newId();
    const attachment = { id, volumeId, serverId, device: '/dev/vdb' };
    await under.store.transact((tx) => under.api.reserve(tx, contextOf(project), attachment));
    await under.store.transact((tx) => under.api.reserve(tx, contextOf(project), attachment));
    return { volumeId, id };
  }

  it('is reserved, connected, in use, let go of; each step may be repeated', async () => {
    const context = contextOf('attach');
    const { volumeId, id } = await reserved('attach');
    expect((await under.get('attach', volumeId)).status).toBe('reserved');
    const connection = await under.api.connect(context, id, 'host-1');
    expect(connection).toEqual({ path: `/volumes/${volumeId}`, format: 'qcow2', readOnly: false });
    await under.api.complete(context, id);
    await under.api.complete(context, id);
    await under.api.connect(context, id, 'host-1');
    expect(await under.get('attach', volumeId)).toMatchObject({
      status: 'in-use',
      attachments: [{ server_id: serverId, attachment_id: id, id: volumeId, device: '/dev/vdb', host_name: null }],
    });
    expect((await under.call('attach', 'DELETE', `/volumes/${volumeId}`)).status).toBe(400);
    await under.store.transact((tx) => under.api.beginDetaching(tx, context, id));
    expect((await under.get('attach', volumeId)).status).toBe('detaching');
    await under.api.release(context, id);
    await under.api.release(context, id);
    expect(await under.get('attach', volumeId)).toMatchObject({ status: 'available', attachments: [] });
    await expect(under.api.connect(context, id, 'host-1')).rejects.toMatchObject({ code: 'notFound' });
  });

  it('is nobody else’s while it is reserved', async () => {
    const { volumeId } = await reserved('taken');
    const another = { id: newId(), volumeId, serverId: newId(), device: '/dev/vdb' };
    await expect(
      under.store.transact((tx) => under.api.reserve(tx, contextOf('taken'), another)),
    ).rejects.toMatchObject({ code: 'badRequest' });
  });

  it('has its snapshots made and deleted while the server has it, if they are asked for by force', async () => {
    const { volumeId, id } = await reserved('kept');
    const snapshot = { snapshot: { volume_id: volumeId, force: true } };
    await under.api.complete(contextOf('kept'), id);
    const plain = { snapshot: { volume_id: volumeId } };
    expect((await under.call('kept', 'POST', '/snapshots', plain)).status).toBe(400);
    expect((await under.call('kept', 'POST', '/snapshots', plain, '3.66')).status).toBe(202);
    const { snapshot: made } = await under.ok('kept', 'POST', '/snapshots', snapshot);
    await under.until('kept', 'snapshots', made.id, 'available');
    const { snapshot: gone } = await under.ok('kept', 'POST', '/snapshots', snapshot);
    await under.until('kept', 'snapshots', gone.id, 'available');
    expect((await under.call('kept', 'DELETE', `/snapshots/${gone.id}`)).status).toBe(202);
    await under.gone('kept', 'snapshots', gone.id);
    await under.api.release(contextOf('kept'), id);
    expect((await under.call('kept', 'DELETE', `/volumes/${volumeId}`)).status, 'it has a snapshot').toBe(400);
    expect((await under.call('kept', 'DELETE', `/volumes/${volumeId}?cascade=true`)).status).toBe(202);
    await under.gone('kept', 'volumes', volumeId);
    await under.gone('kept', 'snapshots', made.id);
  });

  it('is backed up while the server has it, if that is asked for by force, and is in use again however it ends', async () => {
    const { volumeId, id } = await reserved('backed');
    await under.api.complete(contextOf('backed'), id);
    const backUp = (more: object) =>
      under.call('backed', 'POST', '/backups', { backup: { volume_id: volumeId, ...more } });
    const refused = await backUp({});
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('must use the force flag')]);
    const { backup } = (await backUp({ force: true })).body;
    await under.until('backed', 'backups', backup.id, 'available');
    expect((await under.get('backed', volumeId)).status).toBe('in-use');
    under.engine.interrupt = (operation) => {
      if (operation === 'createBackup') throw new Fault('insufficientStorage', 'There is no room.');
    };
    const { backup: failed } = (await backUp({ force: true })).body;
    const shown = await under.until('backed', 'backups', failed.id, 'error');
    expect(shown.fail_reason).toBe('There is no room.');
    expect((await under.get('backed', volumeId)).status).toBe('in-use');
    expect(under.engine.volumes.get(volumeId)?.snapshots, 'nothing is left in its disk').toEqual(new Set());
  });

  it('that the server lets go of during its backup is available afterwards', async () => {
    const { volumeId, id } = await reserved('letgo');
    await under.api.complete(contextOf('letgo'), id);
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    under.engine.interrupt = async (operation) => {
      if (operation !== 'createBackup') return;
      begun.resolve();
      await goOn.promise;
    };
    await under.ok('letgo', 'POST', '/backups', { backup: { volume_id: volumeId, force: true } });
    await begun.promise;
    expect((await under.get('letgo', volumeId)).status).toBe('backing-up');
    await under.api.release(contextOf('letgo'), id);
    goOn.resolve();
    await under.until('letgo', 'volumes', volumeId, 'available');
  });

  it('is detached by compute only: nobody takes a disk from under a guest', async () => {
    const { volumeId, id } = await reserved('held');
    await under.api.complete(contextOf('held'), id);
    for (const action of [{ 'os-detach': {} }, { 'os-terminate_connection': {} }]) {
      expect((await under.call('held', 'POST', `/volumes/${volumeId}/action`, action)).status).toBe(409);
    }
    expect((await under.call('held', 'DELETE', `/attachments/${id}`, undefined, '3.27')).status).toBe(409);
    expect((await under.get('held', volumeId)).status).toBe('in-use');
  });

  it('grows with its server, and its disk catches up when it is let go of', async () => {
    const context = contextOf('grow');
    const { volumeId, id } = await reserved('grow');
    await under.api.connect(context, id, 'host-1');
    await under.api.complete(context, id);
    await under.api.extendVolume(context, volumeId, 2);
    expect(await under.until('grow', 'volumes', volumeId, 'in-use')).toMatchObject({ size: 2 });
    expect(under.engine.volumes.get(volumeId)?.sizeBytes, 'the guest has it open').toBe(GiB);
    await under.api.release(context, id);
    await under.until('grow', 'volumes', volumeId, 'available');
    await expect.poll(() => under.engine.volumes.get(volumeId)?.sizeBytes).toBe(2 * GiB);
  });
});
