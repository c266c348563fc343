import { randomBytes } from 'node:crypto';
import { type Insertable, sql } from 'kysely';
import { macOf, parseMac } from '../domain/addresses.ts';
import type { PortAttributes } from '../domain/attributes.ts';
import { optionsAfter } from '../domain/dhcp-options.ts';
import { inConflict, invalidInput } from '../domain/faults.ts';
import { checkedHostName } from '../domain/names.ts';
import { checkedPairs } from '../domain/pairs.ts';
import type { PortRecord, PortStatus } from '../domain/records.ts';
import { checkQuota } from '../store/quotas.ts';
import { portColumns } from '../store/sources.ts';
import type { PortRow } from '../store/tables.ts';
import { giveAddresses } from './addresses.ts';
import { type Change, newRow, rowsOf } from './change.ts';
import { visibleQosPolicy } from './qos-policies.ts';

/** A port that is about to be, all rules checked. */
export interface NewPort {
  readonly id: string | undefined;
  readonly projectId: string;
  readonly attributes: PortAttributes;
  readonly securityGroupIds: readonly string[];
  readonly portSecurityEnabled: boolean;
  readonly routerId?: string;
  /** Instead of what `attributes` say. */
  readonly addresses?: readonly [{ readonly ipVersion: 4 }];
  readonly status: PortStatus;
}

/**
 * Inserts the port with its addresses and has the engine told. What makes others wait, the quota of its project (what belongs to
 * no project has none) and the network's subnets, comes last.
 */
export async function addPort(change: Change, port: NewPort): Promise<PortRecord> {
  const { attributes } = port;
  const mac = await macFor(change, attributes);
  const row = {
    ...newRow(change, port.id, port.projectId, attributes.description),
    network_id: attributes.networkId,
    name: attributes.name ?? '',
    admin_state_up: attributes.adminStateUp ?? true,
    mac,
    device_id: attributes.deviceId ?? '',
    device_owner: attributes.deviceOwner ?? '',
    router_id: port.routerId ?? null,
    host_name: attributes.hostName || null,
    vnic_type: attributes.vnicType ?? 'normal',
    binding_profile: JSON.stringify(attributes.bindingProfile ?? {}),
    port_security_enabled: port.portSecurityEnabled,
    dns_name: checkedHostName(attributes.dnsName ?? ''),
    address_pairs: JSON.stringify(checkedPairs(attributes.addressPairs ?? [], mac, port.portSecurityEnabled)),
    dhcp_options: JSON.stringify(optionsAfter([], attributes.dhcpOptions ?? [])),
    qos_policy_id: await visibleQosPolicy(change, attributes.qosPolicyId ?? null),
    status: port.status,
  };
  const record = await insertPort(change, row, port.securityGroupIds);
  const addressed = {
    id: row.id,
    networkId: row.network_id,
    mac,
    deviceOwner: row.device_owner,
    routerId: row.router_id,
  };
  await change.wake('port', row.id);
  if (row.project_id !== '') await checkQuota(change.tx, row.project_id, 'port', 0);
  const fixedIps = await giveAddresses(change, addressed, port.addresses ?? attributes.fixedIps);
  return { ...record, fixedIps };
}

/** Inserts the port into its groups; answers it as it is read, without addresses. */
async function insertPort(
  change: Change,
  row: Insertable<PortRow>,
  securityGroupIds: readonly string[],
): Promise<PortRecord> {
  const { rows } = await sql<PortRecord>`
    with port as (${rowsOf(change).insertInto('network.port').values(row)} returning ${portColumns}),
      member as (insert into network.port_security_group (port_id, security_group_id)
        select port.id, unnest(${securityGroupIds as string[]}::uuid[]) from port)
    select * from port`.execute(change.tx);
  const [record] = rows;
  if (record === undefined) throw new Error(`port ${row.id} was not inserted`);
  return { ...record, securityGroupIds: [...securityGroupIds].sort() };
}

async function macFor(change: Change, { mac, networkId }: PortAttributes): Promise<string> {
  if (mac !== undefined) return checkedMac(change, networkId, mac);
  // Of one that is taken, once in a million times, the database knows, and all is done anew.
  return macOf(randomBytes(3));
}

/** The MAC address in one spelling; refuses what is none or is taken on the network. */
export async function checkedMac(change: Change, networkId: string, text: string): Promise<string> {
  const mac = parseMac(text);
  if (mac === undefined) throw invalidInput(`'${text.slice(0, 40)}' is not a valid MAC address`);
  if (await macTaken(change, networkId, mac)) {
    throw inConflict(
      'MacAddressInUse',
      `Unable to complete operation for network ${networkId}. The mac address ${mac} is in use.`,
    );
  }
  return mac;
}

async function macTaken(change: Change, networkId: string, mac: string): Promise<boolean> {
  const row = await rowsOf(change)
    .selectFrom('network.port')
    .select('id')
    .where('network_id', '=', networkId)
    .where('mac', '=', mac)
    .executeTakeFirst();
  return row !== undefined;
}

/** Puts the port into these groups and no others. */
export async function setGroups(change: Change, portId: string, ids: readonly string[]): Promise<void> {
  await rowsOf(change).deleteFrom('network.port_security_group').where('port_id', '=', portId).execute();
  await addGroups(change, portId, ids);
}

async function addGroups(change: Change, portId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await rowsOf(change)
    .insertInto('network.port_security_group')
    .values(ids.map((id) => ({ port_id: portId, security_group_id: id })))
    .execute();
}

/** Takes a port away, whatever uses it. */
export async function removePort(change: Change, id: string): Promise<void> {
  await rowsOf(change).deleteFrom('network.port').where('id', '=', id).execute();
  await change.wake('port', id);
}
