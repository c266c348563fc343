import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../kernel/testing/index.ts';
import { groupStatuses, settledStatus } from './domain/group.ts';
import { type VolumesUnderTest, volumesUnderTest } from './volumes.harness.ts';

const newest = '3.69';
const standard = '6a1b0f0e-3c55-8a3e-9d0b-5f1d7f2c4a10';

let under: VolumesUnderTest;
let groupType: string;
beforeAll(async () => {
  under = await volumesUnderTest();
  groupType = (await ok('POST', '/group_types', { group_type: { name: 'together' } }, 'ops:admin')).group_type.id;
});
afterAll(() => under.close());

const ok = (method: string, path: string, json?: unknown, token = 'p') => under.ok(token, method, path, json, newest);
const status = async (method: string, path: string, json?: unknown, token = 'p', asked = newest) =>
  (await under.call(token, method, path, json, asked)).status;

async function makeGroup(facts: Record<string, unknown> = {}): Promise<string> {
  const body = { group: { name: 'g', group_type: groupType, volume_types: [standard], ...facts } };
  return (await ok('POST', '/groups', body)).group.id;
}
const group = async (id: string) => (await ok('GET', `/groups/${id}`)).group;
const settled = (path: string, key: string, wanted = 'available') =>
  eventually(async () => expect((await ok('GET', path))[key].status).toBe(wanted));
const goneFrom = (path: string) => eventually(async () => expect(await status('GET', path)).toBe(404));
const volumesOf = async (id: string): Promise<{ id: string; snapshot_id: string; source_volid: string }[]> =>
  (await ok('GET', `/volumes/detail?group_id=${id}`)).volumes;

/** A group with two volumes. */
async function filledGroup() {
  const id = await makeGroup();
  const volumes = [await under.available('p', { group_id: id }), await under.available('p', { group_id: id })];
  return { id, volumes };
}

async function snapshotOf(groupId: string): Promise<string> {
  const { group_snapshot: made } = await ok('POST', '/group_snapshots', { group_snapshot: { group_id: groupId } });
  await settled(`/group_snapshots/${made.id}`, 'group_snapshot');
  return made.id;
}

async function removeGroup(id: string): Promise<void> {
  await ok('POST', `/groups/${id}/action`, { delete: { 'delete-volumes': true } });
  await goneFrom(`/groups/${id}`);
}

