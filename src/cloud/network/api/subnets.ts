import Type from 'typebox';
import type { Route } from '../../../kernel/http/index.ts';
import { notServed, subnetNotFound } from '../domain/faults.ts';
import type { SubnetRecord } from '../domain/records.ts';
import type { OperationDeps } from '../operations/change.ts';
import { createSubnet, deleteSubnet, updateSubnet } from '../operations/subnets.ts';
import { subnetSource } from '../store/sources.ts';
import { type Listing, standardFields } from './listing.ts';
import { resourceRoutes } from './resource.ts';
import {
  body,
  boolean,
  description,
  integer,
  name,
  nullable,
  optional,
  owner,
  pools,
  routes,
  short,
  toBoolean,
  uuid,
} from './schemas.ts';
import { ownerOf, standardView } from './views.ts';

const listing: Listing<SubnetRecord> = {
  source: subnetSource,
  fields: {
    ...standardFields,
    name: { column: 'name', type: 'text' },
    network_id: { column: 'networkId', type: 'uuid' },
    ip_version: { column: 'ipVersion', type: 'integer' },
    cidr: { column: 'cidr', type: 'text' },
    gateway_ip: { column: 'gatewayIp', type: 'text', nullable: true },
    enable_dhcp: { column: 'enableDhcp', type: 'boolean' },
    shared: { column: 'shared', type: 'boolean' },
    ipv6_ra_mode: { column: 'ipv6RaMode', type: 'text', nullable: true },
    ipv6_address_mode: { column: 'ipv6AddressMode', type: 'text', nullable: true },
  },
};

const changeable = {
  name: optional(name),
  description: optional(description),
  gateway_ip: optional(nullable(short)),
  enable_dhcp: optional(boolean),
  allocation_pools: optional(pools),
  dns_nameservers: optional(Type.Array(short, { maxItems: 5 })),
  host_routes: optional(routes),
};

const created = body({
  ...changeable,
  ...owner,
  network_id: uuid,
  cidr: optional(nullable(short)),
  ip_version: optional(Type.Union([Type.Literal(4), Type.Literal(6), Type.Literal('4'), Type.Literal('6')])),
  subnetpool_id: optional(nullable(short)),
  prefixlen: optional(nullable(integer)),
  ipv6_ra_mode: optional(nullable(short)),
  ipv6_address_mode: optional(nullable(short)),
});

const updated = body(changeable);

function changesOf(sent: Type.Static<typeof updated>) {
  return {
    name: sent.name,
    description: sent.description,
    gatewayIp: sent.gateway_ip,
    enableDhcp: toBoolean(sent.enable_dhcp),
    allocationPools: sent.allocation_pools,
    dnsNameservers: sent.dns_nameservers,
    hostRoutes: sent.host_routes,
  };
}

function attributesOf(sent: Type.Static<typeof created>) {
  if (sent.subnetpool_id || sent.prefixlen || !sent.cidr) throw notServed('A subnet out of a subnet pool (no cidr)');
  return {
    ...changesOf(sent),
    projectId: ownerOf(sent),
    networkId: sent.network_id,
    cidr: sent.cidr,
    ipVersion: sent.ip_version === undefined ? undefined : Number(sent.ip_version),
  };
}

function show(subnet: SubnetRecord) {
  return {
    ...standardView(subnet),
    name: subnet.name,
    network_id: subnet.networkId,
    ip_version: subnet.ipVersion,
    cidr: subnet.cidr,
    gateway_ip: subnet.gatewayIp,
    enable_dhcp: subnet.enableDhcp,
    allocation_pools: subnet.allocationPools,
    dns_nameservers: subnet.dnsNameservers,
    host_routes: subnet.hostRoutes,
    ipv6_ra_mode: subnet.ipv6RaMode,
    ipv6_address_mode: subnet.ipv6AddressMode,
    subnetpool_id: null,
    service_types: [],
  };
}

export function subnetRoutes(deps: OperationDeps): Route[] {
  return resourceRoutes(deps, {
    singular: 'subnet',
    plural: 'subnets',
    listing,
    missing: subnetNotFound,
    show,
    created,
    create: (change, sent) => createSubnet(change, attributesOf(sent)),
    updated,
    update: (change, id, sent) => updateSubnet(change, id, changesOf(sent)),
    remove: deleteSubnet,
  });
}
