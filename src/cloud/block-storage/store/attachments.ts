import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { AttachmentRecord } from '../domain/attachment.ts';
import { type Condition, listPage, type Page } from './listing.ts';
import { type AttachmentRow, attachmentOf, jsonb, type VolumeTables } from './tables.ts';

const table = 'block_storage.attachment';

export async function findAttachment(connection: Connection, id: string): Promise<AttachmentRecord | undefined> {
  const row = await tables<VolumeTables>(connection)
    .selectFrom(table)
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && attachmentOf(row);
}

/** The attachments of these volumes, oldest first. */
export async function attachmentsOf(connection: Connection, volumeIds: readonly string[]): Promise<AttachmentRecord[]> {
  if (volumeIds.length === 0) return [];
  const rows = await tables<VolumeTables>(connection)
    .selectFrom(table)
    .selectAll()
    .where('volume_id', 'in', volumeIds)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(attachmentOf);
}

export async function insertAttachment(tx: Tx, row: AttachmentRow): Promise<void> {
  await tables<VolumeTables>(tx)
    .insertInto(table)
    .values({ ...row, connector: jsonb(row.connector) })
    .execute();
}

export async function changeAttachment(tx: Tx, id: string, change: Partial<Omit<AttachmentRow, 'id'>>): Promise<void> {
  const connector = change.connector === undefined ? {} : { connector: jsonb(change.connector) };
  await tables<VolumeTables>(tx)
    .updateTable(table)
    .set({ ...change, ...connector })
    .where('id', '=', id)
    .execute();
}

export async function removeAttachment(tx: Tx, id: string): Promise<void> {
  await tables<VolumeTables>(tx).deleteFrom(table).where('id', '=', id).execute();
}

/** One page of attachments. */
export async function listAttachments(
  connection: Connection,
  conditions: readonly Condition[],
  page: Page,
): Promise<AttachmentRecord[]> {
  const rows = await listPage<AttachmentRow>(connection, table, [sql`true`, ...conditions], page);
  return rows.map(attachmentOf);
}