describe('a group', () => {
  it('holds volumes of its types, which go only with it or after they were taken out', async () => {
    const id = await makeGroup({ description: 'd' });
    expect(await group(id)).toMatchObject({ status: 'available', volume_types: [standard], group_type: groupType });
    const volume = await under.available('p', { group_id: id });
    expect((await ok('GET', `/groups/${id}?list_volume=true`)).group.volumes).toEqual([volume]);
    expect(await status('DELETE', `/volumes/${volume}`)).toBe(400);
    expect(await status('POST', '/volume-transfers', { transfer: { volume_id: volume } })).toBe(400);
    expect(await status('POST', `/groups/${id}/action`, { delete: {} })).toBe(400);
    await ok('PUT', `/groups/${id}`, { group: { name: 'renamed', remove_volumes: volume } });
    expect(await group(id)).toMatchObject({ name: 'renamed', description: 'd' });
    expect(await volumesOf(id)).toEqual([]);
    await ok('POST', `/groups/${id}/action`, { delete: {} });
    expect(await status('GET', `/groups/${id}`)).toBe(404);
    expect(await status('DELETE', `/volumes/${volume}`)).toBe(202);
  });

  it('is deleted with its volumes, when the last of them is gone', async () => {
    const { id, volumes } = await filledGroup();
    await removeGroup(id);
    for (const volume of volumes) expect(await status('GET', `/volumes/${volume}`)).toBe(404);
  });

  it('takes volumes that exist: of its project, its types, and in no group', async () => {
    const [id, other] = [await makeGroup(), await makeGroup()];
    const volume = await under.available('p');
    const change = (facts: object, of = id) => status('PUT', `/groups/${of}`, { group: facts });
    expect(await change({ add_volumes: volume, remove_volumes: volume })).toBe(400);
    expect(await change({ add_volumes: await under.available('q') })).toBe(404);
    expect(await change({ remove_volumes: volume })).toBe(400);
    expect(await change({ add_volumes: volume })).toBe(202);
    expect(await change({ add_volumes: volume }, other)).toBe(400);
    const { volume_type: another } = await ok('POST', '/types', { volume_type: { name: 'another' } }, 'ops:admin');
    const unfit = await under.available('p', { volume_type: another.id });
    expect(await change({ add_volumes: unfit })).toBe(400);
    const asked = { volume: { size: 1, volume_type: another.id, group_id: id } };
    expect(await status('POST', '/volumes', asked)).toBe(400);
    await removeGroup(id);
    await removeGroup(other);
    await ok('DELETE', `/volumes/${unfit}`);
  });

  it('is made of another one, volume by volume', async () => {
    const { id, volumes } = await filledGroup();
    const { group: copy } = await ok('POST', '/groups/action', {
      'create-from-src': { name: 'c', source_group_id: id },
    });
    await settled(`/groups/${copy.id}`, 'group');
    expect((await volumesOf(copy.id)).map(({ source_volid }) => source_volid).sort()).toEqual([...volumes].sort());
    expect(await group(copy.id)).toMatchObject({ source_group_id: id, group_snapshot_id: null });
    await removeGroup(copy.id);
    await removeGroup(id);
    expect(await status('POST', '/groups/action', { 'create-from-src': { name: 'c' } })).toBe(400);
  });

  it('is its project’s, is counted, and is known from 3.13 on', async () => {
    const id = await makeGroup();
    expect(await status('GET', `/groups/${id}`, undefined, 'q')).toBe(404);
    expect(await status('POST', `/groups/${id}/action`, { delete: {} }, 'q')).toBe(404);
    expect(await status('GET', `/groups/${id}`, undefined, 'p', '3.12')).toBe(404);
    expect((await ok('GET', '/groups/detail?limit=1')).groups).toMatchObject([{ id }]);
    expect((await ok('GET', '/groups/detail', undefined, 'q')).groups).toEqual([]);
    await ok('PUT', '/os-quota-sets/p', { quota_set: { groups: 1 } }, 'ops:admin');
    const body = { group: { group_type: groupType, volume_types: [standard] } };
    expect(await status('POST', '/groups', body)).toBe(413);
    await ok('DELETE', '/os-quota-sets/p', undefined, 'ops:admin');
    expect(await status('POST', `/groups/${id}/action`, { reset_status: { status: 'error' } })).toBe(403);
    await removeGroup(id);
  });
});

