import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { type PlacementUnderTest, placementUnderTest } from './placement.harness.ts';

let under: PlacementUnderTest;

beforeAll(async () => {
  under = await placementUnderTest();
});
afterAll(() => under.close());

const rp = (uuid: string, rest = '') => `/resource_providers/${uuid}${rest}`;

describe('discovery', () => {
  it('is public and tells the versions', async () => {
    const { status, body } = await under.cloud.call(null, 'GET', '/placement/');
    expect([status, body.versions[0].min_version, body.versions[0].max_version]).toEqual([200, '1.0', '1.39']);
  });

  it('refuses a version that is not there, and whoever is no administrator', async () => {
    expect((await under.call('GET', '/resource_providers', undefined, '1.40')).status).toBe(406);
    expect((await under.cloud.call('p1', 'GET', '/placement/resource_providers')).status).toBe(403);
  });
});

describe('a resource provider', () => {
  it('is made, shown, renamed and deleted', async () => {
    const made = await under.call('POST', '/resource_providers', { name: 'one' });
    expect(made.body).toMatchObject({ name: 'one', generation: 0, parent_provider_uuid: null });
    const { uuid } = made.body;
    expect(made.headers.get('location')).toContain(rp(uuid));
    expect(made.body.root_provider_uuid).toBe(uuid);
    expect(made.body.links.map(({ rel }: { rel: string }) => rel)).toEqual([
      ...['self', 'inventories', 'usages', 'aggregates', 'traits', 'allocations'],
    ]);
    expect(await under.ok('PUT', rp(uuid), { name: 'two' })).toMatchObject({ name: 'two' });
    expect((await under.ok('GET', '/resource_providers?name=two')).resource_providers).toHaveLength(1);
    expect((await under.call('DELETE', rp(uuid))).status).toBe(204);
    expect((await under.call('GET', rp(uuid))).status).toBe(404);
  });

  it('is answered with a Location only before 1.20, and shows what its version has', async () => {
    const { status, headers, text } = await under.call('POST', '/resource_providers', { name: newId() }, '1.0');
    expect([status, text]).toEqual([201, '']);
    const path = new URL(headers.get('location') ?? '').pathname.replace('/placement', '');
    const shown = await under.ok('GET', path, undefined, '1.0');
    expect(Object.keys(shown)).toEqual(['uuid', 'name', 'generation', 'links']);
    expect(shown.links).toHaveLength(3);
  });

  it('has a name and a uuid of its own', async () => {
    const name = newId();
    const uuid = await under.provider({}, { name });
    for (const body of [{ name }, { name: newId(), uuid }]) {
      const { status, body: answer } = await under.call('POST', '/resource_providers', body);
      expect([status, answer.errors[0].code]).toEqual([409, 'placement.duplicate_name']);
    }
  });

  it('may be under another, never below itself, and outlives nothing that is under it', async () => {
    const root = await under.provider();
    const child = await under.provider({ VGPU: 1 }, { parent: root });
    expect(await under.ok('GET', rp(child))).toMatchObject({ parent_provider_uuid: root, root_provider_uuid: root });
    const refused = await under.call('DELETE', rp(root));
    expect(refused.body.errors[0].code).toBe('placement.resource_provider.cannot_delete_parent');
    expect((await under.call('PUT', rp(root), { name: newId(), parent_provider_uuid: child })).status).toBe(400);
    const tree = (await under.ok('GET', `/resource_providers?in_tree=${child}`)).resource_providers;
    expect(tree.map(({ uuid }: { uuid: string }) => uuid)).toEqual([root, child]);
    await under.ok('PUT', rp(child), { name: newId(), parent_provider_uuid: null });
    expect(await under.ok('GET', rp(child))).toMatchObject({ root_provider_uuid: child });
  });
});

