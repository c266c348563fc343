import type { PortIntent } from '../../../cloud/network/ports.ts';
import { notFound } from '../../../kernel/base/errors.ts';
import { first, type LogicalSwitchPort, type Northbound } from '../northbound.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { planPortDhcp, planPortDhcpRemoval } from './dhcp.ts';
import { domainKey, planPortDns } from './dns.ts';
import { ensureDropGroup } from './drop-group.ts';
import { groupName, neutronName, portName } from './names.ts';
import { planPortQos } from './qos.ts';
import { checkedPrefix, quoted } from './text.ts';

/** A guest's port: a switch port with its addresses, DHCP, security groups and names. */
export function planPort(nb: Northbound, tx: Transaction, port: PortIntent): void {
  const name = portName(port.id);
  const network = first(nb.switches, 'name', neutronName(port.networkId));
  if (!network) throw notFound('Network', port.networkId);
  const existing = first(nb.ports, 'name', name);
  // A router's port belongs to the router's plan.
  if (existing?.type === 'router') return;
  if (!existing) tx.expectNone('Logical_Switch_Port', 'name', name);
  const uuid = tx.ensure('Logical_Switch_Port', existing, portColumns(port, existing, planPortDhcp(nb, tx, port)));
  if (!existing) tx.mutate('Logical_Switch', network._uuid, 'ports', 'insert', [uuid]);
  planMembership(nb, tx, port, existing, uuid);
  planPortQos(nb, tx, network, port);
  planPortDns(nb, tx, network, port, existing);
}

/** Takes the port away; its memberships in port groups go with it. */
export function planPortRemoval(nb: Northbound, tx: Transaction, id: string): void {
  const existing = first(nb.ports, 'name', portName(id));
  if (!existing || existing.type === 'router') return;
  const network = first(nb.switches, 'name', existing.external_ids['neutron:network_name'] ?? '');
  if (!network) return;
  planPortDns(nb, tx, network, null, existing);
  planPortDhcpRemoval(nb, tx, id);
  planPortQos(nb, tx, network, { id, qos: [] });
  tx.mutate('Logical_Switch', network._uuid, 'ports', 'delete', [existing._uuid]);
}

function portColumns(port: PortIntent, existing: LogicalSwitchPort | undefined, dhcp: ReturnType<typeof planPortDhcp>) {
  const ips = port.fixedIps.map(({ ipAddress }) => ipAddress);
  const address = [port.mac, ...ips].join(' ');
  return {
    name: portName(port.id),
    type: existing?.type ?? '',
    addresses: isLearning(port) ? [address, 'unknown'] : [address],
    port_security: port.portSecurity ? ownedAddresses(port) : [],
    enabled: [port.adminStateUp],
    ...dhcp.columns,
    options: {
      ...(port.hostName === null ? {} : { 'requested-chassis': port.hostName }),
      ...(port.dnsName === null ? {} : { hostname: quoted(port.dnsName) }),
    },
    external_ids: {
      'neutron:network_name': neutronName(port.networkId),
      'neutron:security_group_ids': port.securityGroupIds.join(' '),
      'neutron:cidrs': ips.join(' '),
      ...dhcp.externalIds,
      ...(port.dnsName === null ? {} : { 'neutron:dns_name': port.dnsName }),
      ...(port.dnsDomain === null ? {} : { [domainKey]: port.dnsDomain }),
    },
  };
}

/** Whether the switch has to learn where a MAC address is: the port may use others than its own. */
function isLearning({ portSecurity, mac, addressPairs }: PortIntent): boolean {
  return !portSecurity || addressPairs.some(({ macAddress }) => macAddress !== mac);
}

/** What the port may send from: its own addresses and its pairs', by MAC address (ovn-nb(5), `port_security`). */
function ownedAddresses({ mac, fixedIps, addressPairs }: PortIntent): string[] {
  const owned = new Map([[mac, new Set(fixedIps.map(({ ipAddress }) => ipAddress))]]);
  for (const { ipAddress, macAddress } of addressPairs) {
    owned.set(macAddress, (owned.get(macAddress) ?? new Set()).add(checkedPrefix(ipAddress)));
  }
  return [...owned].map(([each, ips]) => [each, ...ips].join(' '));
}

/** Puts the port into its security groups and the group that drops the rest, and takes it out of others. */
function planMembership(
  nb: Northbound,
  tx: Transaction,
  port: PortIntent,
  existing: LogicalSwitchPort | undefined,
  uuid: string,
): void {
  const wanted = new Set<string>();
  if (port.portSecurity) {
    wanted.add(ensureDropGroup(nb, tx));
    for (const id of port.securityGroupIds) {
      const group = first(nb.groups, 'name', groupName(id));
      if (!group) throw notFound('Security group', id);
      wanted.add(group._uuid);
    }
  }
  const current = new Set(existing ? nb.groups.find('ports', existing._uuid).map((group) => group._uuid) : []);
  for (const group of wanted) if (!current.has(group)) tx.mutate('Port_Group', group, 'ports', 'insert', [uuid]);
  for (const group of current) if (!wanted.has(group)) tx.mutate('Port_Group', group, 'ports', 'delete', [uuid]);
}
