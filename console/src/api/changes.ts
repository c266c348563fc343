import { queryClient } from '../app/queries.ts';
import { useEvents } from './events.ts';

const shown = { queryKey: ['cloud'] } as const;

/** Asks again for what is shown of the cloud whenever something of the project has changed. */
export function useChanges(): void {
  useEvents('/console/v1/changes', { changed: () => void askAgain() });
}

async function askAgain(): Promise<void> {
  // The library asks nothing anew that is being loaded for the first time; that answer may be from before the change.
  const loading = queryClient
    .getQueryCache()
    .findAll({ ...shown, fetchStatus: 'fetching' })
    .filter(({ state }) => state.data === undefined);
  await queryClient.invalidateQueries(shown);
  if (loading.length > 0)
    await queryClient.invalidateQueries({ ...shown, predicate: (query) => loading.includes(query) });
}
