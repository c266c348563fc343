import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { networkMigrations } from './index.ts';
import { clientOf, type TestNetwork, testNetwork } from './testing.ts';

let store: TestStore;
let cloud: TestNetwork;

beforeAll(async () => {
  store = await createTestStore([networkMigrations]);
  cloud = await testNetwork(store);
  await admin.call('PUT', '/v2.0/quotas/ann', { quota: { security_group: -1, security_group_rule: -1 } });
});
afterAll(async () => {
  await cloud.close();
  await store.close();
});

const ann = clientOf(() => cloud, 'ann');
const bob = clientOf(() => cloud, 'bob');
const admin = clientOf(() => cloud, 'ops:admin');

// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape.
const facts = (rule: any) => [rule.direction, rule.ethertype, rule.protocol, rule.remote_group_id];

describe('a project’s default group', () => {
  it('is there when it is asked for, with Neutron’s rules, once', async () => {
    const lists = await Promise.all(
      Array.from({ length: 6 }, () => bob.call('GET', '/v2.0/security-groups?name=default')),
    );
    const ids = new Set(lists.flatMap(({ security_groups }) => security_groups.map(({ id }: { id: string }) => id)));
    expect(ids.size).toBe(1);
    const [group] = lists[0].security_groups;
    expect(group.security_group_rules.map(facts)).toEqual(
      expect.arrayContaining([
        ['egress', 'IPv4', null, null],
        ['egress', 'IPv6', null, null],
        ['ingress', 'IPv4', null, group.id],
        ['ingress', 'IPv6', null, group.id],
      ]),
    );
    expect(group).toMatchObject({ description: 'Default security group', stateful: true, shared: false });
  });

  it('is neither made a second time, nor renamed, nor deleted by its project', async () => {
    const { security_groups: groups } = await bob.call('GET', '/v2.0/security-groups?name=default');
    const path = `/v2.0/security-groups/${groups[0].id}`;
    expect(await bob.group({ name: 'default' }, 409)).toMatchObject({ type: 'SecurityGroupDefaultAlreadyExists' });
    expect(await bob.refused(409, 'PUT', path, { security_group: { name: 'x' } })).toMatchObject({
      type: 'SecurityGroupCannotUpdateDefault',
    });
    expect(await bob.refused(409, 'DELETE', path)).toMatchObject({ type: 'SecurityGroupCannotRemoveDefault' });
    await admin.call('DELETE', path);
  });
});

describe('a security group', () => {
  it('lets everything out and nothing in to begin with', async () => {
    const group = await ann.group({ name: 'web', description: 'w' });
    expect(group.security_group_rules.map(facts).sort()).toEqual([
      ['egress', 'IPv4', null, null],
      ['egress', 'IPv6', null, null],
    ]);
    const path = `/v2.0/security-groups/${group.id}`;
    const { security_group: changed } = await ann.call('PUT', path, { security_group: { name: 'www' } });
    expect(changed).toMatchObject({ name: 'www', description: 'w', revision_number: 1 });
    await bob.refused(404, 'GET', path);
    await ann.call('DELETE', path);
    expect(await ann.refused(404, 'GET', path)).toEqual({
      type: 'SecurityGroupNotFound',
      message: `Security group ${group.id} does not exist`,
      detail: '',
    });
  });

  it('is not deleted while a port is in it', async () => {
    const group = await ann.group({ name: 'web' });
    const network = await ann.network({ name: 'n' });
    const port = await ann.port({ network_id: network.id, security_groups: [group.id] });
    const path = `/v2.0/security-groups/${group.id}`;
    expect(await ann.refused(409, 'DELETE', path)).toMatchObject({ type: 'SecurityGroupInUse' });
    await ann.call('PUT', `/v2.0/ports/${port.id}`, { port: { security_groups: [] } });
    await ann.call('DELETE', path);
  });

  it('takes along the rules that let its members into others', async () => {
    const [front, back] = [await ann.group({ name: 'front' }), await ann.group({ name: 'back' })];
    await ann.rule({ security_group_id: back.id, direction: 'ingress', remote_group_id: front.id });
    await cloud.engine.until('the rule', ({ groups }) => groups.get(back.id)?.rules.length === 3);
    await ann.call('DELETE', `/v2.0/security-groups/${front.id}`);
    await cloud.engine.until('no rule', ({ groups }) => groups.get(back.id)?.rules.length === 2);
    const { security_group: shown } = await ann.call('GET', `/v2.0/security-groups/${back.id}`);
    expect(shown.security_group_rules).toHaveLength(2);
  });
});

