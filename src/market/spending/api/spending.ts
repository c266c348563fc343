import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { IdSchema, MoneySchema, parseMoney } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { subscriptionView } from '../../subscriptions/index.ts';
import type { Spending, SpendingDeps } from '../index.ts';
import { listAlerts } from '../store/alerts.ts';
import { alertFact } from './alert-view.ts';

const Params = Type.Object({ subscriptionId: IdSchema });
const NewCeiling = Type.Object(
  { spendingCeiling: Type.Union([MoneySchema, Type.Null()]) },
  { additionalProperties: false },
);
const mostAlerts = 100;

/** A subscription's ceiling, and what was told of it. */
export function spendingRoutes({ store, subscriptions }: SpendingDeps, spending: Spending): Route[] {
  return [
    route({
      method: 'PUT',
      path: '/v1/subscriptions/:subscriptionId/spending-ceiling',
      operation: 'market:spending-ceilings:replace',
      policy: policies.authenticated,
      params: Params,
      body: NewCeiling,
      async handler(request) {
        const { spendingCeiling } = request.body;
        const ceiling = spendingCeiling === null ? null : parseMoney(spendingCeiling);
        return subscriptionView(await spending.setCeiling(caller(request), request.params.subscriptionId, ceiling));
      },
    }),
    route({
      method: 'GET',
      path: '/v1/subscriptions/:subscriptionId/spending-alerts',
      operation: 'market:spending-alerts:list',
      policy: policies.authenticated,
      params: Params,
      async handler(request) {
        const { id, terms } = await subscriptions.visible(caller(request), request.params.subscriptionId);
        const alerts = await listAlerts(store.db, id, mostAlerts);
        return { items: alerts.map((alert) => alertFact(alert, terms.price.currency)), next: null };
      },
    }),
  ];
}
