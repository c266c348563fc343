import { isIPv4, isIPv6 } from 'node:net';
import type { RouterIntent } from '../../../cloud/network/ports.ts';
import { notFound } from '../../../kernel/base/errors.ts';
import { first, type LogicalRouter, type Northbound, rowsOf } from '../northbound.ts';
import type { Columns } from '../ovsdb/schema.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { neutronName, portName, routerPortName } from './names.ts';
import { planForwardings } from './port-forwarding.ts';
import { prefixOf } from './prefix.ts';

/** The key by which routes and NAT rules are told apart within their router. */
const partKey = 'andromede:key';
const keyOf = (row: { readonly external_ids: Readonly<Record<string, string>> }) => row.external_ids[partKey];

/** A leg of a router: what is the same for the inside and the outside. */
interface Leg {
  readonly portId: string;
  readonly networkId: string;
  readonly mac: string;
  readonly cidrs: readonly string[];
  readonly announces: RouterIntent['interfaces'][number]['announces'];
  readonly external: boolean;
}

/** A router: its legs on the switches, routes, source NAT and floating IPs. The outside leg lives on `chassis`. */
export function planRouter(nb: Northbound, tx: Transaction, router: RouterIntent, chassis: readonly string[]): void {
  const name = neutronName(router.id);
  const existing = first(nb.routers, 'name', name);
  if (!existing) tx.expectNone('Logical_Router', 'name', name);
  const legs = legsOf(router);
  tx.ensure('Logical_Router', existing, {
    name,
    enabled: [router.adminStateUp],
    // Learn neighbours only by need, and forget them: the outside's may come back with another MAC address.
    options: {
      always_learn_from_arp_request: 'false',
      dynamic_neigh_routers: 'true',
      mac_binding_age_threshold: '300',
    },
    ports: planRouterPorts(nb, tx, existing, name, legs, chassis),
    static_routes: planRoutes(nb, tx, existing, router),
    nat: planNat(nb, tx, existing, router),
    load_balancer: planForwardings(nb, tx, name, router.gateway ? router.portForwardings : []),
  });
  planSwitchSides(nb, tx, name, legs);
}

/** Takes away the router with all that it has, and its ends on the switches. */
export function planRouterRemoval(nb: Northbound, tx: Transaction, id: string): void {
  const name = neutronName(id);
  for (const row of nb.routers.find('name', name)) tx.delete('Logical_Router', row._uuid);
  planForwardings(nb, tx, name, []);
  planSwitchSides(nb, tx, name, []);
}

function legsOf(router: RouterIntent): Leg[] {
  const inside = router.interfaces.map((leg) => ({ ...leg, external: false }));
  return router.gateway ? [...inside, { ...router.gateway, announces: null, external: true }] : inside;
}

function planRouterPorts(
  nb: Northbound,
  tx: Transaction,
  existing: LogicalRouter | undefined,
  routerName: string,
  legs: readonly Leg[],
  chassis: readonly string[],
): string[] {
  const ports = new Map(rowsOf(nb.routerPorts, existing?.ports ?? []).map((row) => [row.name, row]));
  return legs.map((leg) => {
    const name = routerPortName(leg.portId);
    const row = ports.get(name);
    const gateways = new Map(
      (leg.external ? chassis : []).map((chassisName, at): [string, Columns] => [
        chassisName,
        { name: `${name}_${chassisName}`, chassis_name: chassisName, priority: chassis.length - at },
      ]),
    );
    const held = rowsOf(nb.gatewayChassis, row?.gateway_chassis ?? []);
    return tx.ensure('Logical_Router_Port', row, {
      name,
      mac: leg.mac,
      networks: leg.cidrs,
      ipv6_ra_configs: announcements(leg),
      gateway_chassis: tx.ensureChildren('Gateway_Chassis', held, (gateway) => gateway.chassis_name, gateways),
      external_ids: { 'neutron:router_name': routerName, 'neutron:network_name': neutronName(leg.networkId) },
    });
  });
}

