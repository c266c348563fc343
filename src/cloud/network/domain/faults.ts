import { Fault } from '../../../kernel/base/errors.ts';

/**
 * The faults of the Networking API: `type` is the name by which clients know them (Neutron's exception classes), the
 * texts are Neutron's.
 */
type Make<A extends readonly unknown[]> = (...args: A) => Fault;

function missing(type: string, text: (id: string) => string): Make<[id: string]> {
  return (id) => new Fault('notFound', text(id.slice(0, 64)), { data: { type } });
}

export const networkNotFound = missing('NetworkNotFound', (id) => `Network ${id} could not be found.`);
export const subnetNotFound = missing('SubnetNotFound', (id) => `Subnet ${id} could not be found.`);
export const subnetPoolNotFound = missing('SubnetPoolNotFound', (id) => `Subnet pool ${id} could not be found.`);
export const addressScopeNotFound = missing('AddressScopeNotFound', (id) => `Address scope ${id} could not be found.`);
export const qosPolicyNotFound = missing('QosPolicyNotFound', (id) => `QoS policy ${id} could not be found.`);
export const qosRuleNotFound = missing('QosRuleNotFound', (id) => `QoS rule ${id} could not be found.`);
export const rbacPolicyNotFound = missing('RbacPolicyNotFound', (id) => `RBAC policy with ID ${id} not found`);
export const portNotFound = missing('PortNotFound', (id) => `Port ${id} could not be found.`);
export const routerNotFound = missing('RouterNotFound', (id) => `Router ${id} could not be found`);
export const floatingIpNotFound = missing('FloatingIPNotFound', (id) => `Floating IP ${id} could not be found`);
export const portForwardingNotFound = missing(
  'PortForwardingNotFound',
  (id) => `Port Forwarding ${id} could not be found.`,
);
export const securityGroupNotFound = missing('SecurityGroupNotFound', (id) => `Security group ${id} does not exist`);
export const securityGroupRuleNotFound = missing(
  'SecurityGroupRuleNotFound',
  (id) => `Security group rule ${id} does not exist`,
);

export const autoTopologyNotFound = missing(
  'AutoAllocatedTopologyNotFound',
  (id) => `Project ${id} has no network that was allocated by itself.`,
);

export const tagNotFound = missing('TagNotFound', (tag) => `Tag ${tag} could not be found.`);

/** 400 of the given type. */
export function invalid(type: string, message: string): Fault {
  return new Fault('badRequest', message, { data: { type } });
}

/** 400 `InvalidInput`: what is asked contradicts itself or what is there. */
export function invalidInput(reason: string): Fault {
  return invalid('InvalidInput', `Invalid input for operation: ${reason}.`);
}

/** 400 `BadRequest`: `Bad router request: …` */
export function badResourceRequest(resource: 'router' | 'floatingip' | 'port', reason: string): Fault {
  return invalid('BadRequest', `Bad ${resource} request: ${reason}.`);
}

/** 409 of the given type. */
export function inConflict(type: string, message: string): Fault {
  return new Fault('conflict', message, { data: { type } });
}

/** 403 where Neutron's policy says no. */
export function disallowed(rule: string): Fault {
  return new Fault('forbidden', `(rule:${rule}) is disallowed by policy`, { data: { type: 'HTTPForbidden' } });
}

/** 501: part of the API that this cloud does not serve yet. */
export function notServed(what: string): Fault {
  return new Fault('notSupported', `${what} is not supported by this cloud yet.`, { data: { type: 'NotImplemented' } });
}

export function networkInUse(id: string): Fault {
  return inConflict(
    'NetworkInUse',
    `Unable to complete operation on network ${id}. There are one or more ports still in use on the network.`,
  );
}

export function subnetInUse(id: string): Fault {
  return inConflict(
    'SubnetInUse',
    `Unable to complete operation on subnet ${id}: One or more ports have an IP allocation from this subnet.`,
  );
}

export function noMoreAddresses(networkId: string): Fault {
  return inConflict('IpAddressGenerationFailure', `No more IP addresses available on network ${networkId}.`);
}

export function addressAllocated(address: string, subnetId: string): Fault {
  return inConflict('IpAddressAlreadyAllocated', `IP address ${address} already allocated in subnet ${subnetId}`);
}

export function overQuota(resource: string): Fault {
  return inConflict('OverQuota', `Quota exceeded for resources: ['${resource}'].`);
}
