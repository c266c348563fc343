import Type from 'typebox';
import type { Route } from '../../../kernel/http/index.ts';
import { invalidInput, subnetNotFound } from '../domain/faults.ts';
import { type Ipv6Mode, ipv6Modes } from '../domain/ipv6.ts';
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
  ipVersion,
  name,
  nullable,
  optional,
  owner,
  pools,
  routes,
  short,
  toBoolean,
  toInteger,
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
    subnetpool_id: { column: 'subnetPoolId', type: 'uuid', nullable: true },
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
  service_types: optional(Type.Array(name, { maxItems: 20 })),
};

const mode = optional(nullable(short));

const created = body({
  ...changeable,
  ...owner,
  network_id: uuid,
  cidr: optional(nullable(short)),
  ip_version: optional(ipVersion),
  subnetpool_id: optional(nullable(uuid)),
  use_default_subnetpool: optional(boolean),
  prefixlen: optional(nullable(integer)),
  ipv6_ra_mode: mode,
  ipv6_address_mode: mode,
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
    serviceTypes: sent.service_types,
  };
}

function attributesOf(sent: Type.Static<typeof created>) {
  return {
    ...changesOf(sent),
    projectId: ownerOf(sent),
    networkId: sent.network_id,
    cidr: sent.cidr ?? undefined,
    ipVersion: sent.ip_version === undefined ? undefined : Number(sent.ip_version),
    subnetPoolId: sent.subnetpool_id ?? undefined,
    useDefaultPool: toBoolean(sent.use_default_subnetpool),
    prefixLength: toInteger('prefixlen', sent.prefixlen ?? undefined, 0, 128),
    ipv6RaMode: modeOf('ipv6_ra_mode', sent.ipv6_ra_mode),
    ipv6AddressMode: modeOf('ipv6_address_mode', sent.ipv6_address_mode),
  };
}

function modeOf(attribute: string, text: string | null | undefined): Ipv6Mode | null {
  if (text === null || text === undefined) return null;
  const found = ipv6Modes.find((each) => each === text);
  if (found === undefined) throw invalidInput(`${attribute} '${text}' is not one of: ${ipv6Modes.join(', ')}`);
  return found;
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
    subnetpool_id: subnet.subnetPoolId,
    service_types: subnet.serviceTypes,
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
