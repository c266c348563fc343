import { derivedId } from '../../../kernel/base/ids.ts';
import { formatAddress, formatCidr, parseCidr } from '../domain/addresses.ts';
import { inConflict, invalidInput } from '../domain/faults.ts';
import type { AllocationPool } from '../domain/pools.ts';
import type { NetworkRecord } from '../domain/records.ts';
import type { ExternalNetworkSettings } from '../network-api.ts';
import { findRecord } from '../store/query.ts';
import { networkSource, subnetSource } from '../store/sources.ts';
import { type Change, reread, rowsOf } from './change.ts';
import { createNetwork } from './networks.ts';
import { createSubnet, deleteSubnet } from './subnets.ts';

/** Addresses of the range that are the machine's own: below for the host's side and the cloud's, above for more. */
const firstGiven = 10n;
const lastGiven = 250n;

function givenOut(cidrText: string): { cidr: string; pools: AllocationPool[] } {
  const cidr = parseCidr(cidrText);
  if (cidr === undefined || cidr.version !== 4 || cidr.last - cidr.first < firstGiven + 2n) {
    throw invalidInput(`'${cidrText}' is no IPv4 range of at least 16 addresses`);
  }
  const last = cidr.first + lastGiven < cidr.last ? cidr.first + lastGiven : cidr.last - 1n;
  const text = (value: bigint) => formatAddress({ version: 4, value });
  return { cidr: formatCidr(cidr), pools: [{ start: text(cidr.first + firstGiven), end: text(last) }] };
}

/** Makes the external network with its range; follows a new range as long as no address of the old one is in use. */
export async function ensureExternalNetwork(
  change: Change,
  { name = 'public', cidr: range, gatewayIp, projectId }: ExternalNetworkSettings,
): Promise<NetworkRecord> {
  const { cidr, pools } = givenOut(range);
  const id = derivedId('network', 'external', name);
  const subnetId = derivedId('subnet', 'external', name, cidr);
  const before = await findRecord(change.tx, networkSource, id);
  if (before !== undefined && (await hasRange(change, id, subnetId))) return before;
  await createNetwork(change, { name, projectId, external: true, isDefault: true, portSecurityEnabled: false }, id);
  await dropOtherRanges(change, id, cidr);
  await createSubnet(
    change,
    { networkId: id, projectId, name: `${name}-subnet`, cidr, gatewayIp, allocationPools: pools, enableDhcp: false },
    subnetId,
  );
  return reread(change, networkSource, id);
}

async function hasRange(change: Change, networkId: string, subnetId: string): Promise<boolean> {
  const subnet = await findRecord(change.tx, subnetSource, subnetId);
  return subnet?.networkId === networkId;
}

async function dropOtherRanges(change: Change, networkId: string, cidr: string): Promise<void> {
  const others = await rowsOf(change)
    .selectFrom('network.subnet')
    .select(['id', 'cidr'])
    .where('network_id', '=', networkId)
    .execute();
  for (const other of others) {
    await deleteSubnet(change, other.id).catch(() => {
      throw inConflict(
        'ExternalRangeInUse',
        `The external range cannot become ${cidr} while addresses of ${other.cidr} are in use: start with --external-cidr ${other.cidr}, or first delete the floating IPs and routers' gateways.`,
      );
    });
  }
}