describe('a security group rule', () => {
  const rule = async (more: object, status?: number) => {
    const group = await ann.group({ name: 'g' });
    return ann.rule({ security_group_id: group.id, direction: 'ingress', ...more }, status);
  };

  it('is shown as Neutron shows it', async () => {
    const made = await rule({
      protocol: 'TCP',
      port_range_min: '22',
      port_range_max: 22,
      remote_ip_prefix: '10.0.0.7/8',
      description: 'ssh',
    });
    expect(made).toEqual({
      id: made.id,
      tenant_id: 'ann',
      project_id: 'ann',
      security_group_id: made.security_group_id,
      description: 'ssh',
      direction: 'ingress',
      ethertype: 'IPv4',
      protocol: 'tcp',
      port_range_min: 22,
      port_range_max: 22,
      remote_ip_prefix: '10.0.0.7/8',
      normalized_cidr: '10.0.0.0/8',
      remote_group_id: null,
      remote_address_group_id: null,
      tags: [],
      revision_number: 0,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
  });

  it.each([
    [{ protocol: 17 }, { protocol: '17' }],
    [{ protocol: 'any' }, { protocol: null }],
    [
      { protocol: 'icmp', port_range_min: 8, port_range_max: 0 },
      { port_range_min: 8, port_range_max: 0 },
    ],
    [{ ethertype: 'ipv6', protocol: 'ipv6-icmp' }, { ethertype: 'IPv6' }],
    [
      { ethertype: 'IPv6', remote_ip_prefix: '2001:DB8:0:0::1/64' },
      { remote_ip_prefix: '2001:db8::1/64', normalized_cidr: '2001:db8::/64' },
    ],
    [{ remote_ip_prefix: '192.0.0.9' }, { remote_ip_prefix: '192.0.0.9/32' }],
  ])('understands %j', async (asked, shown) => {
    expect(await rule(asked)).toMatchObject(shown);
  });

  it.each([
    [{ direction: 'sideways' }, 400, 'HTTPBadRequest'],
    [{ ethertype: 'IPv5' }, 400, 'SecurityGroupRuleInvalidEtherType'],
    [{ protocol: 'bogus' }, 400, 'SecurityGroupRuleInvalidProtocol'],
    [{ protocol: 256 }, 400, 'SecurityGroupRuleInvalidProtocol'],
    [{ port_range_min: 80, port_range_max: 80 }, 400, 'SecurityGroupProtocolRequiredWithPorts'],
    [{ protocol: 'gre', port_range_min: 80, port_range_max: 80 }, 400, 'SecurityGroupInvalidProtocolForPort'],
    [{ protocol: 'tcp', port_range_min: 80, port_range_max: 22 }, 400, 'SecurityGroupInvalidPortRange'],
    [{ protocol: 'tcp', port_range_min: 80 }, 400, 'SecurityGroupInvalidPortRange'],
    [{ protocol: 'tcp', port_range_min: -16, port_range_max: 80 }, 400, 'SecurityGroupInvalidPortValue'],
    [{ protocol: 'tcp', port_range_min: 80, port_range_max: 65536 }, 400, 'SecurityGroupInvalidPortValue'],
    [{ protocol: 'icmp', port_range_min: 256 }, 400, 'SecurityGroupInvalidIcmpValue'],
    [{ protocol: 'icmp', port_range_max: 3 }, 400, 'SecurityGroupMissingIcmpType'],
    [{ remote_ip_prefix: 'bad' }, 400, 'InvalidInput'],
    [{ remote_ip_prefix: '2001:db8::/64' }, 400, 'SecurityGroupRuleParameterConflict'],
    [{ remote_group_id: newId() }, 404, 'SecurityGroupNotFound'],
    [{ remote_group_id: newId(), remote_ip_prefix: '10.0.0.0/8' }, 400, 'SecurityGroupRemoteGroupAndRemoteIpPrefix'],
    [{ security_group_id: newId() }, 404, 'SecurityGroupNotFound'],
  ])('refuses %j', async (asked, status, type) => {
    expect(await rule(asked, status)).toMatchObject({ type });
  });

  it('is there once, whatever its spelling and however many ask at once', async () => {
    const group = await ann.group({ name: 'g' });
    const ask = (protocol: string | number) =>
      cloud.call('ann', 'POST', '/v2.0/security-group-rules', {
        security_group_rule: {
          security_group_id: group.id,
          direction: 'ingress',
          protocol,
          port_range_min: 80,
          port_range_max: 80,
        },
      });
    const answers = await Promise.allSettled(['tcp', 'TCP', 6, '6'].map(ask));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [refused] = answers.flatMap((answer) => (answer.status === 'rejected' ? [String(answer.reason)] : []));
    expect(refused).toMatch(/409 .*SecurityGroupRuleExists.*Rule id is/);
  });

  it('means the block around its prefix: once, and to the engine', async () => {
    const group = await ann.group({ name: 'g' });
    const within = (remote_ip_prefix: string, status?: number) =>
      ann.rule({ security_group_id: group.id, direction: 'ingress', remote_ip_prefix }, status);
    const made = await within('10.0.0.7/8');
    expect(await within('10.1.2.3/8', 409)).toMatchObject({ type: 'SecurityGroupRuleExists' });
    await cloud.engine.until('the rule', ({ groups }) => {
      const known = groups.get(group.id)?.rules.find(({ id }) => id === made.id);
      return known?.remoteIpPrefix === '10.0.0.0/8';
    });
  });

  it('cannot be changed, only deleted', async () => {
    const made = await rule({});
    const path = `/v2.0/security-group-rules/${made.id}`;
    await ann.refused(404, 'PUT', path, { security_group_rule: { description: 'x' } });
    await ann.call('DELETE', path);
    expect(await ann.refused(404, 'DELETE', path)).toMatchObject({ type: 'SecurityGroupRuleNotFound' });
  });
});
