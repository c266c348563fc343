import type { NetworkIntent } from '../../../cloud/network/ports.ts';
import { first, type Northbound } from '../northbound.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { derivedMac, metadataPortName } from './names.ts';

/** Where guests ask who they are, on every network. */
export const metadataAddress = '169.254.169.254';

/**
 * The port behind which each host of a network's guests answers them itself (ovn-nb(5), `localport`). OVN says where the address
 * is; nothing of the network's own addresses is taken.
 */
export function planMetadataPort(nb: Northbound, tx: Transaction, { id }: NetworkIntent, switchUuid: string): void {
  const name = metadataPortName(id);
  const existing = first(nb.ports, 'name', name);
  const addresses = [`${derivedMac(`metadata ${id}`)} ${metadataAddress}`];
  const uuid = tx.ensure('Logical_Switch_Port', existing, { name, type: 'localport', addresses });
  if (!existing) tx.mutate('Logical_Switch', switchUuid, 'ports', 'insert', [uuid]);
}
