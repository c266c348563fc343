import { sql } from 'kysely';
import type { NetworkAttributes, NetworkChanges } from '../domain/attributes.ts';
import { inConflict, invalidInput, networkInUse, networkNotFound } from '../domain/faults.ts';
import { checkedDomain } from '../domain/names.ts';
import type { NetworkRecord } from '../domain/records.ts';
import { findVisible, listRecords } from '../store/query.ts';
import { checkQuota } from '../store/quotas.ts';
import { floatingIpSource, networkSource } from '../store/sources.ts';
import { adminOnly, type Change, madeBefore, newRow, ownRecord, projectOf, reread, rowsOf } from './change.ts';
import { dropFloatingIp } from './floating-ip-rows.ts';
import { policyOfNetwork, visibleQosPolicy } from './qos-policies.ts';
import { ensureDefaultGroup } from './security-groups.ts';
import { forgetSharing, userBy } from './sharing.ts';

/** Bytes: what Geneve leaves of an Ethernet frame, and the whole of it on the wire outside. */
const defaultMtu = { geneve: 1442, flat: 1500 } as const;
/** What an external network is joined to, as the provider's attributes show it. */
const physicalNetwork = 'external';

type NetworkType = keyof typeof defaultMtu;

function networkTypeOf(attributes: NetworkAttributes): NetworkType {
  const type = attributes.networkType ?? (attributes.external === true ? 'flat' : 'geneve');
  if (type !== 'geneve' && type !== 'flat') {
    throw invalidInput(`provider:network_type '${type.slice(0, 40)}' is not one of: geneve, flat`);
  }
  if (type === 'flat' && (attributes.physicalNetwork ?? physicalNetwork) !== physicalNetwork) {
    throw invalidInput(`physical network '${attributes.physicalNetwork}' is not known; there is '${physicalNetwork}'`);
  }
  return type;
}

function refuseProviderAttributes(change: Change, rule: string, attributes: NetworkChanges & NetworkAttributes): void {
  adminOnly(change, rule, {
    shared: attributes.shared || undefined,
    'router:external': attributes.external || undefined,
    is_default: attributes.isDefault || undefined,
    'provider:network_type': attributes.networkType,
    'provider:physical_network': attributes.physicalNetwork ?? undefined,
    'provider:segmentation_id': attributes.segmentationId ?? undefined,
  });
}

/** The network, if the caller may know of it. */
export async function visibleNetwork({ tx, context }: Change, id: string): Promise<NetworkRecord> {
  const network = await findVisible(tx, networkSource, context, id);
  if (network === undefined) throw networkNotFound(id);
  return network;
}

export async function createNetwork(
  change: Change,
  attributes: NetworkAttributes,
  id?: string,
): Promise<NetworkRecord> {
  const before = await madeBefore(change, networkSource, id);
  if (before !== undefined) return before;
  const projectId = projectOf(change, attributes.projectId);
  refuseProviderAttributes(change, 'create_network', attributes);
  const type = networkTypeOf(attributes);
  await checkQuota(change.tx, projectId, 'network');
  await ensureDefaultGroup(change, projectId);
  const row = {
    ...newRow(change, id, projectId, attributes.description),
    name: attributes.name ?? '',
    admin_state_up: attributes.adminStateUp ?? true,
    shared: attributes.shared ?? false,
    external: attributes.external ?? false,
    is_default: attributes.isDefault ?? false,
    mtu: attributes.mtu ?? defaultMtu[type],
    port_security_enabled: attributes.portSecurityEnabled ?? true,
    network_type: type,
    physical_network: type === 'flat' ? physicalNetwork : null,
    segmentation_id: type === 'geneve' ? (attributes.segmentationId ?? (await nextSegment(change))) : null,
    qos_policy_id: await policyOfNetwork(change, projectId, attributes.qosPolicyId),
    dns_domain: checkedDomain(attributes.dnsDomain ?? ''),
    applied_revision: null,
  };
  await rowsOf(change).insertInto('network.network').values(row).execute();
  await change.wake('network', row.id);
  return reread(change, networkSource, row.id);
}

