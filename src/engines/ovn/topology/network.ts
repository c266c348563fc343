import type { NetworkIntent, SubnetIntent } from '../../../cloud/network/ports.ts';
import { first, type Northbound } from '../northbound.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { derivedMac, localnetName, neutronName } from './names.ts';
import { checkedAddress, checkedPrefix } from './text.ts';

/** Neutron's default (`dhcp_lease_duration` of the OVN driver), in seconds. */
const leaseTime = '43200';

/**
 * Answers DHCP on a subnet without gateway: link-local, so that it is nobody's address there. Renewals by unicast do not
 * find it, and clients then ask by broadcast.
 */
const serverWithoutGateway = '169.254.169.253';

/** A network: a logical switch, its link to the outside when it is external, and the DHCP options of its subnets. */
export function planNetwork(nb: Northbound, tx: Transaction, network: NetworkIntent, physicalNetwork: string): void {
  const name = neutronName(network.id);
  const existing = first(nb.switches, 'name', name);
  if (!existing) tx.expectNone('Logical_Switch', 'name', name);
  const uuid = tx.ensure('Logical_Switch', existing, {
    name,
    external_ids: { 'neutron:network_name': network.name, 'neutron:mtu': String(network.mtu) },
  });
  planLocalnet(nb, tx, network, uuid, physicalNetwork);
  planDhcp(nb, tx, network);
}

/** Takes away the switch, with its ports, and what belongs to it. */
export function planNetworkRemoval(nb: Northbound, tx: Transaction, id: string): void {
  const name = neutronName(id);
  for (const row of nb.switches.find('name', name)) tx.delete('Logical_Switch', row._uuid);
  for (const row of nb.dhcpOptions.find('external_ids:neutron:network_name', name))
    tx.delete('DHCP_Options', row._uuid);
  for (const row of nb.dns.find('external_ids:neutron:network_name', name)) tx.delete('DNS', row._uuid);
}

function planLocalnet(
  nb: Northbound,
  tx: Transaction,
  network: NetworkIntent,
  switchUuid: string,
  physicalNetwork: string,
): void {
  const name = localnetName(network.id);
  const existing = first(nb.ports, 'name', name);
  if (!network.external) {
    if (existing) tx.mutate('Logical_Switch', switchUuid, 'ports', 'delete', [existing._uuid]);
    return;
  }
  const port = tx.ensure('Logical_Switch_Port', existing, {
    name,
    type: 'localnet',
    addresses: ['unknown'],
    options: { network_name: physicalNetwork },
  });
  if (!existing) tx.mutate('Logical_Switch', switchUuid, 'ports', 'insert', [port]);
}

/** One row of options for each subnet with DHCP. Ports that wait for one, because DHCP was off, get it here. */
function planDhcp(nb: Northbound, tx: Transaction, network: NetworkIntent): void {
  const name = neutronName(network.id);
  const wanted = new Map(network.subnets.filter((subnet) => subnet.enableDhcp).map((subnet) => [subnet.id, subnet]));
  for (const row of nb.dhcpOptions.find('external_ids:neutron:network_name', name)) {
    if (!wanted.has(row.external_ids.subnet_id ?? '')) tx.delete('DHCP_Options', row._uuid);
  }
  for (const subnet of wanted.values()) {
    const existing = first(nb.dhcpOptions, 'external_ids:subnet_id', subnet.id);
    if (!existing)
      tx.expectNone('DHCP_Options', 'external_ids', { subnet_id: subnet.id, 'neutron:network_name': name });
    const uuid = tx.ensure('DHCP_Options', existing, {
      cidr: subnet.cidr,
      options: dhcpOptions(network, subnet),
      external_ids: { subnet_id: subnet.id, 'neutron:network_name': name },
    });
    if (existing) continue;
    for (const port of nb.ports.find('external_ids:neutron:network_name', name)) {
      if (port.external_ids['neutron:subnet_id'] === subnet.id) {
        tx.update('Logical_Switch_Port', port._uuid, { dhcpv4_options: [uuid] });
      }
    }
  }
}

/** The DHCP options of a subnet, in ovn-nb(5)'s notation. */
export function dhcpOptions(network: NetworkIntent, subnet: SubnetIntent): Record<string, string> {
  const options: Record<string, string> = {
    server_id: subnet.gatewayIp ?? serverWithoutGateway,
    server_mac: derivedMac(`dhcp ${subnet.id}`),
    lease_time: leaseTime,
    mtu: String(network.mtu),
  };
  if (subnet.gatewayIp) options.router = subnet.gatewayIp;
  // OVN answers names of the network's ports whoever is asked; the router refuses the rest at once.
  const resolvers =
    subnet.dnsNameservers.length > 0 ? subnet.dnsNameservers : [subnet.gatewayIp].filter((ip) => ip !== null);
  if (resolvers.length > 0) options.dns_server = `{${resolvers.map(checkedAddress).join(', ')}}`;
  const routes = subnet.hostRoutes.map(
    ({ destination, nexthop }) => `${checkedPrefix(destination)},${checkedAddress(nexthop)}`,
  );
  if (routes.length > 0) {
    // A client that knows option 121 ignores option 3 (RFC 3442), so that the default route is said again.
    if (subnet.gatewayIp) routes.push(`0.0.0.0/0,${subnet.gatewayIp}`);
    options.classless_static_route = `{${routes.join(', ')}}`;
  }
  return options;
}
