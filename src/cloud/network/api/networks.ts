import Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import type { Route } from '../../../kernel/http/index.ts';
import { networkNotFound } from '../domain/faults.ts';
import type { NetworkRecord } from '../domain/records.ts';
import type { OperationDeps } from '../operations/change.ts';
import { createNetwork, deleteNetwork, updateNetwork } from '../operations/networks.ts';
import { networkSource } from '../store/sources.ts';
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
  short,
  toBoolean,
  toInteger,
  uuid,
} from './schemas.ts';
import { ownerOf, standardView } from './views.ts';

export const networkListing: Listing<NetworkRecord> = {
  source: networkSource,
  fields: {
    ...standardFields,
    name: { column: 'name', type: 'text' },
    status: { column: 'status', type: 'text' },
    admin_state_up: { column: 'adminStateUp', type: 'boolean' },
    shared: { column: 'shared', type: 'boolean' },
    'router:external': { column: 'external', type: 'boolean' },
    is_default: { column: 'isDefault', type: 'boolean' },
    dns_domain: { column: 'dnsDomain', type: 'text' },
    mtu: { column: 'mtu', type: 'integer' },
    port_security_enabled: { column: 'portSecurityEnabled', type: 'boolean' },
    'provider:network_type': { column: 'networkType', type: 'text' },
    'provider:physical_network': { column: 'physicalNetwork', type: 'text', nullable: true },
    'provider:segmentation_id': { column: 'segmentationId', type: 'integer', nullable: true },
  },
};

/** Neutron's name of a network's number on the wire. */
const segmentation = 'provider:segmentation_id';

const changeable = {
  name: optional(name),
  description: optional(description),
  admin_state_up: optional(boolean),
  shared: optional(boolean),
  'router:external': optional(boolean),
  is_default: optional(boolean),
  mtu: optional(integer),
  port_security_enabled: optional(boolean),
  qos_policy_id: optional(nullable(uuid)),
  dns_domain: optional(name),
};

const created = body({
  ...changeable,
  ...owner,
  'provider:network_type': optional(short),
  'provider:physical_network': optional(nullable(short)),
  'provider:segmentation_id': optional(nullable(integer)),
  availability_zone_hints: optional(Type.Array(Type.Literal(availabilityZone()), { maxItems: 1 })),
});

function availabilityZone() {
  return 'nova' as const;
}

const updated = body(changeable);

function changesOf(sent: Type.Static<typeof updated>) {
  return {
    name: sent.name,
    description: sent.description,
    adminStateUp: toBoolean(sent.admin_state_up),
    shared: toBoolean(sent.shared),
    external: toBoolean(sent['router:external']),
    isDefault: toBoolean(sent.is_default),
    mtu: toInteger('mtu', sent.mtu, 68, 65_535),
    portSecurityEnabled: toBoolean(sent.port_security_enabled),
    qosPolicyId: sent.qos_policy_id,
    dnsDomain: sent.dns_domain,
  };
}

function show(network: NetworkRecord, context: Context) {
  return {
    ...standardView(network),
    name: network.name,
    status: 'ACTIVE',
    admin_state_up: network.adminStateUp,
    subnets: network.subnetIds,
    shared: network.shared,
    'router:external': network.external,
    ...(network.external ? { is_default: network.isDefault } : {}),
    mtu: network.mtu,
    port_security_enabled: network.portSecurityEnabled,
    qos_policy_id: network.qosPolicyId,
    dns_domain: network.dnsDomain,
    availability_zone_hints: [],
    availability_zones: [availabilityZone()],
    ipv4_address_scope: network.ipv4AddressScopeId,
    ipv6_address_scope: network.ipv6AddressScopeId,
    ...(context.isAdmin
      ? {
          'provider:network_type': network.networkType,
          'provider:physical_network': network.physicalNetwork,
          'provider:segmentation_id': network.segmentationId,
        }
      : {}),
  };
}

export function networkRoutes(deps: OperationDeps): Route[] {
  return resourceRoutes(deps, {
    singular: 'network',
    plural: 'networks',
    listing: networkListing,
    missing: networkNotFound,
    show,
    created,
    create: (change, sent) =>
      createNetwork(change, {
        ...changesOf(sent),
        projectId: ownerOf(sent),
        networkType: sent['provider:network_type'],
        physicalNetwork: sent['provider:physical_network'],
        segmentationId: toInteger(segmentation, sent[segmentation] ?? undefined, 1, 16_777_215),
      }),
    updated,
    update: (change, id, sent) => updateNetwork(change, id, changesOf(sent)),
    remove: deleteNetwork,
  });
}
