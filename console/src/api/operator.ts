import { queryOptions } from '@tanstack/react-query';
import type { Health } from '../../../src/client/operator.ts';
import { call } from './http.ts';

/** What carries the cloud. It cannot tell that it has died, so it is asked for as long as it is looked at. */
export const healthQuery = queryOptions({
  queryKey: ['operator', 'health'],
  queryFn: () => call<Health>('GET', '/operator/v1/health'),
  refetchInterval: 10_000,
});
