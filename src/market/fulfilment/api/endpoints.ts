import { randomBytes } from 'node:crypto';
import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { IdSchema, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { writeSecret } from '../domain/signature.ts';
import type { FulfilmentParts } from '../index.ts';
import { type Endpoint, findEndpoint, insertEndpoint, listEndpoints, replaceSecret } from '../store/endpoints.ts';
import { fulfilmentTexts } from '../texts.ts';

const closed = { additionalProperties: false };
const NewEndpoint = Type.Object(
  {
    publisherId: IdSchema,
    kind: Type.Enum(['webhook', 'broker']),
    url: Type.String({ maxLength: 2000, pattern: '^https?://[^\\s]+$' }),
    username: Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: '^[^:]*$' })),
    password: Type.Optional(Type.String({ minLength: 8, maxLength: 255 })),
    timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 30 * 86_400, default: 3600 })),
  },
  closed,
);
const Params = Type.Object({ endpointId: IdSchema });
const secretBytes = 32;

/** Where a publisher's own systems are, and the secrets between them and us. */
export function endpointRoutes(deps: FulfilmentParts): Route[] {
  const { store, clock, idempotency, trust, partners, sealer } = deps;

  function checkedUrl(context: Context, text: string): string {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isGood = url !== undefined && url.username === '' && url.password === '' && url.hash === '';
    // In clear only where the operator has said that a network is its own.
    if (isGood && (url.protocol === 'https:' || deps.outboundAllow.length > 0)) return url.href;
    throw badRequest(fulfilmentTexts(context.language).badUrl);
  }

  async function create(context: Context, id: string, body: Static<typeof NewEndpoint>): Promise<Endpoint> {
    await partners.actingAs(context, body.publisherId, 'publisher');
    const { kind, username = null, password, timeoutSeconds = 3600 } = body;
    const isBroker = kind === 'broker';
    if (isBroker !== (username !== null && password !== undefined)) {
      throw badRequest(fulfilmentTexts(context.language).brokerNeedsPassword);
    }
    const at = clock.now();
    const url = checkedUrl(context, body.url);
    const endpoint: Endpoint = {
      id,
      publisherId: body.publisherId,
      kind,
      url,
      username,
      timeoutSeconds,
      createdAt: at,
    };
    await store.transact(async (tx) => {
      if (!(await insertEndpoint(tx, endpoint))) return;
      if (password !== undefined) await replaceSecret(tx, sealer.endpoints, id, password, at);
      const payload = { kind, url, timeoutSeconds, by: context.userId };
      await trust.record(tx, {
        ...{ kind: 'market.endpoint.created', subject: id, at, payload, parties: [body.publisherId] },
      });
    });
    return endpoint;
  }

  /** The endpoint for its publisher and the operator. */
  async function own(context: Context, id: string): Promise<Endpoint> {
    const endpoint = await findEndpoint(store.db, id);
    if (endpoint !== undefined && (await partners.maySee(context, endpoint.publisherId))) return endpoint;
    throw new Fault('notFound', fulfilmentTexts(context.language).endpointNotFound(id));
  }

  async function newSecret(context: Context, id: string): Promise<object> {
    const { kind, publisherId } = await own(context, id);
    if (kind !== 'webhook') throw conflict(fulfilmentTexts(context.language).onlyWebhooks);
    const secret = writeSecret(randomBytes(secretBytes));
    const at = clock.now();
    await store.transact(async (tx) => {
      await replaceSecret(tx, sealer.endpoints, id, secret, at);
      const payload = { by: context.userId };
      await trust.record(tx, {
        ...{ kind: 'market.endpoint.secret-replaced', subject: id, at, payload, parties: [publisherId] },
      });
    });
    return { endpointId: id, secret };
  }

  return [
    idempotency.post({
      path: '/v1/endpoints',
      operation: 'market:endpoints:create',
      policy: policies.authenticated,
      status: 201,
      body: NewEndpoint,
      handler: (request, id) => create(caller(request), id, request.body),
    }),
    route({
      method: 'GET',
      path: '/v1/endpoints',
      operation: 'market:endpoints:list',
      policy: policies.authenticated,
      query: PageQuery,
      async handler(request) {
        const context = caller(request);
        const all = await partners.isOperator(context);
        const own = await partners.organisationsOf(context);
        const filter = { ...pageBounds(request.query), publisherIds: all ? null : own.map(({ id }) => id) };
        return pageOf(request.query, await listEndpoints(store.db, filter));
      },
    }),
    route({
      method: 'GET',
      path: '/v1/endpoints/:endpointId',
      operation: 'market:endpoints:get',
      policy: policies.authenticated,
      params: Params,
      handler: (request) => own(caller(request), request.params.endpointId),
    }),
    // Without an Idempotency-Key, whose answers are kept: a secret is told once and lies nowhere in clear.
    route({
      method: 'POST',
      path: '/v1/endpoints/:endpointId/secret',
      operation: 'market:endpoints:replace-secret',
      policy: policies.authenticated,
      status: 201,
      params: Params,
      handler: (request) => newSecret(caller(request), request.params.endpointId),
    }),
  ];
}