async function nextSegment({ tx }: Change): Promise<number> {
  const { rows } = await sql<{ segment: number }>`select nextval('network.segment')::int as segment`.execute(tx);
  return rows[0]?.segment ?? 1;
}

export async function updateNetwork(change: Change, id: string, changes: NetworkChanges): Promise<NetworkRecord> {
  const options = { missing: networkNotFound, rule: 'update_network' };
  const network = await ownRecord(change, networkSource, id, options);
  refuseProviderAttributes(change, 'update_network', changes);
  if (network.external && changes.external === false) await refuseExternalInUse(change, id);
  if (network.shared && changes.shared === false) await refuseSharedInUse(change, network);
  await rowsOf(change)
    .updateTable('network.network')
    .set({
      name: changes.name,
      description: changes.description,
      admin_state_up: changes.adminStateUp,
      shared: changes.shared,
      external: changes.external,
      is_default: changes.isDefault,
      mtu: changes.mtu,
      dns_domain: changes.dnsDomain === undefined ? undefined : checkedDomain(changes.dnsDomain),
      port_security_enabled: changes.portSecurityEnabled,
      qos_policy_id:
        changes.qosPolicyId === undefined ? undefined : await visibleQosPolicy(change, changes.qosPolicyId),
      revision: network.revision + 1,
      updated_at: change.now,
    })
    .where('id', '=', id)
    .execute();
  await change.wake('network', id);
  if (changes.qosPolicyId !== undefined || changes.dnsDomain !== undefined) await wakePortsOf(change, id);
  return reread(change, networkSource, id);
}

async function wakePortsOf(change: Change, networkId: string): Promise<void> {
  const rows = await rowsOf(change)
    .selectFrom('network.port')
    .select('id')
    .where('network_id', '=', networkId)
    .execute();
  for (const { id } of rows) await change.wake('port', id);
}

async function refuseExternalInUse(change: Change, id: string): Promise<void> {
  const port = await rowsOf(change)
    .selectFrom('network.port')
    .select('id')
    .where('network_id', '=', id)
    .where('device_owner', 'in', ['network:router_gateway', 'network:floatingip'])
    .limit(1)
    .executeTakeFirst();
  if (port === undefined) return;
  throw inConflict(
    'ExternalNetworkInUse',
    `External network ${id} cannot be updated to be made non-external, since it has existing gateway ports.`,
  );
}

async function refuseSharedInUse(change: Change, network: NetworkRecord): Promise<void> {
  if ((await userBy(change, 'network', network.id, '*')) === undefined) return;
  throw inConflict(
    'InvalidSharedSetting',
    `Unable to reconfigure sharing settings for network ${network.id}. Multiple projects are using it.`,
  );
}

/** Takes the network away with its subnets and floating IPs that lead nowhere; refuses while it has other ports. */
export async function deleteNetwork(change: Change, id: string): Promise<void> {
  await ownRecord(change, networkSource, id, { missing: networkNotFound, rule: 'delete_network', lock: 'delete' });
  const idle = await listRecords(change.tx, floatingIpSource, {
    conditions: [sql`v."floatingNetworkId" = ${id}`, sql`v."routerId" is null`],
  });
  const port = await rowsOf(change)
    .selectFrom('network.port')
    .select('id')
    .where('network_id', '=', id)
    .where(sql<boolean>`id <> all(${idle.map(({ floatingPortId }) => floatingPortId)}::uuid[])`)
    .limit(1)
    .executeTakeFirst();
  if (port !== undefined) throw networkInUse(id);
  for (const floatingIp of idle) await dropFloatingIp(change, floatingIp);
  await forgetSharing(change, id);
  await rowsOf(change).deleteFrom('network.network').where('id', '=', id).execute();
  await change.wake('network', id);
}
