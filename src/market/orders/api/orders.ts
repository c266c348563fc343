import { Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { IdSchema, MoneySchema, PageQuery, pageBounds, pageOf, parseMoney } from '../../../kernel/http/house-api.ts';
import { caller, EventStreamQuery, eventStream, type Route, route } from '../../../kernel/http/index.ts';
import { approvalView } from '../../approvals/index.ts';
import { parsePrice, priceTexts } from '../../rating/index.ts';
import { componentsOf, graphOf, stepName } from '../../subscriptions/index.ts';
import type { Order, Quote } from '../domain/order.ts';
import type { OrdersApi, OrdersDeps } from '../index.ts';
import { listOrders } from '../store/orders.ts';
import { stepsOf } from '../work/provision.ts';

const closed = { additionalProperties: false };

const NewQuote = Type.Object(
  {
    organisationId: IdSchema,
    storeId: Type.Optional(IdSchema),
    trialVersion: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    subscriptionId: Type.Optional(IdSchema),
    offeringId: IdSchema,
    planId: IdSchema,
    parameters: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String({ maxLength: 65_536 }), Type.Number(), Type.Boolean()]), {
        maxProperties: 100,
      }),
    ),
  },
  closed,
);
const NewOrder = Type.Object(
  {
    quoteId: IdSchema,
    spendingCeiling: Type.Optional(MoneySchema),
    costCentre: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
  },
  closed,
);

/** What the customer sees of a quote: the price, not who earns what. */
function quoteView(context: Context, { terms, customerId, ...quote }: Quote): object {
  return {
    id: quote.id,
    organisationId: customerId,
    subscriptionId: quote.subscriptionId,
    test: terms.test === true,
    ...{ storeId: terms.storeId, offeringId: terms.offeringId, planId: terms.planId },
    ...{ title: terms.title, planName: terms.planName, parameters: quote.parameters },
    ...{ price: terms.price, vatRate: terms.vatRate },
    text: priceTexts(parsePrice(terms.price), context.language),
    validUntil: quote.validUntil,
    createdAt: quote.createdAt,
  };
}

/** Quotes and orders of the caller's organisations. */
export function orderRoutes(deps: OrdersDeps, orders: OrdersApi): Route[] {
  const { store, idempotency, partners, work } = deps;

  /** The order with who has to agree to it, how far each step is, and whom it waits for. */
  async function orderView(context: Context, { workflowId, customerId, ...order }: Order): Promise<object> {
    const [status, asked, bought, approvals] = await Promise.all([
      work.status(workflowId),
      deps.fulfilment.asked(workflowId),
      deps.subscriptions.find(order.subscriptionId),
      deps.approvals.of([order.id]),
    ]);
    const approval = approvals.get(order.id);
    const begun = new Map(status?.steps.map((step) => [step.name, step]));
    const steps = stepsOf(order.kind, graphOf(componentsOf(bought))).map((name) => {
      const { state = 'waiting', attempts = 0 } = begun.get(name) ?? {};
      const operation = asked.find((one) => stepName(one.component, one.operation) === name);
      const waiting = state === 'trying' && operation?.state === 'working' ? operation : undefined;
      const waitsFor = waiting && { who: waiting.waitsFor, note: waiting.note, since: waiting.createdAt };
      return { name, state, attempts, waitsFor: waitsFor ?? null, parts: operation?.parts ?? [] };
    });
    return {
      ...{ ...order, organisationId: customerId, costCentre: approval?.costCentre ?? null, steps },
      approval: approval && approval.levels.length > 0 ? approvalView(approval, context.language) : null,
    };
  }

  return [
    idempotency.post({
      path: '/v1/quotes',
      operation: 'market:quotes:create',
      policy: policies.authenticated,
      status: 201,
      body: NewQuote,
      async handler(request, id) {
        const context = caller(request);
        const { parameters = {}, storeId = null, trialVersion = null, subscriptionId = null, ...body } = request.body;
        const wanted = { ...body, parameters, storeId, trialVersion, subscriptionId };
        return quoteView(context, await orders.quote(context, id, wanted));
      },
    }),
    route({
      method: 'GET',
      path: '/v1/quotes/:quoteId',
      operation: 'market:quotes:get',
      policy: policies.authenticated,
      params: Type.Object({ quoteId: IdSchema }),
      async handler(request) {
        const context = caller(request);
        return quoteView(context, await orders.visibleQuote(context, request.params.quoteId));
      },
    }),
    idempotency.post({
      path: '/v1/orders',
      operation: 'market:orders:create',
      policy: policies.projectMember,
      status: 202,
      body: NewOrder,
      async handler(request, id) {
        const { quoteId, spendingCeiling, costCentre = null } = request.body;
        const ceiling = spendingCeiling === undefined ? null : parseMoney(spendingCeiling);
        const token = String(request.headers['x-auth-token']);
        const context = caller(request);
        const asked = { quoteId, spendingCeiling: ceiling, costCentre, token };
        return orderView(context, await orders.order(context, id, asked));
      },
    }),
    route({
      method: 'GET',
      path: '/v1/orders',
      operation: 'market:orders:list',
      policy: policies.authenticated,
      query: PageQuery,
      async handler(request) {
        const context = caller(request);
        const all = await partners.isOperator(context);
        const own = await partners.organisationsOf(context);
        const filter = { ...pageBounds(request.query), customerIds: all ? null : own.map(({ id }) => id) };
        const found = await listOrders(store.db, filter);
        return {
          ...pageOf(request.query, found),
          items: await Promise.all(found.map((one) => orderView(context, one))),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/orders/:orderId',
      operation: 'market:orders:get',
      policy: policies.authenticated,
      params: Type.Object({ orderId: IdSchema }),
      async handler(request) {
        const context = caller(request);
        return orderView(context, await orders.visibleOrder(context, request.params.orderId));
      },
    }),
    route({
      method: 'GET',
      path: '/v1/orders/:orderId/events',
      operation: 'market:orders:events',
      policy: policies.authenticated,
      params: Type.Object({ orderId: IdSchema }),
      query: EventStreamQuery,
      async handler(request) {
        const context = caller(request);
        const find = () => orders.visibleOrder(context, request.params.orderId);
        const { id, workflowId } = await find();
        return eventStream(request, {
          look: async () => ({ order: await orderView(context, await find()) }),
          listen: (wake) => orders.onChange(id, workflowId, wake),
        });
      },
    }),
  ];
}
