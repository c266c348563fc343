import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { IdSchema, moneyView, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { stackNameOf } from '../../fulfilment/index.ts';
import { componentsOf, type Subscription } from '../domain/subscription.ts';
import type { SubscriptionsApi, SubscriptionsDeps } from '../index.ts';
import { listSubscriptions } from '../store/subscriptions.ts';

const Params = Type.Object({ subscriptionId: IdSchema });

/** What the customer sees: neither the reseller's margin nor what others earn. */
export function subscriptionView(subscription: Subscription): object {
  const { terms, spendingCeiling, credentialId, customerId, ...rest } = subscription;
  return {
    ...rest,
    organisationId: customerId,
    offeringId: terms.offeringId,
    planId: terms.planId,
    ...{ title: terms.title, planName: terms.planName, price: terms.price, vatRate: terms.vatRate },
    spendingCeiling: spendingCeiling && moneyView(spendingCeiling),
    components: componentsOf(subscription).map(({ name, offeringId }) => ({ name, offeringId })),
    test: terms.test === true,
    stackName: stackNameOf(subscription.id),
  };
}

/** A customer's subscriptions. */
export function subscriptionRoutes(deps: SubscriptionsDeps, subscriptions: SubscriptionsApi): Route[] {
  const { store, partners, idempotency } = deps;
  return [
    route({
      method: 'GET',
      path: '/v1/subscriptions',
      operation: 'market:subscriptions:list',
      policy: policies.authenticated,
      query: PageQuery,
      async handler(request) {
        const context = caller(request);
        const all = await partners.isOperator(context);
        const own = await partners.organisationsOf(context);
        const { after } = request.query;
        const { limit } = pageBounds(request.query);
        const customerIds = all ? null : own.map(({ id }) => id);
        const found = await listSubscriptions(store.db, { limit, after, customerIds });
        return { ...pageOf(request.query, found), items: found.map(subscriptionView) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/subscriptions/:subscriptionId',
      operation: 'market:subscriptions:get',
      policy: policies.authenticated,
      params: Params,
      handler: async (request) =>
        subscriptionView(await subscriptions.visible(caller(request), request.params.subscriptionId)),
    }),
    // Not kept under an Idempotency-Key, and asked for by POST so that no cache or log of URLs has it.
    route({
      method: 'POST',
      path: '/v1/subscriptions/:subscriptionId/credentials',
      operation: 'market:subscriptions:credentials',
      policy: policies.authenticated,
      params: Params,
      handler: async (request) => ({
        subscriptionId: request.params.subscriptionId,
        credentials: await subscriptions.secrets(caller(request), request.params.subscriptionId),
      }),
    }),
    ...(['suspend', 'resume'] as const).map((change) =>
      idempotency.post({
        path: `/v1/subscriptions/:subscriptionId/${change}`,
        operation: `market:subscriptions:${change}`,
        policy: policies.authenticated,
        status: 202,
        params: Params,
        handler: async (request) =>
          subscriptionView(await subscriptions[change](caller(request), request.params.subscriptionId)),
      }),
    ),
    idempotency.post({
      path: '/v1/subscriptions/:subscriptionId/terminate',
      operation: 'market:subscriptions:terminate',
      policy: policies.authenticated,
      status: 202,
      params: Params,
      handler: async (request) =>
        subscriptionView(await subscriptions.terminate(caller(request), request.params.subscriptionId)),
    }),
  ];
}