describe('inventories', () => {
  it('have Placement’s defaults, and are changed only by who saw the generation', async () => {
    const uuid = await under.provider({ VCPU: 4 });
    const { inventories, resource_provider_generation: now } = await under.ok('GET', rp(uuid, '/inventories'));
    expect(inventories.VCPU).toEqual({
      ...{ total: 4, reserved: 0, min_unit: 1, max_unit: 2147483647, step_size: 1, allocation_ratio: 1 },
    });
    const stale = { resource_provider_generation: now - 1, inventories: {} };
    const refused = await under.call('PUT', rp(uuid, '/inventories'), stale);
    expect([refused.status, refused.body.errors[0].code]).toEqual([409, 'placement.concurrent_update']);
    const grown = { resource_provider_generation: now, total: 8, allocation_ratio: 16 };
    expect(await under.ok('PUT', rp(uuid, '/inventories/VCPU'), grown)).toMatchObject({
      ...{ total: 8, resource_provider_generation: now + 1 },
    });
  });

  it('of which something is taken stay', async () => {
    const uuid = await under.provider({ VCPU: 4 });
    await under.take(newId(), { [uuid]: { VCPU: 1 } });
    const { resource_provider_generation } = await under.ok('GET', rp(uuid, '/inventories'));
    const refused = await under.call('PUT', rp(uuid, '/inventories'), {
      resource_provider_generation,
      inventories: {},
    });
    expect([refused.status, refused.body.errors[0].code]).toEqual([409, 'placement.inventory.inuse']);
    expect((await under.call('DELETE', rp(uuid))).body.errors[0].code).toBe('placement.resource_provider.inuse');
  });

  it('are of classes that are known', async () => {
    const uuid = await under.provider({});
    const body = { resource_provider_generation: 1, resource_class: 'CUSTOM_GOLD', total: 3 };
    expect((await under.call('POST', rp(uuid, '/inventories'), body)).status).toBe(400);
    expect((await under.call('PUT', '/resource_classes/CUSTOM_GOLD')).status).toBe(201);
    expect((await under.call('PUT', '/resource_classes/CUSTOM_GOLD')).status).toBe(204);
    expect((await under.call('POST', rp(uuid, '/inventories'), body)).status).toBe(201);
    expect((await under.call('DELETE', '/resource_classes/CUSTOM_GOLD')).status).toBe(409);
    expect((await under.call('DELETE', '/resource_classes/VCPU')).status).toBe(400);
    expect((await under.call('PUT', '/resource_classes/GOLD')).status).toBe(400);
  });
});

describe('traits and aggregates', () => {
  it('are given to providers, and found by', async () => {
    expect((await under.call('PUT', '/traits/CUSTOM_FAST')).status).toBe(201);
    expect((await under.call('GET', '/traits/CUSTOM_FAST')).status).toBe(204);
    const uuid = await under.provider({ VCPU: 1 }, { traits: ['CUSTOM_FAST', 'HW_CPU_X86_AVX2'] });
    const aggregate = newId();
    const body = { aggregates: [aggregate], resource_provider_generation: 2 };
    expect(await under.ok('PUT', rp(uuid, '/aggregates'), body)).toEqual({ ...body, resource_provider_generation: 3 });
    const found = async (query: string) =>
      (await under.ok('GET', `/resource_providers?${query}`)).resource_providers.map(
        ({ uuid: id }: { uuid: string }) => id,
      );
    expect(await found('required=CUSTOM_FAST')).toEqual([uuid]);
    expect(await found(`member_of=${aggregate}&required=!CUSTOM_FAST`)).toEqual([]);
    expect(await found(`member_of=in:${aggregate},${newId()}`)).toEqual([uuid]);
    expect(await found(`member_of=!${aggregate}&required=CUSTOM_FAST`)).toEqual([]);
    expect((await under.ok('GET', '/traits?name=startswith:CUSTOM_&associated=true')).traits).toEqual(['CUSTOM_FAST']);
    expect((await under.call('DELETE', '/traits/CUSTOM_FAST')).status).toBe(409);
    expect((await under.call('GET', '/resource_providers?required=CUSTOM_NONE')).status).toBe(400);
    for (const odd of ['colour', 'constructor', '__proto__']) {
      expect([odd, (await under.call('GET', `/resource_providers?${odd}=red`)).status]).toEqual([odd, 400]);
      expect([odd, (await under.call('GET', `/allocation_candidates?resources=VCPU:1&${odd}=1`)).status]).toEqual([
        odd,
        400,
      ]);
    }
  });
});

