import { queryClient } from '../app/queries.ts';
import { useEvents } from './events.ts';

/** Asks again for what is shown of the cloud whenever something of the project has changed. */
export function useChanges(): void {
  useEvents('/console/v1/changes', {
    changed: () => void queryClient.invalidateQueries({ queryKey: ['cloud'] }),
  });
}
