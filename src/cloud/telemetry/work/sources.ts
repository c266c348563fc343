import type { Clock } from '../../../kernel/base/clock.ts';
import { emit, type Store } from '../../../kernel/store/index.ts';
import type { SourceDesk } from '../ports.ts';
import { listOpen } from '../store/resources.ts';

/** Events of a source go the way of all events, through the outbox: in the order in which they were taken. */
export function deskOf({ store, clock }: { readonly store: Store; readonly clock: Clock }): SourceDesk {
  return {
    take: (events) =>
      store.transact(async (tx) => {
        for (const event of events) await emit(tx, { ...event, time: clock.now() });
      }),
    open: () => listOpen(store.db),
  };
}
