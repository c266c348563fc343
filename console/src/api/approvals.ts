import { queryOptions, skipToken } from '@tanstack/react-query';
import type { Approval, PurchasingPolicy } from '../../../src/client/market.ts';
import { call } from './http.ts';
import type { List, ListPage } from './list.ts';

const path = '/market/v1/approvals';

const listOf = (key: string, query: Readonly<Record<string, string>>): List<Approval> => ({
  key: ['cloud', 'approvals', key],
  page: (after, limit) => call<ListPage<Approval>>('GET', path, { query: { ...query, limit, after } }),
});

/** All that asked for somebody's agreement, the newest first. */
export const approvals = listOf('all', {});
/** What waits for the reader's. */
export const approvalsForMe = listOf('mine', { waitingFor: 'me' });

export const approvalsEvents = `${path}/events`;

async function decide(id: string, verb: 'approve' | 'refuse' | 'withdraw', body: object): Promise<Approval> {
  const headers = { 'Idempotency-Key': `console-${verb}-${id}` };
  return call<Approval>('POST', `${path}/${id}/${verb}`, { body, headers });
}

export const approve = (id: string, note: string) => decide(id, 'approve', note === '' ? {} : { note });
export const refuse = (id: string, reason: string) => decide(id, 'refuse', { reason });
export const withdraw = (id: string) => decide(id, 'withdraw', {});

/** How an organisation buys: what a form needs to ask. */
export const policyQuery = (organisationId: string | undefined) =>
  queryOptions({
    queryKey: ['purchasing-policy', organisationId],
    queryFn:
      organisationId === undefined
        ? skipToken
        : () => call<PurchasingPolicy>('GET', `/market/v1/organisations/${organisationId}/purchasing-policy`),
  });
