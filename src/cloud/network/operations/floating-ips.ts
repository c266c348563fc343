import { newId } from '../../../kernel/base/ids.ts';
import type { FloatingIpAttributes, FloatingIpChanges } from '../domain/attributes.ts';
import { badResourceRequest, floatingIpNotFound, inConflict, noMoreAddresses } from '../domain/faults.ts';
import type { FloatingIpRecord, PortRecord } from '../domain/records.ts';
import { checkQuota } from '../store/quotas.ts';
import { floatingIpSource } from '../store/sources.ts';
import { adminOnly, type Change, madeBefore, newRow, ownRecord, projectOf, reread, rowsOf } from './change.ts';
import { dropFloatingIp, tellFloatingIp } from './floating-ip-rows.ts';
import { type Target, targetOf } from './floating-ip-targets.ts';
import { visibleNetwork } from './networks.ts';
import { addPort } from './port-rows.ts';

export async function createFloatingIp(
  change: Change,
  attributes: FloatingIpAttributes,
  id?: string,
): Promise<FloatingIpRecord> {
  const before = await madeBefore(change, floatingIpSource, id);
  if (before !== undefined) return before;
  const projectId = projectOf(change, attributes.projectId);
  const network = await visibleNetwork(change, attributes.floatingNetworkId);
  if (!network.external)
    throw badResourceRequest('floatingip', `Network ${network.id} is not a valid external network`);
  if (network.subnetIds.length === 0) {
    throw badResourceRequest('floatingip', `Network ${network.id} does not contain any IPv4 subnet`);
  }
  adminOnly(change, 'create_floatingip', { floating_ip_address: attributes.address });
  await checkQuota(change.tx, projectId, 'floatingip');
  const row = newRow(change, id, projectId, attributes.description);
  const target = await targetOf(change, { ...row, projectId, floatingNetworkId: network.id }, attributes);
  const port = await addressPort(change, row.id, attributes);
  const address = port.fixedIps[0]?.ipAddress;
  if (address === undefined) throw noMoreAddresses(network.id);
  await rowsOf(change)
    .insertInto('network.floating_ip')
    .values({
      ...row,
      floating_network_id: network.id,
      floating_port_id: port.id,
      address,
      fixed_port_id: target?.portId ?? null,
      fixed_address: target?.address ?? null,
      router_id: target?.routerId ?? null,
      status: 'DOWN',
    })
    .execute();
  if (target !== undefined) await change.wake('router', target.routerId);
  const record = await reread(change, floatingIpSource, row.id);
  await tellFloatingIp(change, 'created', record);
  return record;
}

/** The port on the external network that holds the address; it belongs to no project. */
function addressPort(change: Change, floatingIpId: string, attributes: FloatingIpAttributes): Promise<PortRecord> {
  const { address, subnetId, floatingNetworkId } = attributes;
  const chosen = address !== undefined || subnetId !== undefined;
  return addPort(change, {
    id: newId(),
    projectId: '',
    attributes: {
      networkId: floatingNetworkId,
      deviceId: floatingIpId,
      deviceOwner: 'network:floatingip',
      fixedIps: chosen ? [{ ipAddress: address, subnetId }] : undefined,
    },
    ...(chosen ? {} : { addresses: [{ ipVersion: 4 }] }),
    securityGroupIds: [],
    portSecurityEnabled: false,
    status: 'N/A',
  });
}

export async function updateFloatingIp(
  change: Change,
  id: string,
  changes: FloatingIpChanges,
): Promise<FloatingIpRecord> {
  const options = { missing: floatingIpNotFound, rule: 'update_floatingip' };
  const before = await ownRecord(change, floatingIpSource, id, options);
  const { portId = before.fixedPortId, fixedAddress } = changes;
  const stays = changes.portId === undefined && fixedAddress === undefined;
  const target = stays ? undefined : await targetOf(change, before, { portId, fixedAddress });
  if (target !== undefined && before.portForwardings.length > 0) {
    throw inConflict('FipInUseByPortForwarding', `Floating IP ${id} in use by Port Forwarding resources.`);
  }
  await rowsOf(change)
    .updateTable('network.floating_ip')
    .set({
      description: changes.description,
      ...(stays ? {} : columnsOf(target)),
      revision: before.revision + 1,
      updated_at: change.now,
    })
    .where('id', '=', id)
    .execute();
  const after = await reread(change, floatingIpSource, id);
  if (!stays) {
    for (const router of new Set([before.routerId, after.routerId]))
      if (router !== null) await change.wake('router', router);
  }
  return after;
}

function columnsOf(target: Target | undefined) {
  return {
    fixed_port_id: target?.portId ?? null,
    fixed_address: target?.address ?? null,
    router_id: target?.routerId ?? null,
    // The engine's word makes it ACTIVE.
    status: 'DOWN',
  };
}

export async function deleteFloatingIp(change: Change, id: string): Promise<void> {
  const options = { missing: floatingIpNotFound, rule: 'delete_floatingip', lock: 'delete' } as const;
  const record = await ownRecord(change, floatingIpSource, id, options);
  await dropFloatingIp(change, record);
}