/** Router advertisements, in ovn-nb(5)'s words: at once for who asks, and now and then for all. */
function announcements({ announces }: Leg): Readonly<Record<string, string>> {
  if (announces === null) return {};
  return {
    address_mode: announces.addressMode.replace('dhcpv6-', 'dhcpv6_'),
    send_periodic: 'true',
    mtu: String(announces.mtu),
  };
}

/** The switch ports that face the router: those of the legs, and no others. */
function planSwitchSides(nb: Northbound, tx: Transaction, routerName: string, legs: readonly Leg[]): void {
  const wanted = new Set(legs.map((leg) => portName(leg.portId)));
  for (const row of nb.ports.find('external_ids:neutron:router_name', routerName)) {
    const network = first(nb.switches, 'name', row.external_ids['neutron:network_name'] ?? '');
    if (network && !wanted.has(row.name)) tx.mutate('Logical_Switch', network._uuid, 'ports', 'delete', [row._uuid]);
  }
  for (const leg of legs) {
    const network = first(nb.switches, 'name', neutronName(leg.networkId));
    if (!network) throw notFound('Network', leg.networkId);
    const name = portName(leg.portId);
    const existing = first(nb.ports, 'name', name);
    const uuid = tx.ensure('Logical_Switch_Port', existing, {
      name,
      type: 'router',
      addresses: ['router'],
      enabled: [true],
      // The outside hears at once, by gratuitous ARP, where the addresses are now.
      options: { 'router-port': routerPortName(leg.portId), ...(leg.external ? { 'nat-addresses': 'router' } : {}) },
      external_ids: { 'neutron:router_name': routerName, 'neutron:network_name': network.name },
    });
    if (!existing) tx.mutate('Logical_Switch', network._uuid, 'ports', 'insert', [uuid]);
  }
}

function planRoutes(
  nb: Northbound,
  tx: Transaction,
  existing: LogicalRouter | undefined,
  router: RouterIntent,
): string[] {
  const wanted = new Map<string, Columns>();
  const add = (prefix: string, nexthop: string, outputPort: readonly string[]) => {
    const key = `${prefix} ${nexthop}`;
    wanted.set(key, { ip_prefix: prefix, nexthop, output_port: outputPort, external_ids: { [partKey]: key } });
  };
  for (const { destination, nexthop } of router.routes) add(destination, nexthop, []);
  const { gateway } = router;
  for (const nexthop of gateway?.nexthops ?? []) {
    add(isIPv6(nexthop) ? '::/0' : '0.0.0.0/0', nexthop, gateway ? [routerPortName(gateway.portId)] : []);
  }
  return tx.ensureChildren(
    'Logical_Router_Static_Route',
    rowsOf(nb.routes, existing?.static_routes ?? []),
    keyOf,
    wanted,
  );
}

const addressOf = (cidr: string): string => cidr.split('/')[0] ?? '';

/**
 * Source NAT for each IPv4 subnet behind the router (also what makes a guest's floating IP work from its own network: replies
 * must come back through the router), and floating IPs, carried out on the gateway's chassis.
 */
function planNat(nb: Northbound, tx: Transaction, existing: LogicalRouter | undefined, router: RouterIntent): string[] {
  const wanted = new Map<string, Columns>();
  const { gateway } = router;
  const address = gateway?.cidrs.map(addressOf).find(isIPv4);
  if (gateway?.snat && address !== undefined) {
    const inside = router.interfaces.flatMap(({ cidrs }) => cidrs.filter((cidr) => isIPv4(addressOf(cidr))));
    for (const prefix of new Set(inside.map(prefixOf))) {
      const key = `snat ${prefix}`;
      wanted.set(key, {
        type: 'snat',
        external_ip: address,
        logical_ip: prefix,
        logical_port: [],
        external_ids: { [partKey]: key },
      });
    }
  }
  for (const floating of gateway ? router.floatingIps : []) {
    wanted.set(floating.id, {
      type: 'dnat_and_snat',
      external_ip: floating.floatingAddress,
      logical_ip: floating.fixedAddress,
      logical_port: [portName(floating.portId)],
      external_ids: { [partKey]: floating.id, 'neutron:fip_id': floating.id },
    });
  }
  return tx.ensureChildren('NAT', rowsOf(nb.nat, existing?.nat ?? []), keyOf, wanted);
}
