import { isIPv6 } from 'node:net';
import type { NetworkIntent, PortIntent, SubnetIntent } from '../../../cloud/network/ports.ts';
import type { DhcpOptions, Northbound } from '../northbound.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { extraOptions, subnetOptions } from './dhcp-options.ts';
import { neutronName } from './names.ts';

type Texts = Readonly<Record<string, string>>;

/** The subnets by which a port is given DHCP: one of each IP version, since OVN takes no more. */
export const subnetKeys = { 4: 'neutron:subnet_id', 6: 'neutron:subnet6_id' } as const;
/** Under which a port's own options stand, so that a change of its subnet can be joined to them. */
export const extraKey = 'andromede:dhcp_options';

const columns = { 4: 'dhcpv4_options', 6: 'dhcpv6_options' } as const;

const versionOf = (cidr: string): 4 | 6 => (isIPv6(cidr.split('/')[0] ?? '') ? 6 : 4);

/** One row of options for each subnet with DHCP. Ports that wait for one, because DHCP was off, get it here. */
export function planSubnetDhcp(nb: Northbound, tx: Transaction, network: NetworkIntent): void {
  const name = neutronName(network.id);
  const wanted = new Map(network.subnets.filter(isServed).map((subnet) => [subnet.id, subnet]));
  for (const row of nb.dhcpOptions.find('external_ids:neutron:network_name', name)) {
    if (!wanted.has(row.external_ids.subnet_id ?? '')) tx.delete('DHCP_Options', row._uuid);
  }
  for (const subnet of wanted.values()) {
    const existing = rowOfSubnet(nb, subnet.id);
    const ids = { subnet_id: subnet.id, 'neutron:network_name': name };
    if (!existing) tx.expectNone('DHCP_Options', 'external_ids', ids);
    const options = subnetOptions(network, subnet);
    const uuid = tx.ensure('DHCP_Options', existing, { cidr: subnet.cidr, options, external_ids: ids });
    for (const row of nb.dhcpOptions.find('external_ids:subnet_id', subnet.id)) {
      const extra = row.external_ids[extraKey];
      if (extra !== undefined) tx.ensure('DHCP_Options', row, { options: { ...options, ...parsed(extra) } });
    }
    if (!existing) giveToWaiting(nb, tx, name, subnet, { uuid, options });
  }
}

/** Nothing is given by DHCP where guests make their addresses and ask for nothing else. */
function isServed({ enableDhcp, cidr, ipv6AddressMode }: SubnetIntent): boolean {
  return enableDhcp && (versionOf(cidr) === 4 || (ipv6AddressMode !== null && ipv6AddressMode !== 'slaac'));
}

function giveToWaiting(
  nb: Northbound,
  tx: Transaction,
  networkName: string,
  subnet: SubnetIntent,
  base: { readonly uuid: string; readonly options: Texts },
): void {
  const version = versionOf(subnet.cidr);
  for (const port of nb.ports.find('external_ids:neutron:network_name', networkName)) {
    if (port.external_ids[subnetKeys[version]] !== subnet.id) continue;
    const extra = parsed(port.external_ids[`${extraKey}${version}`]);
    const ids = { subnet_id: subnet.id, port_id: port.name, 'neutron:network_name': networkName };
    const uuid = isEmpty(extra) ? base.uuid : insertOwn(tx, subnet.cidr, base.options, extra, ids);
    tx.update('Logical_Switch_Port', port._uuid, { [columns[version]]: [uuid] });
  }
}

function insertOwn(tx: Transaction, cidr: string, options: Texts, extra: Texts, ids: Texts): string {
  return tx.insert('DHCP_Options', {
    cidr,
    options: { ...options, ...extra },
    external_ids: { ...ids, [extraKey]: JSON.stringify(extra) },
  });
}

function rowOfSubnet(nb: Northbound, subnetId: string): DhcpOptions | undefined {
  return nb.dhcpOptions.find('external_ids:subnet_id', subnetId).find((row) => row.external_ids.port_id === undefined);
}

const parsed = (extra: string | undefined): Texts => (extra === undefined ? {} : JSON.parse(extra));
const isEmpty = (texts: Texts): boolean => Object.keys(texts).length === 0;

/** The columns and external ids of a switch port that say what DHCP gives it; rows of its own are made and dropped. */
export function planPortDhcp(nb: Northbound, tx: Transaction, port: PortIntent) {
  const four = planVersion(nb, tx, port, 4);
  const six = planVersion(nb, tx, port, 6);
  return {
    columns: { dhcpv4_options: four.rows, dhcpv6_options: six.rows },
    externalIds: { ...four.externalIds, ...six.externalIds },
  };
}

function planVersion(nb: Northbound, tx: Transaction, port: PortIntent, version: 4 | 6) {
  const subnetId = subnetOf(port, version);
  const base = subnetId === undefined ? undefined : rowOfSubnet(nb, subnetId);
  const extra = extraOptions(port.dhcpOptions, version);
  const own = ownRows(nb, port.id).filter((row) => versionOf(row.cidr) === version);
  const kept = base && !isEmpty(extra) ? own.find((row) => row.external_ids.subnet_id === subnetId) : undefined;
  for (const row of own) if (row !== kept) tx.delete('DHCP_Options', row._uuid);
  const externalIds = {
    ...(subnetId === undefined ? {} : { [subnetKeys[version]]: subnetId }),
    ...(isEmpty(extra) ? {} : { [`${extraKey}${version}`]: JSON.stringify(extra) }),
  };
  if (base === undefined) return { rows: [], externalIds };
  if (isEmpty(extra)) return { rows: [base._uuid], externalIds };
  const ids = { ...base.external_ids, port_id: port.id };
  const row =
    kept === undefined
      ? insertOwn(tx, base.cidr, base.options, extra, ids)
      : tx.ensure('DHCP_Options', kept, {
          options: { ...base.options, ...extra },
          external_ids: { ...ids, [extraKey]: JSON.stringify(extra) },
        });
  return { rows: [row], externalIds };
}

/** A subnet with DHCP first: a port may have addresses of several. */
function subnetOf({ fixedIps }: PortIntent, version: 4 | 6): string | undefined {
  return fixedIps.find(({ ipAddress }) => isIPv6(ipAddress) === (version === 6))?.subnetId;
}

function ownRows(nb: Northbound, portId: string): DhcpOptions[] {
  return nb.dhcpOptions.find('external_ids:port_id', portId);
}

/** Drops the rows that are this port's only. */
export function planPortDhcpRemoval(nb: Northbound, tx: Transaction, portId: string): void {
  for (const row of ownRows(nb, portId)) tx.delete('DHCP_Options', row._uuid);
}
