import type { Route } from '../../../kernel/http/index.ts';
import { floatingIpNotFound } from '../domain/faults.ts';
import type { FloatingIpRecord } from '../domain/records.ts';
import type { OperationDeps } from '../operations/change.ts';
import { createFloatingIp, deleteFloatingIp, updateFloatingIp } from '../operations/floating-ips.ts';
import { floatingIpSource } from '../store/sources.ts';
import { type Listing, standardFields } from './listing.ts';
import { resourceRoutes } from './resource.ts';
import { body, description, nullable, optional, owner, short, uuid } from './schemas.ts';
import { ownerOf, standardView } from './views.ts';

const listing: Listing<FloatingIpRecord> = {
  source: floatingIpSource,
  fields: {
    ...standardFields,
    floating_network_id: { column: 'floatingNetworkId', type: 'uuid' },
    floating_ip_address: { column: 'address', type: 'text' },
    port_id: { column: 'fixedPortId', type: 'uuid', nullable: true },
    fixed_ip_address: { column: 'fixedAddress', type: 'text', nullable: true },
    router_id: { column: 'routerId', type: 'uuid', nullable: true },
    status: { column: 'status', type: 'text' },
  },
};

const changeable = {
  description: optional(description),
  port_id: optional(nullable(uuid)),
  fixed_ip_address: optional(nullable(short)),
};

const created = body({
  ...changeable,
  ...owner,
  floating_network_id: uuid,
  floating_ip_address: optional(nullable(short)),
  subnet_id: optional(nullable(uuid)),
});
const updated = body(changeable);

function show(floating: FloatingIpRecord) {
  return {
    ...standardView(floating),
    floating_network_id: floating.floatingNetworkId,
    floating_ip_address: floating.address,
    port_id: floating.fixedPortId,
    fixed_ip_address: floating.fixedAddress,
    router_id: floating.routerId,
    port_forwardings: floating.portForwardings.map((forwarding) => ({
      protocol: forwarding.protocol,
      external_port: forwarding.externalPort,
      internal_port: forwarding.internalPort,
      internal_ip_address: forwarding.internalAddress,
    })),
    status: floating.status,
  };
}

export function floatingIpRoutes(deps: OperationDeps): Route[] {
  return resourceRoutes(deps, {
    singular: 'floatingip',
    plural: 'floatingips',
    listing,
    missing: floatingIpNotFound,
    show,
    created,
    create: (change, sent) =>
      createFloatingIp(change, {
        projectId: ownerOf(sent),
        description: sent.description,
        floatingNetworkId: sent.floating_network_id,
        address: sent.floating_ip_address ?? undefined,
        subnetId: sent.subnet_id ?? undefined,
        portId: sent.port_id,
        fixedAddress: sent.fixed_ip_address,
      }),
    updated,
    update: (change, id, sent) =>
      updateFloatingIp(change, id, {
        description: sent.description,
        portId: sent.port_id,
        fixedAddress: sent.fixed_ip_address,
      }),
    remove: deleteFloatingIp,
  });
}