describe('allocations', () => {
  it('take and give back', async () => {
    const uuid = await under.provider({ VCPU: 4, MEMORY_MB: 100 });
    const consumer = newId();
    expect(await under.take(consumer, { [uuid]: { VCPU: 2, MEMORY_MB: 50 } })).toEqual([204]);
    expect(await under.usages(uuid)).toEqual({ VCPU: 2, MEMORY_MB: 50 });
    expect(await under.ok('GET', `/allocations/${consumer}`)).toMatchObject({
      ...{ project_id: 'p1', user_id: 'u1', consumer_generation: 1, consumer_type: 'INSTANCE' },
      allocations: { [uuid]: { resources: { VCPU: 2, MEMORY_MB: 50 } } },
    });
    expect(await under.take(consumer, { [uuid]: { VCPU: 4 } }, 1)).toEqual([204]);
    expect(await under.usages(uuid)).toEqual({ VCPU: 4, MEMORY_MB: 0 });
    expect((await under.ok('GET', rp(uuid, '/allocations'))).allocations[consumer]).toEqual({
      ...{ resources: { VCPU: 4 }, consumer_generation: 2 },
    });
    expect((await under.ok('GET', '/usages?project_id=p1')).usages.INSTANCE).toMatchObject({ consumer_count: 2 });
    expect((await under.call('DELETE', `/allocations/${consumer}`)).status).toBe(204);
    expect((await under.call('DELETE', `/allocations/${consumer}`)).status).toBe(404);
    expect(await under.usages(uuid)).toEqual({ VCPU: 0, MEMORY_MB: 0 });
  });

  it('are only changed by who saw the consumer’s generation', async () => {
    const uuid = await under.provider({ VCPU: 4 });
    const consumer = newId();
    expect(await under.take(consumer, { [uuid]: { VCPU: 1 } }, 7)).toEqual([409, 'placement.concurrent_update']);
    expect(await under.take(consumer, { [uuid]: { VCPU: 1 } })).toEqual([204]);
    expect(await under.take(consumer, { [uuid]: { VCPU: 2 } })).toEqual([409, 'placement.concurrent_update']);
    expect(await under.usages(uuid)).toEqual({ VCPU: 1 });
  });

  it.each([
    ['more than there is', { VCPU: 5 }, 409],
    ['a class that the provider does not have', { VGPU: 1 }, 400],
    ['a class that there is not', { CUSTOM_NOTHING: 1 }, 400],
    ['nothing of a class', { VCPU: 0 }, 400],
  ])('do not take %s', async (_what, resources, status) => {
    const uuid = await under.provider({ VCPU: 4 });
    expect((await under.take(newId(), { [uuid]: resources }))[0]).toBe(status);
    expect(await under.usages(uuid)).toEqual({ VCPU: 0 });
  });

  it('keep to units, and to what is reserved and promised over again', async () => {
    const uuid = await under.provider({});
    const inventory = { total: 10, reserved: 2, min_unit: 2, max_unit: 8, step_size: 2, allocation_ratio: 1.5 };
    const inventories = { VCPU: inventory };
    await under.ok('PUT', rp(uuid, '/inventories'), { resource_provider_generation: 1, inventories });
    for (const [amount, status] of [
      [1, 409],
      [3, 409],
      [10, 409],
      [8, 204],
      [6, 409],
      [4, 204],
      [2, 409],
    ] as const) {
      expect((await under.take(newId(), { [uuid]: { VCPU: amount } }))[0], `${amount}`).toBe(status);
    }
  });

  it('of several consumers are all or nothing', async () => {
    const [one, two] = [await under.provider({ VCPU: 1 }), await under.provider({ VCPU: 1 })];
    const body = (amount: number) => ({
      ...{ project_id: 'p1', user_id: 'u1', consumer_generation: null, consumer_type: 'INSTANCE' },
      allocations: { [two]: { resources: { VCPU: amount } } },
    });
    const first = { ...body(1), allocations: { [one]: { resources: { VCPU: 1 } } } };
    expect((await under.call('POST', '/allocations', { [newId()]: first, [newId()]: body(2) })).status).toBe(409);
    expect(await under.usages(one)).toEqual({ VCPU: 0 });
    expect((await under.call('POST', '/allocations', { [newId()]: first, [newId()]: body(1) })).status).toBe(204);
  });

  it('never exceed what there is, however many come at once', async () => {
    const uuid = await under.provider({ VCPU: 7 });
    const answers = await Promise.all(Array.from({ length: 40 }, () => under.take(newId(), { [uuid]: { VCPU: 1 } })));
    expect(answers.filter(([status]) => status === 204)).toHaveLength(7);
    expect(await under.usages(uuid)).toEqual({ VCPU: 7 });
  });

  it('speak the words of their version', async () => {
    const uuid = await under.provider({ VCPU: 4 });
    const old = { allocations: [{ resource_provider: { uuid }, resources: { VCPU: 1 } }] };
    const consumer = newId();
    expect((await under.call('PUT', `/allocations/${consumer}`, old, '1.0')).status).toBe(204);
    expect((await under.call('PUT', `/allocations/${consumer}`, old, '1.8')).status).toBe(400);
    expect((await under.call('PUT', `/allocations/${consumer}`, old, '1.39')).status).toBe(400);
    expect(Object.keys(await under.ok('GET', `/allocations/${consumer}`, undefined, '1.0'))).toEqual(['allocations']);
  });
});

