import { type Session, until } from '../../harness/client.ts';
import { market, openShop } from '../../harness/market.ts';
import { mark } from './made.ts';

/** A sale, whole: the owner is publisher, reseller and customer, and approves its own order. Answers the id of its quote. */
export async function sell(admin: Session, owner: Session): Promise<string> {
  const { storeId, offeringId, planId, customerId } = await openShop(admin, owner);
  const parameters = { title: mark };
  const wanted = { organisationId: customerId, storeId, offeringId, planId, parameters };
  const quote = await market(owner, 'POST', '/quotes', wanted);
  const euros = (amount: string) => ({ amount, currency: 'EUR' });
  await market(owner, 'PUT', `/organisations/${customerId}/purchasing-policy`, {
    ...{ version: 0, costCentres: [{ code: 'C', name: mark, managerIds: [owner.userId] }], ownApproval: true },
    levels: [{ above: euros('0'), by: 'manager' }],
  });
  const order = await market(owner, 'POST', '/orders', {
    ...{ quoteId: quote.id, costCentre: 'C', spendingCeiling: euros('1000.00') },
  });
  await market(owner, 'POST', `/approvals/${order.id}/approve`);
  const subscription = await until(
    () => market(owner, 'GET', `/subscriptions/${order.subscriptionId}`),
    ({ state }) => state === 'active',
  );
  const month = new Date().toISOString().slice(0, 7);
  await market(admin, 'POST', '/invoice-drafts', { subscriptionId: subscription.id, month });
  const [{ publisherId }] = (await market(owner, 'GET', '/agreements')).items;
  await market(owner, 'POST', '/metering-keys', { publisherId, name: mark });
  for (const { id } of (await market(owner, 'GET', '/organisations')).items) {
    await market(owner, 'POST', `/organisations/${id}/invitations`, { role: 'member', note: mark });
  }
  await market(owner, 'POST', '/applications', { name: mark, roles: ['publisher'], country: 'FR' });
  return quote.id;
}
