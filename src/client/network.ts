import { ifFound, onlyOne, pathOf, type ServiceClient } from './service.ts';

/** A network (Networking API v2.0). */
export interface Network {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly projectId: string;
  readonly external: boolean;
  readonly shared: boolean;
  readonly subnetIds: readonly string[];
}

export interface FloatingIp {
  readonly id: string;
  readonly address: string;
  /** Undefined while it leads nowhere. */
  readonly fixedAddress: string | undefined;
  readonly portId: string | undefined;
  readonly networkId: string;
  readonly projectId: string;
  readonly status: string;
}

export interface Port {
  readonly id: string;
  readonly networkId: string;
  readonly deviceId: string;
  readonly deviceOwner: string;
  readonly macAddress: string;
  readonly addresses: readonly string[];
  readonly status: string;
}

/** The calls of Neutron. */
export interface NetworkClient {
  listNetworks(filter?: { readonly name?: string; readonly external?: boolean }): Promise<readonly Network[]>;
  findNetwork(nameOrId: string): Promise<Network | undefined>;
  listPorts(filter?: { readonly deviceId?: string; readonly networkId?: string }): Promise<readonly Port[]>;
  listFloatingIps(filter?: { readonly portId?: string; readonly address?: string }): Promise<readonly FloatingIp[]>;
  /** `networkId` is the external network's. */
  createFloatingIp(wanted: { readonly networkId: string; readonly portId?: string }): Promise<FloatingIp>;
  /** Leads it to a port, or nowhere. */
  associateFloatingIp(id: string, portId: string | null): Promise<FloatingIp>;
  deleteFloatingIp(id: string): Promise<boolean>;
}

interface NetworkView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly project_id: string;
  readonly 'router:external'?: boolean;
  readonly shared: boolean;
  readonly subnets: readonly string[];
}

interface FloatingIpView {
  readonly id: string;
  readonly floating_ip_address: string;
  readonly fixed_ip_address: string | null;
  readonly port_id: string | null;
  readonly floating_network_id: string;
  readonly project_id: string;
  readonly status: string;
}

interface PortView {
  readonly id: string;
  readonly network_id: string;
  readonly device_id: string;
  readonly device_owner: string;
  readonly mac_address: string;
  readonly fixed_ips: readonly { readonly ip_address: string }[];
  readonly status: string;
}

export function createNetworkClient(neutron: ServiceClient): NetworkClient {
  const listNetworks = async (filter: { readonly name?: string; readonly external?: boolean } = {}) => {
    const query = { name: filter.name, 'router:external': filter.external };
    const { json } = await neutron.call('GET', '/networks', { query });
    return (json as { networks: NetworkView[] }).networks.map(networkOf);
  };
  const floatingIp = async (method: string, path: string, floatingip: unknown) => {
    const { json } = await neutron.call(method, path, { json: { floatingip } });
    return floatingIpOf((json as { floatingip: FloatingIpView }).floatingip);
  };

  return {
    listNetworks,
    async findNetwork(nameOrId) {
      const byId = await ifFound(neutron.call('GET', pathOf`/networks/${nameOrId}`));
      if (byId !== undefined) return networkOf((byId.json as { network: NetworkView }).network);
      return onlyOne('network', nameOrId, await listNetworks({ name: nameOrId }));
    },
    async listPorts({ deviceId, networkId } = {}) {
      const query = { device_id: deviceId, network_id: networkId };
      const { json } = await neutron.call('GET', '/ports', { query });
      return (json as { ports: PortView[] }).ports.map(portOf);
    },
    async listFloatingIps({ portId, address } = {}) {
      const query = { port_id: portId, floating_ip_address: address };
      const { json } = await neutron.call('GET', '/floatingips', { query });
      return (json as { floatingips: FloatingIpView[] }).floatingips.map(floatingIpOf);
    },
    createFloatingIp: ({ networkId, portId }) =>
      floatingIp('POST', '/floatingips', {
        floating_network_id: networkId,
        ...(portId !== undefined && { port_id: portId }),
      }),
    associateFloatingIp: (id, portId) => floatingIp('PUT', pathOf`/floatingips/${id}`, { port_id: portId }),
    async deleteFloatingIp(id) {
      return (await ifFound(neutron.call('DELETE', pathOf`/floatingips/${id}`))) !== undefined;
    },
  };
}

function networkOf(view: NetworkView): Network {
  return {
    id: view.id,
    name: view.name,
    status: view.status,
    projectId: view.project_id,
    external: view['router:external'] ?? false,
    shared: view.shared,
    subnetIds: view.subnets,
  };
}

function floatingIpOf(view: FloatingIpView): FloatingIp {
  return {
    id: view.id,
    address: view.floating_ip_address,
    fixedAddress: view.fixed_ip_address ?? undefined,
    portId: view.port_id ?? undefined,
    networkId: view.floating_network_id,
    projectId: view.project_id,
    status: view.status,
  };
}

function portOf(view: PortView): Port {
  return {
    id: view.id,
    networkId: view.network_id,
    deviceId: view.device_id,
    deviceOwner: view.device_owner,
    macAddress: view.mac_address,
    addresses: view.fixed_ips.map(({ ip_address }) => ip_address),
    status: view.status,
  };
}