describe('allocation candidates', () => {
  const candidates = async (query: string, asked?: string) =>
    under.ok('GET', `/allocation_candidates?${query}`, undefined, asked);
  const providersOf = (answer: { allocation_requests: { allocations: object }[] }) =>
    answer.allocation_requests.map(({ allocations }) => Object.keys(allocations).sort());

  it('are the providers that have room for all of it', async () => {
    const [small, large] = [
      await under.provider({ PCPU: 1, NUMA_CORE: 5 }),
      await under.provider({ PCPU: 8, NUMA_CORE: 5 }),
    ];
    const answer = await candidates('resources=PCPU:4,NUMA_CORE:2');
    expect(providersOf(answer)).toEqual([[large]]);
    expect(answer.allocation_requests[0].mappings).toEqual({ '': [large] });
    expect(answer.provider_summaries[large].resources.PCPU).toEqual({ capacity: 8, used: 0 });
    expect(providersOf(await candidates('resources=PCPU:1&limit=1'))).toHaveLength(1);
    expect(providersOf(await candidates(`resources=PCPU:1&in_tree=${small}`))).toEqual([[small]]);
    expect(providersOf(await candidates('resources=PCPU:100'))).toEqual([]);
    const old = await candidates('resources=PCPU:4', '1.10');
    expect(old.allocation_requests[0].allocations[0].resource_provider.uuid).toBe(large);
  });

  it('may take from several providers of a tree, each numbered group from one', async () => {
    const root = await under.provider({ IPV4_ADDRESS: 8 });
    const cards = [
      await under.provider({ SRIOV_NET_VF: 1 }, { parent: root }),
      await under.provider({ SRIOV_NET_VF: 1 }, { parent: root, traits: ['HW_NIC_SRIOV'] }),
    ].sort();
    expect(providersOf(await candidates('resources=IPV4_ADDRESS:1,SRIOV_NET_VF:1')).map((all) => all.length)).toEqual([
      2, 2,
    ]);
    const both = 'resources=IPV4_ADDRESS:1&resources1=SRIOV_NET_VF:1&resources2=SRIOV_NET_VF:1';
    const apart = await candidates(`${both}&group_policy=isolate`);
    expect(apart.allocation_requests).toHaveLength(2);
    expect(providersOf(apart)[0]).toEqual([root, ...cards].sort());
    const fast = await candidates('resources=IPV4_ADDRESS:1&resources1=SRIOV_NET_VF:1&required1=HW_NIC_SRIOV');
    expect(fast.allocation_requests).toHaveLength(1);
    expect((await under.call('GET', `/allocation_candidates?${both}`)).status).toBe(400);
    expect(Object.keys(fast.provider_summaries).sort()).toEqual([root, ...cards].sort());
  });

  it('keep away from what is forbidden', async () => {
    await under.ok('PUT', '/traits/CUSTOM_OFF');
    const open = await under.provider({ FPGA: 1 });
    await under.provider({ FPGA: 1 }, { traits: ['CUSTOM_OFF'] });
    expect(providersOf(await candidates('resources=FPGA:1&required=!CUSTOM_OFF'))).toEqual([[open]]);
    expect(providersOf(await candidates('resources=FPGA:1&root_required=!CUSTOM_OFF'))).toEqual([[open]]);
  });

  it.each([
    '',
    'resources=',
    'resources=VCPU',
    'resources=VCPU:0',
    'resources=CUSTOM_X:1',
    'resources=VCPU:1&limit=0',
    'required=HW_NUMA_ROOT',
  ])('are not told for “%s”', async (query) => {
    expect((await under.call('GET', `/allocation_candidates?${query}`)).status).toBe(400);
  });
});

