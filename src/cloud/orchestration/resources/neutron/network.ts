import { Type } from 'typebox';
import type { NetworkApi } from '../../../network/index.ts';
import { removed } from '../removal.ts';
import { flag, isTrue, present, properties, typed, whole } from '../schema.ts';
import type { ResourceType } from '../type.ts';
import { findNetwork } from './lookup.ts';

const netProperties = properties({
  name: Type.Optional(Type.String()),
  admin_state_up: Type.Optional(flag),
  shared: Type.Optional(flag),
  port_security_enabled: Type.Optional(flag),
  value_specs: Type.Optional(Type.Object({})),
});

/** `OS::Neutron::Net` */
export function net(network: NetworkApi): ResourceType {
  return {
    type: 'OS::Neutron::Net',
    properties: netProperties,
    async create({ context, id, name, properties: given }) {
      const { name: wanted, admin_state_up: up, shared, port_security_enabled: secured } = typed(netProperties, given);
      const attributes = {
        name: wanted ?? name,
        ...(up === undefined ? {} : { adminStateUp: isTrue(up) }),
        ...(shared === undefined ? {} : { shared: isTrue(shared) }),
        ...(secured === undefined ? {} : { portSecurityEnabled: isTrue(secured) }),
      };
      return { physicalId: (await network.createNetwork(context, attributes, { id })).id };
    },
    async attributes({ context, physicalId }) {
      const { id, name, mtu, shared, adminStateUp, subnetIds } = await network.getNetwork(context, physicalId);
      const show = { id, name, mtu, shared, admin_state_up: adminStateUp, subnets: [...subnetIds], status: 'ACTIVE' };
      return { ...show, show };
    },
    remove: ({ context, id }) => removed(() => network.deleteNetwork(context, id)),
  };
}

const subnetProperties = properties({
  network: Type.Optional(Type.String()),
  network_id: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  cidr: Type.String(),
  ip_version: Type.Optional(whole),
  gateway_ip: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  enable_dhcp: Type.Optional(flag),
  dns_nameservers: Type.Optional(Type.Array(Type.String())),
  allocation_pools: Type.Optional(Type.Array(Type.Object({ start: Type.String(), end: Type.String() }))),
  host_routes: Type.Optional(Type.Array(Type.Object({ destination: Type.String(), nexthop: Type.String() }))),
});

/** `OS::Neutron::Subnet` */
export function subnet(network: NetworkApi): ResourceType {
  return {
    type: 'OS::Neutron::Subnet',
    properties: subnetProperties,
    async create({ context, id, name, properties: given }) {
      const wanted = typed(subnetProperties, given);
      const { id: networkId } = await findNetwork(network, context, wanted.network ?? wanted.network_id ?? '');
      const attributes = {
        networkId,
        name: wanted.name ?? name,
        cidr: wanted.cidr,
        ...present({
          ipVersion: wanted.ip_version === undefined ? undefined : Number(wanted.ip_version),
          enableDhcp: wanted.enable_dhcp === undefined ? undefined : isTrue(wanted.enable_dhcp),
          dnsNameservers: wanted.dns_nameservers,
          allocationPools: wanted.allocation_pools,
          hostRoutes: wanted.host_routes,
        }),
        // Heat writes "no gateway" as an empty text or null.
        ...(wanted.gateway_ip === undefined ? {} : { gatewayIp: wanted.gateway_ip || null }),
      };
      return { physicalId: (await network.createSubnet(context, attributes, { id })).id };
    },
    async attributes({ context, physicalId }) {
      const record = await network.getSubnet(context, physicalId);
      const show = {
        ...{ id: record.id, name: record.name, network_id: record.networkId, cidr: record.cidr },
        ...{ gateway_ip: record.gatewayIp, enable_dhcp: record.enableDhcp, ip_version: record.ipVersion },
        dns_nameservers: [...record.dnsNameservers],
      };
      return { ...show, show };
    },
    remove: ({ context, id }) => removed(() => network.deleteSubnet(context, id)),
  };
}
