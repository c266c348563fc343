import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import { queryClient } from '../app/queries.ts';

/** Changes something of the cloud, then asks again for what is shown of it. */
export function useChange<V>(
  change: (variables: V) => Promise<unknown>,
  onDone?: () => void,
): UseMutationResult<unknown, Error, V> {
  return useMutation({
    mutationFn: change,
    async onSuccess() {
      onDone?.();
      await queryClient.invalidateQueries({ queryKey: ['cloud'] });
    },
  });
}
