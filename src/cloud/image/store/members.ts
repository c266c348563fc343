import { type Connection, tables } from '../../../kernel/store/index.ts';
import type { MemberStatus } from '../domain/image.ts';
import type { ImageTables, MemberRow } from './tables.ts';

export async function findMember(
  connection: Connection,
  imageId: string,
  memberId: string,
): Promise<MemberRow | undefined> {
  return tables<ImageTables>(connection)
    .selectFrom('image.member')
    .selectAll()
    .where('image_id', '=', imageId)
    .where('member_id', '=', memberId)
    .executeTakeFirst();
}

export async function listMembers(connection: Connection, imageId: string): Promise<MemberRow[]> {
  return tables<ImageTables>(connection)
    .selectFrom('image.member')
    .selectAll()
    .where('image_id', '=', imageId)
    .orderBy('created_at')
    .orderBy('member_id')
    .execute();
}

/** False when the project was a member already. */
export async function insertMember(connection: Connection, row: MemberRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<ImageTables>(connection)
    .insertInto('image.member')
    .values(row)
    .onConflict((conflict) => conflict.columns(['image_id', 'member_id']).doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export async function updateMember(
  connection: Connection,
  imageId: string,
  memberId: string,
  change: { status: MemberStatus; updated_at: Date },
): Promise<void> {
  await tables<ImageTables>(connection)
    .updateTable('image.member')
    .set(change)
    .where('image_id', '=', imageId)
    .where('member_id', '=', memberId)
    .execute();
}

/** False when the project was not a member. */
export async function deleteMember(connection: Connection, imageId: string, memberId: string): Promise<boolean> {
  const { numDeletedRows } = await tables<ImageTables>(connection)
    .deleteFrom('image.member')
    .where('image_id', '=', imageId)
    .where('member_id', '=', memberId)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}
