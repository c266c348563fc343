import { Fault } from '../../../kernel/base/errors.ts';
import { type FaultStyle, neutronFault, type Service } from '../../../kernel/http/index.ts';
import type { OperationDeps } from '../operations/change.ts';
import type { NetworkEngine } from '../ports.ts';
import { agentRoutes } from './agents.ts';
import { autoTopologyRoutes } from './auto-topology.ts';
import { discoveryRoutes } from './discovery.ts';
import { floatingIpRoutes } from './floating-ips.ts';
import { ipAvailabilityRoutes } from './ip-availability.ts';
import { networkRoutes } from './networks.ts';
import { portForwardingRoutes } from './port-forwardings.ts';
import { portRoutes } from './ports.ts';
import { qosRoutes } from './qos.ts';
import { quotaRoutes } from './quotas.ts';
import { routerRoutes } from './routers.ts';
import { securityGroupRoutes } from './security-groups.ts';
import { sharingRoutes } from './sharing.ts';
import { subnetPoolRoutes } from './subnet-pools.ts';
import { subnetRoutes } from './subnets.ts';
import { tagRoutes } from './tags.ts';

/** Neutron's names for faults that are nobody's in particular. */
const types: Readonly<Record<number, string>> = {
  400: 'HTTPBadRequest',
  403: 'HTTPForbidden',
  404: 'HTTPNotFound',
  409: 'HTTPConflict',
  500: 'HTTPInternalServerError',
  501: 'HTTPNotImplemented',
  503: 'HTTPServiceUnavailable',
};

const faults: FaultStyle = (fault, requestId) => {
  const type = fault.data.type ?? types[fault.status];
  const named = new Fault(fault.code, fault.message, { status: fault.status, data: { ...fault.data, type } });
  return neutronFault(named, requestId);
};

/** The Networking API v2.0 at `/network`. */
export function networkService(deps: OperationDeps, engine: NetworkEngine): Service {
  return {
    name: 'network',
    mount: '/network',
    faults,
    routes: [
      ...discoveryRoutes(),
      ...agentRoutes(engine),
      ...autoTopologyRoutes(deps),
      ...ipAvailabilityRoutes(deps),
      ...networkRoutes(deps),
      ...subnetRoutes(deps),
      ...subnetPoolRoutes(deps),
      ...portRoutes(deps),
      ...routerRoutes(deps),
      ...securityGroupRoutes(deps),
      ...floatingIpRoutes(deps),
      ...portForwardingRoutes(deps),
      ...qosRoutes(deps),
      ...sharingRoutes(deps),
      ...quotaRoutes(deps),
      ...tagRoutes(deps),
    ],
  };
}
