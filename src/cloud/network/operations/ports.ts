import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { parseMac } from '../domain/addresses.ts';
import type { PortAttributes, PortChanges } from '../domain/attributes.ts';
import { optionsAfter } from '../domain/dhcp-options.ts';
import { disallowed, inConflict, invalid, portNotFound } from '../domain/faults.ts';
import { checkedHostName } from '../domain/names.ts';
import { checkedPairs } from '../domain/pairs.ts';
import type { NetworkRecord, PortRecord, PortStatus } from '../domain/records.ts';
import { findVisible, lockRow } from '../store/query.ts';
import { networkSource, portSource } from '../store/sources.ts';
import { replaceAddresses } from './addresses.ts';
import { adminOnly, type Change, madeBefore, owns, projectOf, reread, rowsOf } from './change.ts';
import { releaseFloatingIps } from './floating-ip-targets.ts';
import { visibleNetwork } from './networks.ts';
import { dropForwardingsTo } from './port-forwardings.ts';
import { addPort, checkedMac, removePort, setGroups } from './port-rows.ts';
import { visibleQosPolicy } from './qos-policies.ts';
import { ensureDefaultGroup, visibleGroup } from './security-groups.ts';
import { isGranted } from './sharing.ts';

export async function createPort(change: Change, attributes: PortAttributes, id?: string): Promise<PortRecord> {
  const before = await madeBefore(change, portSource, id);
  if (before !== undefined) return before;
  const projectId = projectOf(change, attributes.projectId);
  const network = await visibleNetwork(change, attributes.networkId);
  await refuseForeignNetwork(change, network, attributes);
  const portSecurityEnabled = attributes.portSecurityEnabled ?? network.portSecurityEnabled;
  const securityGroupIds = await groupsOf(change, projectId, attributes.securityGroupIds, portSecurityEnabled);
  return addPort(change, { id, projectId, attributes, securityGroupIds, portSecurityEnabled, status: 'DOWN' });
}

/** What somebody may not do on a network that is not their own (Neutron's default policies of `create_port`). */
async function refuseForeignNetwork(
  change: Change,
  network: NetworkRecord,
  attributes: PortAttributes | PortChanges,
): Promise<void> {
  refuseServiceOwner(change, attributes.deviceOwner);
  if (owns(change.context, network)) return;
  // An external network is seen by all, but its addresses are given out as floating IPs.
  if (!network.shared && !(await isGranted(change, network.id))) throw disallowed('create_port');
  adminOnly(change, 'create_port', {
    mac_address: attributes.mac,
    port_security_enabled: attributes.portSecurityEnabled,
    allowed_address_pairs: attributes.addressPairs?.length || undefined,
    // Without an address it could take any: there would be nothing to hold it to.
    fixed_ips: attributes.fixedIps?.length === 0 || undefined,
    'fixed_ips:ip_address': attributes.fixedIps?.find(({ ipAddress }) => ipAddress !== undefined),
  });
}

/** Only this service itself, or an administrator, makes a port look like a part of the network. */
function refuseServiceOwner({ context }: Change, deviceOwner: string | undefined): void {
  if (deviceOwner?.startsWith('network:') && !context.isAdmin) throw disallowed('create_port:device_owner');
}

async function groupsOf(
  change: Change,
  projectId: string,
  asked: readonly string[] | undefined,
  portSecurityEnabled: boolean,
): Promise<readonly string[]> {
  if (!portSecurityEnabled) {
    if (asked !== undefined && asked.length > 0) throw groupsWithoutSecurity();
    return [];
  }
  if (asked === undefined) return [await ensureDefaultGroup(change, projectId)];
  const wanted = [...new Set(asked)];
  for (const id of wanted) await visibleGroup(change, id);
  return wanted;
}

function groupsWithoutSecurity() {
  return inConflict(
    'PortSecurityPortHasSecurityGroup',
    'Port has security group associated. Cannot disable port security or IP address until security group is removed.',
  );
}

/** The port, locked for a change by its owner or its network's. */
async function ownPort(change: Change, id: string, rule: string, lock: 'update' | 'delete'): Promise<PortRecord> {
  await lockRow(change.tx, portSource, id, lock);
  const port = await findVisible(change.tx, portSource, change.context, id);
  if (port === undefined) throw portNotFound(id);
  if (owns(change.context, port)) return port;
  const network = await visibleNetwork(change, port.networkId);
  if (!owns(change.context, network)) throw disallowed(rule);
  return port;
}

