import { emit, type Tx } from '../../kernel/store/index.ts';
import type { ImageRecord } from './domain/image.ts';

/** Tells what has become of an image, in the transaction that made it so. */
export async function emitImage(tx: Tx, what: 'activated' | 'deleted', image: ImageRecord, time: Date): Promise<void> {
  await emit(tx, {
    type: `andromede.image.image.${what}.v1`,
    subject: image.id,
    time,
    data: { imageId: image.id, projectId: image.owner, sizeBytes: Number(image.sizeBytes ?? 0n), at: time },
  });
}
