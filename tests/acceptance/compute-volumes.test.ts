import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Session, signIn, until } from '../harness/client.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';

/** Volumes and snapshots as the compute API passes them on until 2.35. */
let cloud: TestCloud;
let demo: Session;
let admin: Session;

beforeAll(async () => {
  cloud = await startCloud();
  demo = await signIn(cloud.url, 'demo', demoPassword, 'demo');
  admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
});
afterAll(() => cloud?.close());

// biome-ignore lint/suspicious/noExplicitAny: looks into JSON of any shape.
const call = (method: string, path: string, body?: unknown, session = demo, headers = {}): Promise<any> =>
  session.call(method, `/compute/v2.1/${path}`, body, headers);

it('a volume and a snapshot of it are made, shown, listed and deleted, and are those of block storage', async () => {
  const asked = { size: 1, display_name: 'v', metadata: { Type: 'work' } };
  const { status, body } = await call('POST', 'os-volumes', { volume: asked });
  expect(status).toBe(200);
  const { id } = body.volume;
  await until(
    () => call('GET', `os-volumes/${id}`),
    ({ body: { volume } }) => volume.status === 'available',
  );
  const { body: shown } = await call('GET', `os-volumes/${id}`);
  expect(shown.volume).toMatchObject({ displayName: 'v', size: 1, metadata: { Type: 'work' }, attachments: [{}] });
  expect((await call('GET', 'os-volumes/detail')).body.volumes).toEqual([shown.volume]);
  const own = await demo.call<{ volume: { name: string } }>('GET', `/volume/v3/${demo.projectId}/volumes/${id}`);
  expect(own.body.volume.name).toBe('v');

  const { body: made } = await call('POST', 'os-snapshots', { snapshot: { volume_id: id, display_name: 's' } });
  const snapshot = `os-snapshots/${made.snapshot.id}`;
  await until(
    () => call('GET', snapshot),
    ({ body: answer }) => answer.snapshot.status === 'available',
  );
  expect((await call('GET', 'os-snapshots')).body.snapshots).toMatchObject([{ displayName: 's', volumeId: id }]);
  expect((await call('DELETE', `os-volumes/${id}`)).status).toBe(400);
  for (const path of [snapshot, `os-volumes/${id}`]) {
    expect((await call('GET', path, undefined, admin)).status).toBe(200);
    expect((await call('DELETE', path)).status).toBe(202);
    await until(
      () => call('GET', path),
      (answer) => answer.status === 404,
    );
    expect((await call('DELETE', path)).status).toBe(404);
  }
});

it('pages are counted from the newest, and what is no volume is refused', async () => {
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    ids.unshift((await call('POST', 'os-volumes', { volume: { size: 1, display_name: name } })).body.volume.id);
  }
  const { body } = await call('GET', 'os-volumes?limit=1&offset=1');
  expect(body.volumes.map((volume: { id: string }) => volume.id)).toEqual([ids[1]]);
  expect((await call('GET', 'os-volumes', undefined, admin)).body.volumes).toEqual([]);
  for (const size of [0, '#$%', undefined, -1]) {
    expect((await call('POST', 'os-volumes', { volume: { size } })).status).toBe(400);
  }
  expect((await call('GET', 'os-volumes/')).status).toBe(404);
  expect((await call('GET', 'os-volumes', undefined, demo, { 'OpenStack-API-Version': 'compute 2.36' })).status).toBe(
    404,
  );
});
