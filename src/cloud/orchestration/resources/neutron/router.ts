import { Type } from 'typebox';
import type { NetworkApi } from '../../../network/index.ts';
import { found, removed } from '../removal.ts';
import { flag, isTrue, present, properties, typed } from '../schema.ts';
import type { ResourceType } from '../type.ts';
import { findNetwork, findRouter, findSubnet } from './lookup.ts';

const routerProperties = properties({
  name: Type.Optional(Type.String()),
  admin_state_up: Type.Optional(flag),
  external_gateway_info: Type.Optional(
    Type.Object({ network: Type.String(), enable_snat: Type.Optional(flag) }, { additionalProperties: false }),
  ),
});

/** `OS::Neutron::Router` */
export function router(network: NetworkApi): ResourceType {
  return {
    type: 'OS::Neutron::Router',
    properties: routerProperties,
    async create({ context, id, name, properties: given }) {
      const { name: wanted, admin_state_up: up, external_gateway_info: gateway } = typed(routerProperties, given);
      const attributes = {
        name: wanted ?? name,
        ...(up === undefined ? {} : { adminStateUp: isTrue(up) }),
        ...(gateway === undefined
          ? {}
          : {
              gateway: {
                networkId: (await findNetwork(network, context, gateway.network)).id,
                ...(gateway.enable_snat === undefined ? {} : { enableSnat: isTrue(gateway.enable_snat) }),
              },
            }),
      };
      return { physicalId: (await network.createRouter(context, attributes, { id })).id };
    },
    async attributes({ context, physicalId }) {
      const record = await network.getRouter(context, physicalId);
      const gateway = record.gateway && {
        network_id: record.gateway.networkId,
        enable_snat: record.gateway.enableSnat,
        external_fixed_ips: record.gateway.fixedIps.map(({ subnetId, ipAddress }) => ({
          subnet_id: subnetId,
          ip_address: ipAddress,
        })),
      };
      const show = {
        id: record.id,
        name: record.name,
        status: 'ACTIVE',
        admin_state_up: record.adminStateUp,
        external_gateway_info: gateway,
      };
      return { ...show, show };
    },
    remove: ({ context, id }) => removed(() => network.deleteRouter(context, id)),
  };
}

const interfaceProperties = properties({
  router: Type.Optional(Type.String()),
  router_id: Type.Optional(Type.String()),
  subnet: Type.Optional(Type.String()),
  subnet_id: Type.Optional(Type.String()),
  port: Type.Optional(Type.String()),
});

/** `OS::Neutron::RouterInterface`; its physical id is `ROUTER:subnet_id=SUBNET` or `ROUTER:port_id=PORT`, as Heat's. */
export function routerInterface(network: NetworkApi): ResourceType {
  return {
    type: 'OS::Neutron::RouterInterface',
    properties: interfaceProperties,
    async create({ context, id, properties: given }) {
      const wanted = typed(interfaceProperties, given);
      const { id: routerId } = await findRouter(network, context, wanted.router ?? wanted.router_id ?? '');
      if (wanted.port !== undefined) {
        await network.addRouterInterface(context, routerId, { portId: wanted.port }, { id });
        return { physicalId: `${routerId}:port_id=${wanted.port}` };
      }
      const { id: subnetId } = await findSubnet(network, context, wanted.subnet ?? wanted.subnet_id ?? '');
      await network.addRouterInterface(context, routerId, { subnetId }, { id });
      return { physicalId: `${routerId}:subnet_id=${subnetId}` };
    },
    attributes: async ({ physicalId }) => ({ show: { id: physicalId } }),
    async remove({ context, id, physicalId }) {
      const match = /^([^:]+):(subnet|port)_id=(.+)$/.exec(physicalId);
      if (match === null) {
        // Made just before a crash, perhaps: then its port has our id.
        const port = await found(network.getPort(context, id));
        if (port?.routerId == null) return true;
        const { routerId } = port;
        return removed(() => network.removeRouterInterface(context, routerId, { portId: id }));
      }
      const [, routerId = '', what, target = ''] = match;
      return removed(() =>
        network.removeRouterInterface(context, routerId, what === 'subnet' ? { subnetId: target } : { portId: target }),
      );
    },
  };
}

const floatingIpProperties = properties({
  floating_network: Type.Optional(Type.String()),
  floating_network_id: Type.Optional(Type.String()),
  port_id: Type.Optional(Type.String()),
  fixed_ip_address: Type.Optional(Type.String()),
  floating_ip_address: Type.Optional(Type.String()),
});

/** `OS::Neutron::FloatingIP` */
export function floatingIp(network: NetworkApi): ResourceType {
  return {
    type: 'OS::Neutron::FloatingIP',
    properties: floatingIpProperties,
    async create({ context, id, properties: given }) {
      const wanted = typed(floatingIpProperties, given);
      const external = await findNetwork(network, context, wanted.floating_network ?? wanted.floating_network_id ?? '');
      const attributes = {
        floatingNetworkId: external.id,
        ...present({
          portId: wanted.port_id,
          fixedAddress: wanted.fixed_ip_address,
          address: wanted.floating_ip_address,
        }),
      };
      return { physicalId: (await network.createFloatingIp(context, attributes, { id })).id };
    },
    async attributes({ context, physicalId }) {
      const record = await network.getFloatingIp(context, physicalId);
      const show = {
        ...{ id: record.id, floating_ip_address: record.address, fixed_ip_address: record.fixedAddress },
        ...{ port_id: record.fixedPortId, router_id: record.routerId, floating_network_id: record.floatingNetworkId },
        status: record.status,
      };
      return { ...show, show };
    },
    remove: ({ context, id }) => removed(() => network.deleteFloatingIp(context, id)),
  };
}

const associationProperties = properties({
  floatingip_id: Type.String(),
  port_id: Type.String(),
  fixed_ip_address: Type.Optional(Type.String()),
});

/** `OS::Neutron::FloatingIPAssociation`; its physical id is the floating IP's. */
export function floatingIpAssociation(network: NetworkApi): ResourceType {
  return {
    type: 'OS::Neutron::FloatingIPAssociation',
    properties: associationProperties,
    async create({ context, properties: given }) {
      const {
        floatingip_id: id,
        port_id: portId,
        fixed_ip_address: fixedAddress,
      } = typed(associationProperties, given);
      await network.updateFloatingIp(context, id, { portId, ...present({ fixedAddress }) });
      return { physicalId: id };
    },
    attributes: async ({ physicalId }) => ({ show: { id: physicalId } }),
    remove: async ({ context, physicalId }) =>
      physicalId === '' || removed(() => network.updateFloatingIp(context, physicalId, { portId: null })),
  };
}
