import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/http.ts';
import { sessionQuery } from '../api/session.ts';

/** A refused session is looked at again, which shows the sign-in page where the person stood. */
function onError(error: Error): void {
  if (error instanceof ApiError && error.status === 401) void queryClient.invalidateQueries(sessionQuery);
}

/** What the pages know of the cloud. Refusals are not tried again; a cloud that does not answer is. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});
