import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
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

/** A policy of ann's, which an administrator makes. */
const policyOf = async (more: object = {}) =>
  (await admin.call('POST', '/v2.0/qos/policies', { policy: { name: 'gold', project_id: 'ann', ...more } })).policy;
const rulesPath = (policy: { id: string }, kind: string) => `/v2.0/qos/policies/${policy.id}/${kind}_rules`;
const limitOf = async (policy: { id: string }, limit: object) =>
  (await admin.call('POST', rulesPath(policy, 'bandwidth_limit'), { bandwidth_limit_rule: limit }))
    .bandwidth_limit_rule;

describe('a QoS policy', () => {
  it('is shown with its rules, to its project and to nobody else', async () => {
    const policy = await policyOf();
    const limit = await limitOf(policy, { max_kbps: '2000', direction: 'ingress' });
    expect(limit).toEqual({ id: limit.id, max_kbps: 2000, max_burst_kbps: 0, direction: 'ingress' });
    const path = `/v2.0/qos/policies/${policy.id}`;
    expect((await ann.call('GET', path)).policy).toMatchObject({
      name: 'gold',
      shared: false,
      is_default: false,
      rules: [{ ...limit, type: 'bandwidth_limit', qos_policy_id: policy.id }],
    });
    expect(await bob.refused(404, 'GET', path)).toMatchObject({ type: 'QosPolicyNotFound' });
    expect(await bob.refused(404, 'GET', rulesPath(policy, 'bandwidth_limit'))).toMatchObject({
      type: 'QosPolicyNotFound',
    });
    expect(await ann.refused(403, 'PUT', path, { policy: { name: 'platinum' } })).toMatchObject({
      type: 'HTTPForbidden',
    });
  });

  it('limits and marks the ports that have it, or whose network has it', async () => {
    const [gold, silver] = [await policyOf(), await policyOf()];
    await limitOf(gold, { max_kbps: 5000, max_burst_kbps: 4000 });
    const network = await ann.network({ name: 'n', qos_policy_id: silver.id });
    const byNetwork = await ann.port({ network_id: network.id });
    const byItself = await ann.port({ network_id: network.id, qos_policy_id: gold.id });
    expect(byItself).toMatchObject({ qos_policy_id: gold.id, qos_network_policy_id: silver.id });
    const carried = (port: { id: string }) => cloud.engine.ports.get(port.id)?.qos;
    await cloud.engine.until('the limit', () => carried(byItself)?.[0]?.maxKbps === 5000);
    const mark = { dscp_marking_rule: { dscp_mark: 26 } };
    const { dscp_marking_rule } = await admin.call('POST', rulesPath(silver, 'dscp_marking'), mark);
    await cloud.engine.until('the mark', () => carried(byNetwork)?.[0]?.dscpMark === 26);
    expect(carried(byItself)).toHaveLength(1);
    await ann.call('PUT', `/v2.0/ports/${byItself.id}`, { port: { qos_policy_id: null } });
    await cloud.engine.until('the network’s mark', () => carried(byItself)?.[0]?.dscpMark === 26);
    await admin.call('DELETE', `${rulesPath(silver, 'dscp_marking')}/${dscp_marking_rule.id}`);
    await cloud.engine.until('no mark', () => carried(byItself)?.length === 0 && carried(byNetwork)?.length === 0);
    expect(await admin.refused(409, 'DELETE', `/v2.0/qos/policies/${silver.id}`)).toMatchObject({
      type: 'QosPolicyInUse',
    });
    await admin.call('DELETE', `/v2.0/qos/policies/${gold.id}`);
  });

  it('is what networks get that name none, when it is the default', async () => {
    const policy = await policyOf({ is_default: true });
    expect(await ann.network({ name: 'n' })).toMatchObject({ qos_policy_id: policy.id });
    expect(await ann.network({ name: 'n', qos_policy_id: null })).toMatchObject({ qos_policy_id: null });
    expect(await bob.network({ name: 'n' })).toMatchObject({ qos_policy_id: null });
    const second = { policy: { name: 'x', project_id: 'ann', is_default: true } };
    expect(await admin.refused(409, 'POST', '/v2.0/qos/policies', second)).toMatchObject({
      type: 'QoSPolicyDefaultAlreadyExists',
    });
  });

  it.each([
    ['bandwidth_limit', { bandwidth_limit_rule: {} }, 400, 'InvalidInput'],
    ['bandwidth_limit', { bandwidth_limit_rule: { max_kbps: 0 } }, 400, 'InvalidInput'],
    ['bandwidth_limit', { bandwidth_limit_rule: { max_kbps: 9 } }, 409, 'QoSRulesConflict'],
    ['dscp_marking', { dscp_marking_rule: { dscp_mark: 1 } }, 400, 'InvalidInput'],
    ['minimum_bandwidth', { minimum_bandwidth_rule: { min_kbps: 9 } }, 501, 'NotImplemented'],
  ])('refuses a %s rule like %j', async (kind, body, status, type) => {
    const policy = await policyOf();
    await limitOf(policy, { max_kbps: 1000 });
    expect(await admin.refused(status, 'POST', rulesPath(policy, kind), body)).toMatchObject({ type });
  });
});

it('the kinds of rules that are served are named with what they take', async () => {
  const { rule_types } = await ann.call('GET', '/v2.0/qos/rule-types');
  expect(rule_types).toEqual([{ type: 'bandwidth_limit' }, { type: 'dscp_marking' }]);
  const { rule_type } = await admin.call('GET', '/v2.0/qos/rule-types/dscp_marking');
  expect(rule_type.drivers[0].supported_parameters[0].parameter_values).toContain(46);
});
