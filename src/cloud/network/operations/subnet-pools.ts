import { formatCidr, parseCidr } from '../domain/addresses.ts';
import type { SubnetPoolAttributes, SubnetPoolChanges } from '../domain/attributes.ts';
import { addressScopeNotFound, inConflict, invalid, subnetPoolNotFound } from '../domain/faults.ts';
import { checkedPrefixes, covers } from '../domain/prefixes.ts';
import type { SubnetPoolRecord } from '../domain/records.ts';
import { findVisible } from '../store/query.ts';
import { checkQuota } from '../store/quotas.ts';
import { addressScopeSource, subnetPoolSource } from '../store/sources.ts';
import { adminOnly, type Change, madeBefore, newRow, ownRecord, projectOf, reread, rowsOf } from './change.ts';
import { forgetSharing } from './sharing.ts';

/** Shortest and longest prefixes that a pool gives unless it says otherwise. */
const bounds = { 4: { min: 8, max: 32 }, 6: { min: 64, max: 128 } } as const;

interface Lengths {
  readonly minPrefixLength: number;
  readonly maxPrefixLength: number;
  readonly defaultPrefixLength: number;
}

function checkedLengths(
  version: 4 | 6,
  asked: Partial<Lengths>,
  before: Lengths = {
    minPrefixLength: bounds[version].min,
    maxPrefixLength: bounds[version].max,
    defaultPrefixLength: asked.minPrefixLength ?? bounds[version].min,
  },
): Lengths {
  const {
    minPrefixLength: min = before.minPrefixLength,
    maxPrefixLength: max = before.maxPrefixLength,
    defaultPrefixLength: usual = before.defaultPrefixLength,
  } = asked;
  const refuse = (a: string, x: number, relation: string, b: string, y: number) =>
    invalid('IllegalSubnetPoolPrefixBounds', `Illegal prefix bounds: ${a}=${x} is ${relation} than ${b}=${y}.`);
  const most = bounds[version].max;
  if (max > most) throw refuse('max_prefixlen', max, 'larger', 'ip_version_max', most);
  if (min > max) throw refuse('min_prefixlen', min, 'larger', 'max_prefixlen', max);
  if (usual < min) throw refuse('default_prefixlen', usual, 'smaller', 'min_prefixlen', min);
  if (usual > max) throw refuse('default_prefixlen', usual, 'larger', 'max_prefixlen', max);
  return { minPrefixLength: min, maxPrefixLength: max, defaultPrefixLength: usual };
}

function lengthColumns({ minPrefixLength, maxPrefixLength, defaultPrefixLength }: Lengths) {
  return {
    min_prefixlen: minPrefixLength,
    max_prefixlen: maxPrefixLength,
    default_prefixlen: defaultPrefixLength,
  };
}

export async function createSubnetPool(
  change: Change,
  attributes: SubnetPoolAttributes,
  id?: string,
): Promise<SubnetPoolRecord> {
  const before = await madeBefore(change, subnetPoolSource, id);
  if (before !== undefined) return before;
  const projectId = projectOf(change, attributes.projectId);
  adminOnly(change, 'create_subnetpool', {
    shared: attributes.shared || undefined,
    is_default: attributes.isDefault || undefined,
  });
  const prefixes = checkedPrefixes(attributes.prefixes);
  const [first] = prefixes;
  if (first === undefined) throw invalid('EmptySubnetPoolPrefixList', 'Empty subnet pool prefix list.');
  await checkQuota(change.tx, projectId, 'subnetpool');
  if (attributes.isDefault) await refuseSecondDefault(change, first.version);
  const row = {
    ...newRow(change, id, projectId, attributes.description),
    name: attributes.name ?? '',
    ip_version: first.version,
    prefixes: prefixes.map(formatCidr),
    ...lengthColumns(checkedLengths(first.version, attributes)),
    default_quota: attributes.defaultQuota ?? null,
    shared: attributes.shared ?? false,
    is_default: attributes.isDefault ?? false,
    address_scope_id: await scopeFor(change, first.version, attributes.addressScopeId ?? null),
  };
  await rowsOf(change).insertInto('network.subnet_pool').values(row).execute();
  return reread(change, subnetPoolSource, row.id);
}

