import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../kernel/base/ids.ts';
import { type PlacementUnderTest, placementUnderTest } from '../placement.harness.ts';
import { ProviderTrees, type Trees } from './candidates.ts';

let under: PlacementUnderTest;

beforeAll(async () => {
  under = await placementUnderTest();
});
afterAll(() => under.close());

const plain = ({ list }: Trees) => list.map((tree) => tree.map(({ room: _, ...member }) => member));

/** What one that has read nothing yet tells. */
const readAnew = async () => plain(await new ProviderTrees(under.store.db).current());

describe('the provider trees in memory', () => {
  it('are after each change what they would be if read anew', async () => {
    const trees = new ProviderTrees(under.store.db);
    expect(plain(await trees.current())).toEqual([]);
    const rp = (uuid: string, rest = '') => `/resource_providers/${uuid}${rest}`;
    const generation = async (uuid: string) => (await under.ok('GET', rp(uuid))).generation;
    const consumer = newId();
    const [one, two] = [await under.provider(), await under.provider()];
    const child = await under.provider({ VGPU: 2 }, { parent: one });
    const inventories = { VCPU: { total: 3 } };
    const host = { uuid: newId(), name: newId(), inventories, traits: ['HW_NUMA_ROOT'] };
    const changes: Record<string, () => Promise<unknown>> = {
      'an allocation': () => under.take(consumer, { [one]: { VCPU: 2 } }),
      'another in its place': () => under.take(consumer, { [two]: { VCPU: 1 }, [child]: { VGPU: 1 } }, 1),
      'its end': () => under.call('DELETE', `/allocations/${consumer}`),
      inventories: async () =>
        under.ok('PUT', rp(two, '/inventories'), {
          ...{ inventories, resource_provider_generation: await generation(two) },
        }),
      traits: async () =>
        under.ok('PUT', rp(two, '/traits'), {
          ...{ traits: ['HW_NUMA_ROOT'], resource_provider_generation: await generation(two) },
        }),
      'aggregates, told before generations were': () => under.ok('PUT', rp(two, '/aggregates'), [newId()], '1.18'),
      'another parent': () => under.ok('PUT', rp(child), { name: newId(), parent_provider_uuid: two }),
      'no parent': () => under.ok('PUT', rp(child), { name: newId(), parent_provider_uuid: null }),
      'a host that comes': () => under.api.upsertProvider(host),
      'a host that grows': () => under.api.upsertProvider({ ...host, inventories: { VCPU: { total: 9 } } }),
      'a claim of compute': () =>
        under.api.claim({ consumer, projectId: 'p', userId: 'u', resources: { VCPU: 1 }, among: [host.uuid] }),
      'its release': () => under.api.release(consumer),
      'one that goes while another comes': async () => {
        await under.call('DELETE', rp(one));
        await under.provider();
      },
    };
    let before = plain(await trees.current());
    for (const [what, change] of Object.entries(changes)) {
      await change();
      const now = plain(await trees.current());
      expect(now, what).toEqual(await readAnew());
      expect(now, `${what} is seen`).not.toEqual(before);
      before = now;
    }
  });

  it('are no older than the question, however many ask at once', async () => {
    const trees = new ProviderTrees(under.store.db);
    const uuid = await under.provider({ FPGA: 40 });
    const fpgas = async () => {
      const member = (await trees.current()).list.flat().find((one) => one.uuid === uuid);
      return member?.inventories.FPGA?.used ?? 0;
    };
    let taken = 0;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        await under.take(newId(), { [uuid]: { FPGA: 1 } });
        taken += 1;
        const least = taken;
        expect(await fpgas()).toBeGreaterThanOrEqual(least);
      }),
    );
    expect(await fpgas()).toBe(20);
  });

  it('hold what they know when PostgreSQL fails them, and read the rest at the next question', async () => {
    const uuid = await under.provider();
    let failing = false;
    const failingAtTimes = under.store.db.withPlugin({
      transformQuery({ node }) {
        if (failing) throw new Error('PostgreSQL is away');
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const trees = new ProviderTrees(failingAtTimes);
    await trees.current();
    await under.take(newId(), { [uuid]: { VCPU: 1 } });
    failing = true;
    await expect(trees.current()).rejects.toThrow('away');
    failing = false;
    expect(plain(await trees.current())).toEqual(await readAnew());
  });
});
