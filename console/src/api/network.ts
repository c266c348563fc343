import { queryOptions } from '@tanstack/react-query';
import { call } from './http.ts';

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

export const networksQuery = queryOptions({
  queryKey: ['cloud', 'networks'],
  queryFn: async () => (await call<{ networks: Network[] }>('GET', `${network}/networks`)).networks,
});

export const subnetsQuery = queryOptions({
  queryKey: ['cloud', 'subnets'],
  queryFn: async () => (await call<{ subnets: Subnet[] }>('GET', `${network}/subnets`)).subnets,
});

export const floatingIpsQuery = queryOptions({
  queryKey: ['cloud', 'floating-ips'],
  queryFn: async () => (await call<{ floatingips: FloatingIp[] }>('GET', `${network}/floatingips`)).floatingips,
});

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
