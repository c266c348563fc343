import { type Session, until } from '../../harness/client.ts';
import { market, openShop } from '../../harness/market.ts';
import { mark } from './made.ts';

/** A sale, whole: the owner is publisher, reseller and customer. Answers the id of its quote. */
export async function sell(admin: Session, owner: Session): Promise<string> {
  const { storeId, offeringId, planId, customerId } = await openShop(admin, owner);
  const parameters = { title: mark };
  const wanted = { organisationId: customerId, storeId, offeringId, planId, parameters };
  const quote = await market(owner, 'POST', '/quotes', wanted);
  const order = await market(owner, 'POST', '/orders', { quoteId: quote.id });
  const subscription = await until(
    () => market(owner, 'GET', `/subscriptions/${order.subscriptionId}`),
    ({ state }) => state === 'active',
  );
  const month = new Date().toISOString().slice(0, 7);
  await market(admin, 'POST', '/invoice-drafts', { subscriptionId: subscription.id, month });
  const [{ publisherId }] = (await market(owner, 'GET', '/agreements')).items;
  await market(owner, 'POST', '/metering-keys', { publisherId, name: mark });
  return quote.id;
}
