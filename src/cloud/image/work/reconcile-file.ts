import type { Store } from '../../../kernel/store/index.ts';
import { tables } from '../../../kernel/store/index.ts';
import type { Reconciler } from '../../../kernel/work/index.ts';
import { findImage } from '../store/images.ts';
import type { ImageTables } from '../store/tables.ts';
import type { ImageFiles } from './files.ts';

export const fileReconciler = 'image.file';

const sweepMs = 10 * 60_000;

/** Removes the bytes that no image and no holder wants any more: after a deletion, or an upload that was lost. */
export function createFileReconciler({ store, files }: { store: Store; files: ImageFiles }): Reconciler {
  return {
    name: fileReconciler,
    sweepMs,
    async reconcile(id) {
      await store.transact(async (tx) => {
        const image = await findImage(tx, id, 'update');
        if (image !== undefined && image.status !== 'queued') return;
        const hold = await tables<ImageTables>(tx)
          .selectFrom('image.hold')
          .select('holder')
          .where('image_id', '=', id)
          .limit(1)
          .executeTakeFirst();
        if (hold === undefined) await files.remove(id);
      });
      return undefined;
    },
    /** The files that are here without an image that shows them. */
    async list() {
      const here = await files.list();
      if (here.length === 0) return [];
      const rows = await tables<ImageTables>(store.db)
        .selectFrom('image.image')
        .select('id')
        .where('id', 'in', here)
        .where('status', 'in', ['uploading', 'importing', 'active', 'deactivated'])
        .execute();
      const wanted = new Set(rows.map(({ id }) => id));
      return here.filter((id) => !wanted.has(id));
    },
  };
}