async function scopeFor(change: Change, version: 4 | 6, id: string | null): Promise<string | null> {
  if (id === null) return null;
  const scope = await findVisible(change.tx, addressScopeSource, change.context, id);
  if (scope === undefined) throw addressScopeNotFound(id);
  if (scope.ipVersion === version) return id;
  throw invalid(
    'IllegalSubnetPoolIpVersionAssociationToAddressScope',
    `Illegal subnetpool association: subnetpool cannot associate with address scope ${id} because subnetpool ip_version is not ${scope.ipVersion}.`,
  );
}

async function refuseSecondDefault(change: Change, version: number): Promise<void> {
  const other = await rowsOf(change)
    .selectFrom('network.subnet_pool')
    .select('id')
    .where('is_default', '=', true)
    .where('ip_version', '=', version)
    .executeTakeFirst();
  if (other === undefined) return;
  throw invalid('InvalidInput', `A default subnetpool for IP version ${version} is already defined: ${other.id}.`);
}

export async function updateSubnetPool(
  change: Change,
  id: string,
  changes: SubnetPoolChanges,
): Promise<SubnetPoolRecord> {
  const pool = await ownRecord(change, subnetPoolSource, id, {
    missing: subnetPoolNotFound,
    rule: 'update_subnetpool',
  });
  adminOnly(change, 'update_subnetpool', { is_default: changes.isDefault });
  if (changes.isDefault && !pool.isDefault) await refuseSecondDefault(change, pool.ipVersion);
  await rowsOf(change)
    .updateTable('network.subnet_pool')
    .set({
      name: changes.name,
      description: changes.description,
      prefixes: changes.prefixes && prefixesAfter(pool, changes.prefixes),
      ...lengthColumns(checkedLengths(pool.ipVersion, changes, pool)),
      default_quota: changes.defaultQuota,
      is_default: changes.isDefault,
      address_scope_id:
        changes.addressScopeId === undefined
          ? undefined
          : await scopeFor(change, pool.ipVersion, changes.addressScopeId),
      revision: pool.revision + 1,
      updated_at: change.now,
    })
    .where('id', '=', id)
    .execute();
  return reread(change, subnetPoolSource, id);
}

/** A pool can be given more, but what it had may be in use. */
function prefixesAfter(pool: SubnetPoolRecord, asked: readonly string[]): string[] {
  const wanted = checkedPrefixes(asked);
  const had = pool.prefixes.flatMap((text) => parseCidr(text) ?? []);
  if (wanted.some(({ version }) => version !== pool.ipVersion)) {
    throw invalid('PrefixVersionMismatch', 'Cannot mix IPv4 and IPv6 prefixes in a subnet pool.');
  }
  if (covers(wanted, had)) return wanted.map(formatCidr);
  throw invalid(
    'IllegalSubnetPoolPrefixUpdate',
    'Illegal update to prefixes: prefixes of a subnet pool can be added, not taken away.',
  );
}

/** Takes the pool away; refuses while it has given subnets. */
export async function deleteSubnetPool(change: Change, id: string): Promise<void> {
  const options = { missing: subnetPoolNotFound, rule: 'delete_subnetpool', lock: 'delete' } as const;
  await ownRecord(change, subnetPoolSource, id, options);
  const subnet = await rowsOf(change)
    .selectFrom('network.subnet')
    .select('id')
    .where('subnetpool_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  if (subnet !== undefined) {
    throw inConflict('SubnetPoolDeleteError', 'Unable to delete subnet pool: Subnet pool has existing allocations.');
  }
  await forgetSharing(change, id);
  await rowsOf(change).deleteFrom('network.subnet_pool').where('id', '=', id).execute();
}
