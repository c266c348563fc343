import { Type } from 'typebox';
import type { Context } from '../../../../kernel/access/context.ts';
import type { NetworkApi } from '../../../network/index.ts';
import { removed } from '../removal.ts';
import { flag, isTrue, present, properties, typed } from '../schema.ts';
import type { ResourceType } from '../type.ts';
import { findNetwork, findSecurityGroup, findSubnet } from './lookup.ts';

const fixedIp = Type.Object({
  subnet: Type.Optional(Type.String()),
  subnet_id: Type.Optional(Type.String()),
  ip_address: Type.Optional(Type.String()),
});

const portProperties = properties({
  network: Type.Optional(Type.String()),
  network_id: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  admin_state_up: Type.Optional(flag),
  mac_address: Type.Optional(Type.String()),
  fixed_ips: Type.Optional(Type.Array(fixedIp)),
  security_groups: Type.Optional(Type.Array(Type.String())),
  port_security_enabled: Type.Optional(flag),
  dns_name: Type.Optional(Type.String()),
});

/** `OS::Neutron::Port` */
export function port(network: NetworkApi): ResourceType {
  return {
    type: 'OS::Neutron::Port',
    properties: portProperties,
    async create({ context, id, name, properties: given }) {
      const wanted = typed(portProperties, given);
      const { id: networkId } = await findNetwork(network, context, wanted.network ?? wanted.network_id ?? '');
      const attributes = {
        networkId,
        name: wanted.name ?? name,
        ...present({
          adminStateUp: wanted.admin_state_up === undefined ? undefined : isTrue(wanted.admin_state_up),
          portSecurityEnabled:
            wanted.port_security_enabled === undefined ? undefined : isTrue(wanted.port_security_enabled),
          mac: wanted.mac_address,
          dnsName: wanted.dns_name,
          fixedIps: wanted.fixed_ips && (await fixedIps(network, context, wanted.fixed_ips)),
          securityGroupIds: wanted.security_groups && (await groupIds(network, context, wanted.security_groups)),
        }),
      };
      return { physicalId: (await network.createPort(context, attributes, { id })).id };
    },
    async attributes({ context, physicalId }) {
      const record = await network.getPort(context, physicalId);
      const show = {
        ...{
          id: record.id,
          name: record.name,
          network_id: record.networkId,
          mac_address: record.mac,
          status: record.status,
        },
        ...{ device_id: record.deviceId, device_owner: record.deviceOwner, admin_state_up: record.adminStateUp },
        fixed_ips: record.fixedIps.map(({ subnetId, ipAddress }) => ({ subnet_id: subnetId, ip_address: ipAddress })),
        security_groups: [...record.securityGroupIds],
      };
      return { ...show, show };
    },
    remove: ({ context, id }) => removed(() => network.deletePort(context, id)),
  };
}

interface WantedFixedIp {
  readonly subnet?: string;
  readonly subnet_id?: string;
  readonly ip_address?: string;
}

function fixedIps(network: NetworkApi, context: Context, wanted: readonly WantedFixedIp[]) {
  return Promise.all(
    wanted.map(async ({ subnet, subnet_id, ip_address: ipAddress }) => {
      const key = subnet ?? subnet_id;
      const subnetId = key === undefined ? undefined : (await findSubnet(network, context, key)).id;
      return present({ subnetId, ipAddress });
    }),
  );
}

/** Ids of security groups given by id or name. */
export function groupIds(network: NetworkApi, context: Context, keys: readonly string[]): Promise<string[]> {
  return Promise.all(keys.map(async (key) => (await findSecurityGroup(network, context, key)).id));
}
