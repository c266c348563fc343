import type { Clock } from '../../../kernel/base/clock.ts';
import type { Store } from '../../../kernel/store/index.ts';
import type { Work } from '../../../kernel/work/index.ts';
import type { ImageFiles } from '../work/files.ts';

/** What the operations work with. */
export interface ImageOperationsDeps {
  readonly store: Store;
  readonly work: Work;
  readonly clock: Clock;
  readonly files: ImageFiles;
  /** The largest image, in bytes. */
  readonly maxBytes: number;
}
