import { badRequest } from '../../../kernel/base/errors.ts';
import { type Tx, tables } from '../../../kernel/store/index.ts';
import { findImage } from '../store/images.ts';
import type { ImageTables } from '../store/tables.ts';
import { fileReconciler } from '../work/reconcile-file.ts';
import type { ImageOperationsDeps } from './settings.ts';

export async function holdImage(tx: Tx, id: string, holder: string): Promise<void> {
  const image = await findImage(tx, id, 'share');
  if (image?.status !== 'active') throw badRequest(`Image ${id} is not active.`);
  await tables<ImageTables>(tx)
    .insertInto('image.hold')
    .values({ image_id: id, holder })
    .onConflict((on) => on.doNothing())
    .execute();
}

export async function releaseImage({ work }: ImageOperationsDeps, tx: Tx, id: string, holder: string): Promise<void> {
  const { numDeletedRows } = await tables<ImageTables>(tx)
    .deleteFrom('image.hold')
    .where('image_id', '=', id)
    .where('holder', '=', holder)
    .executeTakeFirst();
  if (numDeletedRows > 0n) await work.wake(tx, fileReconciler, id);
}
