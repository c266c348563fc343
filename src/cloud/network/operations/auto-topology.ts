import { derivedId } from '../../../kernel/base/ids.ts';
import { lockInTransaction } from '../../../kernel/store/index.ts';
import { autoTopologyNotFound, inConflict } from '../domain/faults.ts';
import type { NetworkRecord } from '../domain/records.ts';
import type { SubnetPoolSettings } from '../network-api.ts';
import { networkSource } from '../store/sources.ts';
import { type Change, reread, rowsOf } from './change.ts';
import { createNetwork, deleteNetwork } from './networks.ts';
import { addRouterInterface, removeRouterInterface } from './router-interfaces.ts';
import { createRouter, deleteRouter } from './routers.ts';
import { createSubnetPool } from './subnet-pools.ts';
import { createSubnet } from './subnets.ts';

/** Where the addresses of networks come from that are made by themselves, and where they lead. */
interface Ground {
  readonly externalNetworkId: string;
  readonly ipVersions: readonly (4 | 6)[];
}

/**
 * The project's network that is made by itself, with a way out: once, however many ask at once. 409 where this cloud has no default
 * external network or no default subnet pool.
 */
export async function ensureAutoTopology(change: Change, projectId: string): Promise<NetworkRecord> {
  await lockInTransaction(change.tx, `network.auto_topology ${projectId}`);
  const known = await topologyOf(change, projectId);
  if (known !== undefined) return reread(change, networkSource, known.network_id);
  const { externalNetworkId, ipVersions } = await groundFor(change);
  const network = await createNetwork(change, { projectId, name: 'auto_allocated_network' });
  const gateway = { networkId: externalNetworkId };
  const router = await createRouter(change, { projectId, name: 'auto_allocated_router', gateway });
  for (const ipVersion of ipVersions) {
    const name = `auto_allocated_subnet_v${ipVersion}`;
    const attributes = { networkId: network.id, projectId, name, ipVersion, useDefaultPool: true };
    const subnet = await createSubnet(change, attributes);
    await addRouterInterface(change, router.id, { subnetId: subnet.id });
  }
  const row = { project_id: projectId, network_id: network.id, router_id: router.id };
  await rowsOf(change).insertInto('network.auto_topology').values(row).execute();
  return reread(change, networkSource, network.id);
}

/** 409 says what this cloud lacks for it. */
export async function groundFor(change: Change): Promise<Ground> {
  const external = await rowsOf(change)
    .selectFrom('network.network')
    .select('id')
    .where('external', '=', true)
    .where('is_default', '=', true)
    .executeTakeFirst();
  if (external === undefined) throw lacking('No default router:external network');
  const pools = await rowsOf(change)
    .selectFrom('network.subnet_pool')
    .select('ip_version')
    .where('is_default', '=', true)
    .orderBy('ip_version')
    .execute();
  if (pools.length === 0) throw lacking('No default subnetpools defined');
  return { externalNetworkId: external.id, ipVersions: pools.map(({ ip_version }) => (ip_version === 6 ? 6 : 4)) };
}

function lacking(reason: string) {
  return inConflict('AutoAllocationFailure', `Deployment error: ${reason}.`);
}

/** Takes the network and its router away; refuses while ports of others are on it. */
export async function deleteAutoTopology(change: Change, projectId: string): Promise<void> {
  const known = await topologyOf(change, projectId);
  if (known === undefined) throw autoTopologyNotFound(projectId);
  const { network_id, router_id } = known;
  if (router_id !== null) {
    const subnets = await rowsOf(change)
      .selectFrom('network.subnet as s')
      .innerJoin('network.ip_allocation as a', 'a.subnet_id', 's.id')
      .innerJoin('network.port as p', 'p.id', 'a.port_id')
      .select('s.id')
      .distinct()
      .where('s.network_id', '=', network_id)
      .where('p.router_id', '=', router_id)
      .execute();
    for (const { id } of subnets) await removeRouterInterface(change, router_id, { subnetId: id });
    await deleteRouter(change, router_id);
  }
  await deleteNetwork(change, network_id);
}

function topologyOf(change: Change, projectId: string) {
  return rowsOf(change)
    .selectFrom('network.auto_topology')
    .selectAll()
    .where('project_id', '=', projectId)
    .executeTakeFirst();
}

/** Makes the subnet pool from which anybody may have subnets, unless an administrator has named another as the default. */
export async function ensureDefaultSubnetPool(
  change: Change,
  { name, prefix, defaultPrefixLength, projectId }: SubnetPoolSettings,
): Promise<void> {
  const other = await rowsOf(change)
    .selectFrom('network.subnet_pool')
    .select('id')
    .where('is_default', '=', true)
    .where('ip_version', '=', 4)
    .executeTakeFirst();
  if (other !== undefined) return;
  const facts = { name, projectId, prefixes: [prefix], defaultPrefixLength, shared: true, isDefault: true };
  await createSubnetPool(change, facts, derivedId('subnet-pool', 'default', name));
}
