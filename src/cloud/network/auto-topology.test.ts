import { afterAll, beforeAll, expect, it } from 'vitest';
import { contextOf, createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { networkMigrations } from './index.ts';
import { clientOf, type TestNetwork, testNetwork } from './testing.ts';

let store: TestStore;
let cloud: TestNetwork;

beforeAll(async () => {
  store = await createTestStore([networkMigrations]);
  cloud = await testNetwork(store);
});
afterAll(async () => {
  await cloud.close();
  await store.close();
});

const ann = clientOf(() => cloud, 'ann');
const bob = clientOf(() => cloud, 'bob');
const admin = clientOf(() => cloud, 'ops:admin');
const pathOf = (project: string) => `/v2.0/auto-allocated-topology/${project}`;
const pool = { name: 'default', prefix: '10.128.0.0/16', defaultPrefixLength: 24, projectId: 'ops' };

it('is refused, and said why, where the cloud lacks what it needs', async () => {
  const asked = () => ann.refused(409, 'GET', pathOf('ann'));
  expect(await asked()).toMatchObject({
    type: 'AutoAllocationFailure',
    message: 'Deployment error: No default router:external network.',
  });
  await cloud.api.ensureExternalNetwork({ cidr: '198.51.100.0/24', gatewayIp: '198.51.100.1', projectId: 'ops' });
  expect(await asked()).toMatchObject({ message: 'Deployment error: No default subnetpools defined.' });
  expect((await ann.call('GET', '/v2.0/networks?project_id=ann')).networks).toEqual([]);
  for (const _ of ['once', 'again']) await cloud.api.ensureDefaultSubnetPool(pool);
  const { auto_allocated_topology: dry } = await ann.call('GET', `${pathOf('ann')}?fields=dry-run`);
  expect(dry).toEqual({ id: 'dry-run=pass', project_id: 'ann', tenant_id: 'ann' });
});

it('is made once with a way out, however many ask, and taken away whole', async () => {
  const answers = await Promise.all([
    ...Array.from({ length: 5 }, () => ann.call('GET', pathOf('None'))),
    cloud.api.ensureAutoNetwork(contextOf('ann')).then(({ id }) => ({ auto_allocated_topology: { id } })),
  ]);
  const ids = new Set(answers.map(({ auto_allocated_topology: { id } }) => id));
  expect(ids.size).toBe(1);
  const { networks } = await ann.call('GET', '/v2.0/networks?project_id=ann');
  expect(networks).toMatchObject([{ id: [...ids][0], name: 'auto_allocated_network', admin_state_up: true }]);
  const { subnets } = await ann.call('GET', `/v2.0/subnets?network_id=${networks[0].id}`);
  expect(subnets).toMatchObject([{ cidr: '10.128.0.0/24', gateway_ip: '10.128.0.1' }]);
  const { routers } = await ann.call('GET', '/v2.0/routers');
  expect(routers).toMatchObject([{ name: 'auto_allocated_router', external_gateway_info: { enable_snat: true } }]);
  const port = await ann.port({ network_id: networks[0].id });
  await ann.refused(409, 'DELETE', pathOf('ann'));
  expect((await ann.call('GET', '/v2.0/routers')).routers, 'nothing went').toHaveLength(1);
  await ann.call('DELETE', `/v2.0/ports/${port.id}`);
  await ann.call('DELETE', pathOf('ann'));
  expect((await ann.call('GET', '/v2.0/routers')).routers).toEqual([]);
  expect((await ann.call('GET', '/v2.0/networks?project_id=ann')).networks).toEqual([]);
  await ann.refused(404, 'DELETE', pathOf('ann'));
});

it('is another project’s for administrators only', async () => {
  const { auto_allocated_topology: made } = await admin.call('GET', pathOf('bob'));
  expect(made.project_id).toBe('bob');
  expect((await bob.call('GET', pathOf('bob'))).auto_allocated_topology.id).toBe(made.id);
  expect(await ann.refused(404, 'GET', pathOf('bob'))).toMatchObject({ type: 'AutoAllocatedTopologyNotFound' });
  await ann.refused(404, 'DELETE', pathOf('bob'));
});

it('goes on after its network was deleted by hand: another is made', async () => {
  const { auto_allocated_topology: first } = await bob.call('GET', pathOf('bob'));
  const { routers } = await bob.call('GET', '/v2.0/routers');
  const { subnets } = await bob.call('GET', `/v2.0/subnets?network_id=${first.id}`);
  await bob.call('PUT', `/v2.0/routers/${routers[0].id}/remove_router_interface`, { subnet_id: subnets[0].id });
  await bob.call('DELETE', `/v2.0/networks/${first.id}`);
  const { auto_allocated_topology: second } = await bob.call('GET', pathOf('bob'));
  expect(second.id).not.toBe(first.id);
});
