import type { Clock } from '../../../kernel/base/clock.ts';
import type { Store } from '../../../kernel/store/index.ts';
import type { Work } from '../../../kernel/work/index.ts';
import type { ImageApi } from '../../image/index.ts';
import type { VolumeEngine } from '../ports.ts';

/** What block storage asks of the image service. */
export type VolumeImages = Pick<
  ImageApi,
  'getImage' | 'localPath' | 'holdImage' | 'releaseImage' | 'createImage' | 'upload' | 'deleteImage'
>;

/** What the operations work with. */
export interface VolumeSettings {
  readonly store: Store;
  readonly work: Work;
  readonly clock: Clock;
  readonly images: VolumeImages;
  readonly engine: VolumeEngine;
  /** The one availability zone. */
  readonly zone: string;
  /** The name of the host whose backend `engine` is. */
  readonly hostName: string;
}

/** `HOST@BACKEND#POOL`, as Cinder calls the place of a volume. */
export function poolOf({ hostName, engine }: VolumeSettings): string {
  return `${hostName}@${engine.kind}#${engine.kind}`;
}

export const volumeReconciler = 'block-storage.volume';
export const snapshotReconciler = 'block-storage.snapshot';
export const backupReconciler = 'block-storage.backup';