describe('a snapshot of a group', () => {
  it('has one of each volume, which are deleted with it only', async () => {
    const { id, volumes } = await filledGroup();
    const whole = await snapshotOf(id);
    const { snapshots } = await ok('GET', '/snapshots/detail');
    const parts = snapshots.filter((snapshot: { group_snapshot_id: string }) => snapshot.group_snapshot_id === whole);
    expect(parts.map(({ volume_id }: { volume_id: string }) => volume_id).sort()).toEqual([...volumes].sort());
    expect(await status('DELETE', `/snapshots/${parts[0].id}`)).toBe(400);
    expect(await status('POST', `/groups/${id}/action`, { delete: { 'delete-volumes': true } })).toBe(400);
    expect(await status('DELETE', `/group_snapshots/${whole}`, undefined, 'q')).toBe(404);
    await ok('DELETE', `/group_snapshots/${whole}`);
    await goneFrom(`/group_snapshots/${whole}`);
    expect(await status('GET', `/snapshots/${parts[0].id}`)).toBe(404);
    await removeGroup(id);
  });

  it('is what another group is made of', async () => {
    const { id } = await filledGroup();
    const whole = await snapshotOf(id);
    const source = { 'create-from-src': { name: 'restored', group_snapshot_id: whole } };
    const { group: made } = await ok('POST', '/groups/action', source);
    await settled(`/groups/${made.id}`, 'group');
    expect((await volumesOf(made.id)).map(({ snapshot_id }) => snapshot_id)).not.toContain(null);
    await removeGroup(made.id);
    await ok('DELETE', `/group_snapshots/${whole}`);
    await goneFrom(`/group_snapshots/${whole}`);
    await removeGroup(id);
  });

  it('is not made of a group without volumes, and says what an administrator said it is', async () => {
    const empty = await makeGroup();
    expect(await status('POST', '/group_snapshots', { group_snapshot: { group_id: empty } })).toBe(400);
    await removeGroup(empty);
    const { id } = await filledGroup();
    const whole = await snapshotOf(id);
    const action = `/group_snapshots/${whole}/action`;
    await ok('POST', action, { reset_status: { status: 'error' } }, 'ops:admin');
    await settled(`/group_snapshots/${whole}`, 'group_snapshot', 'error');
    await ok('DELETE', `/group_snapshots/${whole}`);
    await goneFrom(`/group_snapshots/${whole}`);
    await removeGroup(id);
  });
});

it('a group type is an administrator’s, seen by all when public, and kept while a group has it', async () => {
  const body = { group_type: { name: 'hidden', is_public: false, group_specs: { a: '1' } } };
  const { group_type: hidden } = await ok('POST', '/group_types', body, 'ops:admin');
  expect(await status('GET', `/group_types/${hidden.id}`)).toBe(404);
  expect(await status('POST', '/group_types', body)).toBe(403);
  const group = { group_type: hidden.id, volume_types: [standard] };
  expect(await status('POST', '/groups', { group })).toBe(404);
  expect(await status('POST', '/group_types', body, 'ops:admin')).toBe(409);
  expect(await status('PUT', `/group_types/${hidden.id}`, { group_type: { name: 'together' } }, 'ops:admin')).toBe(409);
  const names = async (query: string, token = 'ops:admin') =>
    (await ok('GET', `/group_types${query}`, undefined, token)).group_types.map(({ name }: { name: string }) => name);
  expect(await names('?is_public=None&sort=name:asc')).toEqual(['hidden', 'together']);
  expect(await names('?is_public=False')).toEqual(['hidden']);
  expect(await names('?is_public=None', 'p')).toEqual(['together']);
  await ok('PUT', `/group_types/${hidden.id}/group_specs/a`, { a: '2' }, 'ops:admin');
  expect((await ok('GET', `/group_types/${hidden.id}`, undefined, 'ops:admin')).group_type.group_specs).toEqual({
    a: '2',
  });
  const id = await makeGroup();
  expect(await status('DELETE', `/group_types/${groupType}`, undefined, 'ops:admin')).toBe(400);
  expect(await status('DELETE', `/group_types/${hidden.id}`, undefined, 'ops:admin')).toBe(202);
  await removeGroup(id);
});

it('what becomes of a whole follows from its parts: nothing is settled while one is being made', () => {
  const parts = fc.array(fc.constantFrom('creating', 'available', 'error', 'deleting', 'error_deleting'));
  fc.assert(
    fc.property(fc.constantFrom(...groupStatuses), parts, (whole, members) => {
      const outcome = settledStatus(whole, members);
      if (whole === 'creating' && members.includes('creating')) expect(outcome).toBeUndefined();
      if (outcome === 'gone') expect([whole, members]).toEqual(['deleting', []]);
      if (outcome === 'available') expect(members.some((member) => member.startsWith('error'))).toBe(false);
      if (whole !== 'creating' && whole !== 'deleting') expect(outcome).toBeUndefined();
    }),
  );
});
