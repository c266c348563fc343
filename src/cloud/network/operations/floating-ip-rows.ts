import type { FloatingIpRecord } from '../domain/records.ts';
import { type Change, rowsOf } from './change.ts';
import { removePort } from './port-rows.ts';

/** Takes the floating IP away with the port that holds its address. */
export async function dropFloatingIp(change: Change, record: FloatingIpRecord): Promise<void> {
  await rowsOf(change).deleteFrom('network.floating_ip').where('id', '=', record.id).execute();
  await removePort(change, record.floatingPortId);
  if (record.routerId !== null) await change.wake('router', record.routerId);
  await tellFloatingIp(change, 'deleted', record);
}

export async function tellFloatingIp(
  change: Change,
  what: 'created' | 'deleted',
  record: FloatingIpRecord,
): Promise<void> {
  await change.emit(`floating-ip.${what}`, record.id, {
    floatingIpId: record.id,
    projectId: record.projectId,
    address: record.address,
    floatingNetworkId: record.floatingNetworkId,
  });
}
