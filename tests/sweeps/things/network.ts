import type { Session } from '../../harness/client.ts';
import { type Made, make, mark, put } from './made.ts';

/** Networks, and all that hangs on them. Answers a port for a server. */
export async function fillNetwork(admin: Session, owner: Session): Promise<Made> {
  const { network, port, inner, subnet } = await fillLayer2(owner);
  await fillPolicies(admin, owner, network);
  const outside = await externalNetwork(owner);
  const router = await make(owner, '/network/v2.0/routers', {
    router: { name: mark, external_gateway_info: { network_id: outside } },
  });
  await put(owner, `/network/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
  const group = await make(owner, '/network/v2.0/security-groups', { security_group: { name: mark } });
  await make(owner, '/network/v2.0/security-group-rules', {
    security_group_rule: { security_group_id: group.id, direction: 'ingress', protocol: 'tcp', description: mark },
  });
  // The one that is listed first has forwardings; that of the server's port comes after it.
  const forwarding = await make(owner, '/network/v2.0/floatingips', {
    floatingip: { floating_network_id: outside, description: mark },
  });
  await make(owner, `/network/v2.0/floatingips/${forwarding.id}/port_forwardings`, {
    port_forwarding: { protocol: 'tcp', external_port: 22, internal_port: 22, internal_port_id: inner.id },
  });
  const address = await make(owner, '/network/v2.0/floatingips', {
    floatingip: { floating_network_id: outside, port_id: port.id, description: `${mark}’s server` },
  });
  const tagged = [`networks/${network.id}`, `subnets/${subnet.id}`, `routers/${router.id}`, `ports/${port.id}`];
  const others = [`security-groups/${group.id}`, `floatingips/${forwarding.id}`, `floatingips/${address.id}`];
  for (const thing of [...tagged, ...others]) await put(owner, `/network/v2.0/${thing}/tags/${mark}`);
  return port;
}

async function fillLayer2(owner: Session): Promise<Record<'network' | 'subnet' | 'port' | 'inner', Made>> {
  const network = await make(owner, '/network/v2.0/networks', { network: { name: mark } });
  const subnet = await make(owner, '/network/v2.0/subnets', {
    subnet: { name: mark, network_id: network.id, cidr: '10.77.0.0/24', ip_version: 4 },
  });
  await make(owner, '/network/v2.0/subnetpools', { subnetpool: { name: mark, prefixes: ['10.78.0.0/16'] } });
  await make(owner, '/network/v2.0/address-scopes', { address_scope: { name: mark, ip_version: 4 } });
  const port = await make(owner, '/network/v2.0/ports', { port: { name: mark, network_id: network.id } });
  const inner = await make(owner, '/network/v2.0/ports', { port: { name: mark, network_id: network.id } });
  return { network, subnet, port, inner };
}

async function fillPolicies(admin: Session, owner: Session, network: Made): Promise<void> {
  await make(owner, '/network/v2.0/rbac-policies', {
    rbac_policy: {
      ...{ object_type: 'network', object_id: network.id },
      ...{ action: 'access_as_shared', target_tenant: mark },
    },
  });
  const qos = { policy: { name: mark, project_id: owner.projectId } };
  const policy = await make(admin, '/network/v2.0/qos/policies', qos);
  const rules = `/network/v2.0/qos/policies/${policy.id}`;
  await make(admin, `${rules}/bandwidth_limit_rules`, { bandwidth_limit_rule: { max_kbps: 1000 } });
  await make(admin, `${rules}/dscp_marking_rules`, { dscp_marking_rule: { dscp_mark: 26 } });
}

async function externalNetwork(owner: Session): Promise<string | undefined> {
  const external = await owner.call<{ networks: Made[] }>('GET', '/network/v2.0/networks?router:external=true');
  return external.body.networks[0]?.id;
}