export async function updatePort(change: Change, id: string, changes: PortChanges): Promise<PortRecord> {
  const port = await ownPort(change, id, 'update_port', 'update');
  const network = await networkOf(change, port);
  await refuseForeignNetwork(change, network, {
    ...changes,
    deviceOwner: changes.deviceOwner === port.deviceOwner ? undefined : changes.deviceOwner,
    portSecurityEnabled:
      changes.portSecurityEnabled === port.portSecurityEnabled ? undefined : changes.portSecurityEnabled,
  });
  refuseChangeOfLeg(port, changes);
  const portSecurityEnabled = changes.portSecurityEnabled ?? port.portSecurityEnabled;
  const groups = await groupsAfter(change, port, changes, portSecurityEnabled);
  const mac =
    changes.mac === undefined || parseMac(changes.mac) === port.mac
      ? port.mac
      : await checkedMac(change, port.networkId, changes.mac);
  await rowsOf(change)
    .updateTable('network.port')
    .set({
      name: changes.name,
      description: changes.description,
      admin_state_up: changes.adminStateUp,
      mac,
      device_id: changes.deviceId,
      device_owner: changes.deviceOwner,
      host_name: changes.hostName === undefined ? undefined : changes.hostName || null,
      vnic_type: changes.vnicType,
      binding_profile: changes.bindingProfile && JSON.stringify(changes.bindingProfile),
      port_security_enabled: portSecurityEnabled,
      address_pairs: JSON.stringify(checkedPairs(changes.addressPairs ?? port.addressPairs, mac, portSecurityEnabled)),
      dhcp_options: changes.dhcpOptions && JSON.stringify(optionsAfter(port.dhcpOptions, changes.dhcpOptions)),
      dns_name: changes.dnsName === undefined ? undefined : checkedHostName(changes.dnsName ?? ''),
      qos_policy_id:
        changes.qosPolicyId === undefined ? undefined : await visibleQosPolicy(change, changes.qosPolicyId),
      status: statusAfter(port, changes.adminStateUp),
      revision: port.revision + 1,
      updated_at: change.now,
    })
    .where('id', '=', id)
    .execute();
  if (changes.fixedIps !== undefined || mac !== port.mac) {
    const dropped = await replaceAddresses(change, port, mac, changes.fixedIps ?? port.fixedIps);
    await releaseFloatingIps(change, id, dropped);
    await dropForwardingsTo(change, id, dropped);
  }
  if (groups !== undefined) await setGroups(change, id, groups);
  await change.wake('port', id);
  if (port.routerId !== null) await change.wake('router', port.routerId);
  return reread(change, portSource, id);
}

function statusAfter({ adminStateUp, routerId }: PortRecord, wanted: boolean | undefined) {
  if (wanted === undefined || wanted === adminStateUp) return undefined;
  if (!wanted) return sql<PortStatus>`'DOWN'`;
  // A router's leg says so when its router is carried.
  return routerId === null ? sql<PortStatus>`case when link_up then 'ACTIVE' else 'DOWN' end` : undefined;
}

async function networkOf(change: Change, port: PortRecord): Promise<NetworkRecord> {
  return reread(change, networkSource, port.networkId);
}

/** A router's leg follows its router. */
function refuseChangeOfLeg(port: PortRecord, changes: PortChanges): void {
  if (port.routerId === null) return;
  const { mac, deviceId, deviceOwner, securityGroupIds } = changes;
  // Its address on a subnet may change, but not the subnets.
  const subnets = (ips: PortChanges['fixedIps']) => (ips ?? []).map(({ subnetId }) => subnetId).sort();
  const moved = changes.fixedIps !== undefined && !isDeepStrictEqual(subnets(changes.fixedIps), subnets(port.fixedIps));
  const changed = [moved || undefined, mac, deviceId, deviceOwner, securityGroupIds?.length || undefined];
  if (changed.some((value) => value !== undefined)) {
    throw inConflict('ServicePortInUse', `Port ${port.id} is changed through router ${port.routerId} only.`);
  }
}

async function groupsAfter(
  change: Change,
  port: PortRecord,
  changes: PortChanges,
  portSecurityEnabled: boolean,
): Promise<readonly string[] | undefined> {
  const { securityGroupIds } = changes;
  if (portSecurityEnabled) {
    return securityGroupIds && groupsOf(change, port.projectId, securityGroupIds, true);
  }
  if ((securityGroupIds ?? port.securityGroupIds).length > 0) throw groupsWithoutSecurity();
  return securityGroupIds;
}

/** Takes the port away, its addresses with it; floating IPs that led to it lead nowhere. */
export async function deletePort(change: Change, id: string): Promise<void> {
  const port = await ownPort(change, id, 'delete_port', 'delete');
  if (port.routerId !== null || port.deviceOwner === 'network:floatingip') {
    throw inConflict(
      'ServicePortInUse',
      `Port ${id} cannot be deleted directly via the port API: has device owner ${port.deviceOwner}.`,
    );
  }
  await releaseFloatingIps(change, id, port.fixedIps);
  await dropForwardingsTo(change, id, port.fixedIps);
  await removePort(change, id);
}

/** Gives the port to a device; refuses when another has it. */
export async function bindPort(
  change: Change,
  id: string,
  binding: { deviceId: string; deviceOwner: string; hostName: string; dnsName?: string | null },
): Promise<void> {
  const port = await ownPort(change, id, 'update_port', 'update');
  const { deviceId, deviceOwner, hostName, dnsName } = binding;
  if (port.deviceId !== '' && port.deviceId !== deviceId) {
    throw inConflict(
      'PortInUse',
      `Unable to complete operation on port ${id} for network ${port.networkId}. Port already has an attached device ${port.deviceId}.`,
    );
  }
  if (port.routerId !== null) throw invalid('BadRequest', `Port ${id} belongs to a router.`);
  const wanted = { deviceId, deviceOwner, hostName, ...(dnsName === undefined ? {} : { dnsName }) };
  const same = Object.entries(wanted).every(([name, value]) => port[name as keyof PortRecord] === value);
  if (!same) await updatePort(change, id, wanted);
}

/** Takes the port from its device. */
export async function unbindPort(change: Change, id: string): Promise<void> {
  await updatePort(change, id, { deviceId: '', deviceOwner: '', hostName: null, dnsName: null });
}
