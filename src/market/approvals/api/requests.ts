import { Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { IdSchema, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, EventStreamQuery, eventStream, type Route, route } from '../../../kernel/http/index.ts';
import type { Deciding } from '../deciding.ts';
import { requestStates } from '../domain/request.ts';
import type { ApprovalsDeps } from '../index.ts';
import { approvalChannel, listRequests } from '../store/requests.ts';
import { approvalTexts } from '../texts.ts';
import { approvalView } from './request-view.ts';

const closed = { additionalProperties: false };
const mostTold = 100;
const Params = Type.Object({ orderId: IdSchema });
const RequestQuery = Type.Object(
  {
    ...PageQuery.properties,
    state: Type.Optional(Type.Enum([...requestStates])),
    /** Those that wait for the caller. */
    waitingFor: Type.Optional(Type.Literal('me')),
  },
  closed,
);
const note = Type.String({ minLength: 1, maxLength: 1000 });
const Approved = Type.Object({ note: Type.Optional(note) }, closed);
const Refused = Type.Object({ reason: note }, closed);

/** What waits for somebody’s agreement: an order’s approval request has the order’s id. */
export function requestRoutes(deps: ApprovalsDeps, deciding: Deciding): Route[] {
  const { store, partners, idempotency } = deps;
  async function personOf(context: Context) {
    const own = await partners.organisationsOf(context);
    const ownerOf = own.filter(({ memberRole }) => memberRole === 'owner').map(({ id }) => id);
    return { organisationIds: own.map(({ id }) => id), approver: { userId: context.userId, ownerOf } };
  }

  /** Which orders wait for the caller: at most as many as one can look at, so that it stays small. */
  async function waitingForCaller(context: Context): Promise<readonly string[]> {
    const filter = { ...(await personOf(context)), state: undefined, after: undefined, limit: mostTold };
    return (await listRequests(store.db, filter)).map(({ id }) => id);
  }

  const act = { policy: policies.authenticated, params: Params } as const;
  return [
    route({
      method: 'GET',
      path: '/v1/approvals',
      operation: 'market:approvals:list',
      policy: policies.authenticated,
      query: RequestQuery,
      async handler(request) {
        const context = caller(request);
        const { state, waitingFor, after } = request.query;
        const mine = waitingFor === 'me';
        const all = !mine && (await partners.isOperator(context));
        const { organisationIds, approver } = await personOf(context);
        const found = await listRequests(store.db, {
          organisationIds: all ? null : organisationIds,
          approver: mine ? approver : undefined,
          ...{ state, after, limit: pageBounds(request.query).limit },
        });
        const items = found.map((one) => approvalView(one, context.language));
        return { ...pageOf(request.query, found), items };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/approvals/events',
      operation: 'market:approvals:events',
      policy: policies.authenticated,
      query: EventStreamQuery,
      async handler(request) {
        const context = caller(request);
        const { organisationIds } = await personOf(context);
        if (organisationIds.length === 0) throw new Fault('forbidden', approvalTexts(context.language).noOrganisation);
        return eventStream(request, {
          look: async () => ({ waiting: { orderIds: await waitingForCaller(context) } }),
          listen: (wake) =>
            deps.notifications.on(approvalChannel, (told) => {
              if (told === '' || organisationIds.includes(told)) wake();
            }),
        });
      },
    }),
    route({
      ...act,
      ...{ method: 'GET', path: '/v1/approvals/:orderId', operation: 'market:approvals:get' },
      async handler(request) {
        const context = caller(request);
        return approvalView(await deciding.visible(context, request.params.orderId), context.language);
      },
    }),
    idempotency.post({
      ...act,
      ...{ path: '/v1/approvals/:orderId/approve', operation: 'market:approvals:approve', body: Approved },
      async handler(request) {
        const context = caller(request);
        const how = { decision: 'approved', note: request.body.note ?? null } as const;
        return approvalView(await deciding.decide(context, request.params.orderId, how), context.language);
      },
    }),
    idempotency.post({
      ...act,
      ...{ path: '/v1/approvals/:orderId/refuse', operation: 'market:approvals:refuse', body: Refused },
      async handler(request) {
        const context = caller(request);
        const how = { decision: 'refused', note: request.body.reason } as const;
        return approvalView(await deciding.decide(context, request.params.orderId, how), context.language);
      },
    }),
    idempotency.post({
      ...act,
      ...{ path: '/v1/approvals/:orderId/withdraw', operation: 'market:approvals:withdraw' },
      async handler(request) {
        const context = caller(request);
        return approvalView(await deciding.withdraw(context, request.params.orderId), context.language);
      },
    }),
  ];
}
