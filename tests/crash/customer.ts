import { type Session, until } from '../harness/client.ts';
import { market, type Shop } from '../harness/market.ts';

/** One purchase of a customer who asks again, under the same key, whenever an answer is lost. */
export interface Purchase {
  readonly orderId: string;
  readonly subscriptionId: string;
  readonly serverId: string;
  /** When the server began to run, in whole seconds since 1970. */
  readonly launched: number;
}

/** Asks for a price; answers the quote's id. */
export async function quote(
  session: Session,
  { customerId: organisationId, ...choice }: Shop,
  parameters: Readonly<Record<string, string>> = {},
): Promise<string> {
  return (await market(session, 'POST', '/quotes', { organisationId, ...choice, parameters })).id;
}

/** Orders what was quoted; answers the order's id. */
export async function order(session: Session, quoteId: string): Promise<string> {
  return (await market(session, 'POST', '/orders', { quoteId }, `order-${quoteId}`)).id;
}

/** The order once it is completed, and its server runs. */
export async function completed(session: Session, orderId: string): Promise<Purchase> {
  const { state, fault, subscriptionId } = await until(
    () => market(session, 'GET', `/orders/${orderId}`),
    (seen) => seen.state !== 'accepted' && seen.state !== 'provisioning',
    30,
  );
  if (state !== 'completed') throw new Error(`the order ${orderId} is ${state}: ${JSON.stringify(fault)}`);
  const { outputs } = await market(session, 'GET', `/subscriptions/${subscriptionId}`);
  const serverId = String(outputs.server_id);
  const { body } = await session.call<{ server: Record<string, string> }>('GET', `/compute/v2.1/servers/${serverId}`);
  const launched = Math.floor(Date.parse(`${body.server['OS-SRV-USG:launched_at']}Z`) / 1000);
  return { orderId, subscriptionId, serverId, launched };
}

/** Asks for the end of a subscription. */
export async function terminate(session: Session, { subscriptionId }: Purchase): Promise<void> {
  await market(session, 'POST', `/subscriptions/${subscriptionId}/terminate`, {}, `end-${subscriptionId}`);
}

/** Resolves when the subscription has ended. */
export async function terminated(session: Session, { subscriptionId }: Purchase): Promise<void> {
  const look = () => market(session, 'GET', `/subscriptions/${subscriptionId}`);
  await until(look, ({ state }) => state === 'terminated', 30);
}
