import type { NetworkIntent } from '../../../cloud/network/ports.ts';
import { first, type Northbound } from '../northbound.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { planSubnetDhcp } from './dhcp.ts';
import { planMetadataPort } from './metadata.ts';
import { localnetName, neutronName } from './names.ts';

/** A network: a logical switch, its link to the outside when it is external, metadata and the DHCP options of its subnets. */
export function planNetwork(nb: Northbound, tx: Transaction, network: NetworkIntent, physicalNetwork: string): void {
  const name = neutronName(network.id);
  const existing = first(nb.switches, 'name', name);
  if (!existing) tx.expectNone('Logical_Switch', 'name', name);
  const uuid = tx.ensure('Logical_Switch', existing, {
    name,
    external_ids: { 'neutron:network_name': network.name, 'neutron:mtu': String(network.mtu) },
  });
  planLocalnet(nb, tx, network, uuid, physicalNetwork);
  planMetadataPort(nb, tx, network, uuid);
  planSubnetDhcp(nb, tx, network);
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
