import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Service } from '../http/index.ts';
import type { Notifications, OutboxConsumer, Store } from '../store/index.ts';
import type { Work } from '../work/index.ts';

/** What every context is given by the composition root (`src/app/api`). */
export interface ModuleDeps {
  readonly store: Store;
  readonly notifications: Notifications;
  readonly work: Work;
  readonly clock: Clock;
  readonly log: Logger;
  /** What the outside calls us, without a slash at the end, e.g. `http://127.0.0.1:8000`. */
  readonly publicUrl: string;
}

/**
 * What a context gives back. It registers its workflows and reconcilers with `work` when it is created; the root
 * mounts the services, runs the consumers, and starts and closes it.
 */
export interface Module {
  readonly services: readonly Service[];
  readonly consumers?: readonly OutboxConsumer[];
  /** Called once all modules are created and the database is migrated, before requests arrive. */
  start?(): Promise<void>;
  close?(): Promise<void>;
}