describe('the reshaper', () => {
  it('moves what a provider has, and what is taken of it, to one below it', async () => {
    const root = await under.provider({ VCPU: 4, VGPU: 2 });
    const consumer = newId();
    await under.take(consumer, { [root]: { VCPU: 1, VGPU: 1 } });
    const child = await under.provider({}, { parent: root });
    const { generation } = await under.ok('GET', rp(root));
    const shape = (of: string, seen: number, inventories: object) => ({
      [of]: { resource_provider_generation: seen, inventories },
    });
    const body = {
      inventories: { ...shape(root, generation, { VCPU: { total: 4 } }), ...shape(child, 1, { VGPU: { total: 2 } }) },
      allocations: {
        [consumer]: {
          ...{ project_id: 'p1', user_id: 'u1', consumer_generation: 1, consumer_type: 'INSTANCE' },
          allocations: { [root]: { resources: { VCPU: 1 } }, [child]: { resources: { VGPU: 1 } } },
        },
      },
    };
    const stale = { ...body, inventories: shape(root, 0, {}) };
    expect((await under.call('POST', '/reshaper', stale)).body.errors[0].code).toBe('placement.concurrent_update');
    expect((await under.call('POST', '/reshaper', body)).status).toBe(204);
    expect([await under.usages(root), await under.usages(child)]).toEqual([{ VCPU: 1 }, { VGPU: 1 }]);
  });
});

describe('claims of compute', () => {
  const host = (total: number) => ({
    ...{ uuid: newId(), name: newId() },
    inventories: { VCPU: { total, allocation_ratio: 2 }, MEMORY_MB: { total: 1000 } },
  });
  const wanted = (among: string[], resources: Record<string, number> = { VCPU: 1, MEMORY_MB: 10 }) => ({
    ...{ consumer: newId(), projectId: 'p1', userId: 'u1', resources, among },
  });

  it('take room at one host; repeated, they take no more; released, it is there again', async () => {
    const one = host(1);
    await under.api.upsertProvider(one);
    await under.api.upsertProvider(one);
    expect(await under.ok('GET', rp(one.uuid)), 'nothing changed the second time').toMatchObject({ generation: 1 });
    const claim = wanted([one.uuid]);
    expect(await under.api.claim(claim)).toBe(one.uuid);
    expect(await under.api.claim(claim)).toBe(one.uuid);
    expect(await under.usages(one.uuid)).toEqual({ VCPU: 1, MEMORY_MB: 10 });
    expect(await under.api.claim(wanted([one.uuid], { VCPU: 2 }))).toBeUndefined();
    await under.api.replace(claim.consumer, one.uuid, { VCPU: 2, MEMORY_MB: 20 });
    await under.api.release(claim.consumer);
    await under.api.release(claim.consumer);
    expect(await under.usages(one.uuid)).toEqual({ VCPU: 0, MEMORY_MB: 0 });
  });

  it('fill several hosts to the last place, however many come at once, and no further', async () => {
    const hosts = [host(2), host(3), host(1)];
    for (const one of hosts) await under.api.upsertProvider(one);
    const among = hosts.map(({ uuid }) => uuid);
    const claimed = await Promise.all(Array.from({ length: 40 }, () => under.api.claim(wanted(among))));
    expect(claimed.filter((uuid) => uuid !== undefined)).toHaveLength(12);
    for (const [index, { uuid }] of hosts.entries()) {
      expect((await under.usages(uuid)).VCPU).toBe([4, 6, 2][index]);
    }
  });

  it('pass by hosts with a trait that they must not have', async () => {
    const [open, closed] = [host(1), { ...host(1), traits: ['COMPUTE_STATUS_DISABLED'] }];
    for (const one of [open, closed]) await under.api.upsertProvider(one);
    const claim = { ...wanted([open.uuid, closed.uuid]), without: ['COMPUTE_STATUS_DISABLED'] };
    expect(await under.api.claim(claim)).toBe(open.uuid);
  });
});
