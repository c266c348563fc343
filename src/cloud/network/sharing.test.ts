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
const eve = clientOf(() => cloud, 'eve');
const admin = clientOf(() => cloud, 'ops:admin');
type Client = typeof ann;

const policies = '/v2.0/rbac-policies';
const grant = (type: string, id: string, target: string, action = 'access_as_shared') => ({
  rbac_policy: { object_type: type, object_id: id, action, target_tenant: target },
});
const share = async (client: Client, ...what: Parameters<typeof grant>) =>
  (await client.call('POST', policies, grant(...what))).rbac_policy;

describe('a network that is shared with one project', () => {
  it('is that project’s to see and to put ports on, and no other’s', async () => {
    const { network, subnet } = await ann.lan();
    const path = `/v2.0/networks/${network.id}`;
    await bob.refused(404, 'GET', path);
    const policy = await share(ann, 'network', network.id, 'bob');
    expect(policy).toMatchObject({ project_id: 'ann', target_tenant: 'bob', object_id: network.id });
    expect((await bob.call('GET', path)).network.id).toBe(network.id);
    expect((await bob.call('GET', `/v2.0/subnets/${subnet.id}`)).subnet.id).toBe(subnet.id);
    const port = await bob.port({ network_id: network.id });
    for (const spoofing of [
      { fixed_ips: [] },
      { port_security_enabled: false },
      { allowed_address_pairs: [{ ip_address: '10.1.0.1' }] },
    ]) {
      expect(await bob.port({ network_id: network.id, ...spoofing }, 403)).toMatchObject({ type: 'HTTPForbidden' });
      const change = { port: spoofing };
      expect(await bob.refused(403, 'PUT', `/v2.0/ports/${port.id}`, change)).toMatchObject({ type: 'HTTPForbidden' });
    }
    await eve.refused(404, 'GET', path);
    expect(await eve.port({ network_id: network.id }, 404)).toMatchObject({ type: 'NetworkNotFound' });
    expect(await bob.refused(403, 'PUT', path, { network: { name: 'mine' } })).toMatchObject({ type: 'HTTPForbidden' });
    expect(await bob.refused(404, 'DELETE', `${policies}/${policy.id}`)).toMatchObject({ type: 'RbacPolicyNotFound' });
    expect(await ann.refused(409, 'DELETE', `${policies}/${policy.id}`)).toMatchObject({ type: 'RbacPolicyInUse' });
    await bob.call('DELETE', `/v2.0/ports/${port.id}`);
    await ann.call('DELETE', `${policies}/${policy.id}`);
    await bob.refused(404, 'GET', path);
  });

  it('may be another’s instead', async () => {
    const network = await ann.network({ name: 'n' });
    const policy = await share(ann, 'network', network.id, 'bob');
    await ann.call('PUT', `${policies}/${policy.id}`, { rbac_policy: { target_tenant: 'eve' } });
    await bob.refused(404, 'GET', `/v2.0/networks/${network.id}`);
    await eve.call('GET', `/v2.0/networks/${network.id}`);
    await ann.call('DELETE', `/v2.0/networks/${network.id}`);
    expect(await ann.refused(404, 'GET', `${policies}/${policy.id}`)).toMatchObject({ type: 'RbacPolicyNotFound' });
  });
});

describe('what is shared with everybody', () => {
  it('is so by an administrator, by either way of saying it', async () => {
    const network = await ann.network({ name: 'n' });
    expect(await ann.refused(403, 'POST', policies, grant('network', network.id, '*'))).toMatchObject({
      type: 'HTTPForbidden',
    });
    const policy = await share(admin, 'network', network.id, '*');
    expect((await eve.call('GET', `/v2.0/networks/${network.id}`)).network.shared).toBe(true);
    expect(await admin.refused(409, 'POST', policies, grant('network', network.id, '*'))).toMatchObject({
      type: 'DuplicateRbacPolicy',
    });
    await admin.call('PUT', `/v2.0/networks/${network.id}`, { network: { shared: false } });
    expect(await admin.refused(404, 'GET', `${policies}/${policy.id}`)).toMatchObject({ type: 'RbacPolicyNotFound' });
    const outside = await share(admin, 'network', network.id, '*', 'access_as_external');
    expect((await eve.call('GET', `/v2.0/networks/${network.id}`)).network['router:external']).toBe(true);
    await admin.call('DELETE', `${policies}/${outside.id}`);
    await eve.refused(404, 'GET', `/v2.0/networks/${network.id}`);
  });
});

describe('besides networks', () => {
  it('a security group can be shared: used, but not changed', async () => {
    const group = await ann.group({ name: 'web' });
    const { network } = await bob.lan();
    const wanted = { network_id: network.id, security_groups: [group.id] };
    expect(await bob.port(wanted, 404)).toMatchObject({ type: 'SecurityGroupNotFound' });
    const policy = await share(ann, 'security_group', group.id, 'bob');
    await bob.port(wanted);
    const rule = { security_group_id: group.id, direction: 'ingress', protocol: 'tcp' };
    expect(await bob.rule(rule, 403)).toMatchObject({ type: 'HTTPForbidden' });
    expect(await ann.refused(409, 'DELETE', `${policies}/${policy.id}`)).toMatchObject({ type: 'RbacPolicyInUse' });
  });

  it('a subnet pool gives its subnets to whom it is shared with', async () => {
    const body = { subnetpool: { name: 'p', prefixes: ['10.0.0.0/16'], default_prefixlen: 26 } };
    const { subnetpool } = await ann.call('POST', '/v2.0/subnetpools', body);
    const network = await bob.network({ name: 'n' });
    const wanted = { network_id: network.id, subnetpool_id: subnetpool.id };
    expect(await bob.subnet(wanted, 404)).toMatchObject({ type: 'SubnetPoolNotFound' });
    await share(ann, 'subnetpool', subnetpool.id, 'bob');
    expect(await bob.subnet(wanted)).toMatchObject({ cidr: '10.0.0.0/26' });
  });

  it('nothing can be shared that is not one’s own', async () => {
    const network = await ann.network({ name: 'n' });
    expect(await bob.refused(404, 'POST', policies, grant('network', network.id, 'bob'))).toMatchObject({
      type: 'NetworkNotFound',
    });
    expect(
      await ann.refused(400, 'POST', policies, grant('subnetpool', network.id, 'bob', 'access_as_external')),
    ).toMatchObject({
      type: 'InvalidInput',
    });
  });
});
