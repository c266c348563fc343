import { randomString, value } from './heat/values.ts';
import { net, subnet } from './neutron/network.ts';
import { port } from './neutron/port.ts';
import { floatingIp, floatingIpAssociation, router, routerInterface } from './neutron/router.ts';
import { securityGroup, securityGroupRule } from './neutron/security-group.ts';
import { keypair } from './nova/keypair.ts';
import { type ServerServices, server } from './nova/server.ts';
import type { ResourceType } from './type.ts';

/** The services whose things a stack is made of. */
export type CloudServices = ServerServices;

/** Every type of resource, by name. */
export function resourceTypes(services: CloudServices): ReadonlyMap<string, ResourceType> {
  const { network, compute } = services;
  const types = [
    ...[net, subnet, port, router, routerInterface, floatingIp, floatingIpAssociation].map((make) => make(network)),
    ...[securityGroup, securityGroupRule].map((make) => make(network)),
    server(services),
    keypair(compute),
    randomString(),
    value(),
  ];
  return new Map(types.map((type) => [type.type, type]));
}
