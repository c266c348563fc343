import type { AddressScopeAttributes, AddressScopeChanges } from '../domain/attributes.ts';
import { addressScopeNotFound, inConflict } from '../domain/faults.ts';
import type { AddressScopeRecord } from '../domain/records.ts';
import { addressScopeSource } from '../store/sources.ts';
import { adminOnly, type Change, madeBefore, newRow, ownRecord, projectOf, reread, rowsOf } from './change.ts';
import { forgetSharing } from './sharing.ts';

export async function createAddressScope(
  change: Change,
  attributes: AddressScopeAttributes,
  id?: string,
): Promise<AddressScopeRecord> {
  const before = await madeBefore(change, addressScopeSource, id);
  if (before !== undefined) return before;
  adminOnly(change, 'create_address_scope', { shared: attributes.shared || undefined });
  const row = {
    ...newRow(change, id, projectOf(change, attributes.projectId), undefined),
    name: attributes.name ?? '',
    ip_version: attributes.ipVersion,
    shared: attributes.shared ?? false,
  };
  await rowsOf(change).insertInto('network.address_scope').values(row).execute();
  return reread(change, addressScopeSource, row.id);
}

export async function updateAddressScope(
  change: Change,
  id: string,
  changes: AddressScopeChanges,
): Promise<AddressScopeRecord> {
  const options = { missing: addressScopeNotFound, rule: 'update_address_scope' };
  const scope = await ownRecord(change, addressScopeSource, id, options);
  adminOnly(change, 'update_address_scope', { shared: changes.shared });
  if (scope.shared && changes.shared === false) {
    throw inConflict(
      'AddressScopeUpdateError',
      `Unable to update address scope ${id}: Shared address scope can't be unshared.`,
    );
  }
  await rowsOf(change)
    .updateTable('network.address_scope')
    .set({ name: changes.name, shared: changes.shared, revision: scope.revision + 1, updated_at: change.now })
    .where('id', '=', id)
    .execute();
  return reread(change, addressScopeSource, id);
}

/** Takes the scope away; refuses while subnet pools are in it. */
export async function deleteAddressScope(change: Change, id: string): Promise<void> {
  const options = { missing: addressScopeNotFound, rule: 'delete_address_scope', lock: 'delete' } as const;
  await ownRecord(change, addressScopeSource, id, options);
  const pool = await rowsOf(change)
    .selectFrom('network.subnet_pool')
    .select('id')
    .where('address_scope_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  if (pool !== undefined) {
    throw inConflict(
      'AddressScopeInUse',
      `Unable to complete operation on address scope ${id}. There are one or more subnet pools in use on the address scope.`,
    );
  }
  await forgetSharing(change, id);
  await rowsOf(change).deleteFrom('network.address_scope').where('id', '=', id).execute();
}
