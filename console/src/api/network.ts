import { queryOptions } from '@tanstack/react-query';
import { call } from './http.ts';
import { openStackList } from './list.ts';

const network = '/network/v2.0';

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly shared: boolean;
  readonly 'router:external': boolean;
  readonly subnets: readonly string[];
}

export interface Subnet {
  readonly id: string;
  readonly network_id: string;
  readonly cidr: string;
}

export interface FloatingIp {
  readonly id: string;
  readonly floating_ip_address: string;
  readonly fixed_ip_address: string | null;
  readonly port_id: string | null;
  readonly status: string;
}

export interface Port {
  readonly id: string;
  readonly device_id: string;
  readonly fixed_ips: readonly { readonly ip_address: string }[];
}

/** A list of Neutron's, where everything has an id. */
const listed = <T extends { readonly id: string }>(name: string, path = name) =>
  openStackList<T>(name, { path: `${network}/${path}`, name, markerOf: ({ id }) => id });

export const networks = listed<Network>('networks');
export const subnets = listed<Subnet>('subnets');
export const floatingIps = listed<FloatingIp>('floatingips');

export const portsQuery = (serverId: string) =>
  queryOptions({
    queryKey: ['cloud', 'ports', serverId],
    queryFn: async () =>
      (await call<{ ports: Port[] }>('GET', `${network}/ports`, { query: { device_id: serverId } })).ports,
  });

/** A network with its subnet; without the subnet, no network is left behind. */
export async function createNetwork(name: string, cidr: string): Promise<void> {
  const body = { network: { name } };
  const { id } = (await call<{ network: Network }>('POST', `${network}/networks`, { body })).network;
  try {
    const subnet = { network_id: id, ip_version: cidr.includes(':') ? 6 : 4, cidr };
    await call('POST', `${network}/subnets`, { body: { subnet } });
  } catch (error) {
    await deleteNetwork(id);
    throw error;
  }
}

export async function deleteNetwork(id: string): Promise<void> {
  await call('DELETE', `${network}/networks/${id}`);
}

/** Takes an address of that external network, for a port if one is named. */
export async function allocateFloatingIp(networkId: string, portId?: string): Promise<void> {
  const floatingip = { floating_network_id: networkId, ...(portId === undefined ? {} : { port_id: portId }) };
  await call('POST', `${network}/floatingips`, { body: { floatingip } });
}

export async function releaseFloatingIp(id: string): Promise<void> {
  await call('DELETE', `${network}/floatingips/${id}`);
}

export interface SecurityGroupRule {
  readonly id: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  readonly protocol: string | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly security_group_rules: readonly SecurityGroupRule[];
}

export const securityGroups = listed<SecurityGroup>('security_groups', 'security-groups');

export const securityGroupQuery = (id: string) =>
  queryOptions({
    queryKey: ['cloud', 'security-group', id],
    queryFn: async () =>
      (await call<{ security_group: SecurityGroup }>('GET', `${network}/security-groups/${id}`)).security_group,
  });

export async function createSecurityGroup(name: string, description: string): Promise<void> {
  await call('POST', `${network}/security-groups`, { body: { security_group: { name, description } } });
}

export async function deleteSecurityGroup(id: string): Promise<void> {
  await call('DELETE', `${network}/security-groups/${id}`);
}

/** A rule to be made: what is null is not looked at. */
export type NewRule = Omit<SecurityGroupRule, 'id'>;

export async function createRule(groupId: string, rule: NewRule): Promise<void> {
  const body = { security_group_rule: { security_group_id: groupId, ...rule } };
  await call('POST', `${network}/security-group-rules`, { body });
}

export async function deleteRule(id: string): Promise<void> {
  await call('DELETE', `${network}/security-group-rules/${id}`);
}
