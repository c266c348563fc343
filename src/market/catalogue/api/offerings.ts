import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { derivedId } from '../../../kernel/base/ids.ts';
import { IdSchema, LocalizedTextSchema, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { FulfilmentSchema, OutputsForm } from '../../fulfilment/index.ts';
import { PriceSchema, parsePrice, priceTexts, priceView } from '../../rating/index.ts';
import { type CompositeFulfilment, checkComposition, outputsOfComposite } from '../domain/composition.ts';
import {
  categories,
  type Offering,
  type OfferingVersion,
  type Plan,
  type VersionContent,
  type VersionState,
} from '../domain/offering.ts';
import { checkSchema, type ParametersSchema } from '../domain/parameters.ts';
import type { OfferingRoutesDeps } from '../index.ts';
import {
  findOffering,
  insertOffering,
  insertPlan,
  insertVersion,
  listOfferings,
  listPlans,
  listSubmitted,
  listVersions,
  moveVersion,
} from '../store/offerings.ts';
import { catalogueTexts } from '../texts.ts';
import { CompositeSchema } from './composite.ts';
import { ParametersForm } from './parameters.ts';

const closed = { additionalProperties: false };

const content = {
  title: LocalizedTextSchema,
  description: LocalizedTextSchema,
  fulfilment: Type.Union([...FulfilmentSchema.anyOf, CompositeSchema]),
  parameters: Type.Optional(ParametersForm),
  outputs: Type.Optional(OutputsForm),
  categories: Type.Optional(Type.Array(Type.Enum([...categories]), { maxItems: 5, uniqueItems: true })),
  terms: Type.Optional(LocalizedTextSchema),
  serviceLevel: Type.Optional(LocalizedTextSchema),
};
const NewOffering = Type.Object({ publisherId: IdSchema, ...content }, closed);
const NewVersion = Type.Object(content, closed);
const NewPlan = Type.Object(
  {
    name: LocalizedTextSchema,
    code: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' })),
    price: PriceSchema,
  },
  closed,
);
const Review = Type.Object(
  { decision: Type.Enum(['approve', 'reject']), note: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })) },
  closed,
);
const OfferingParams = Type.Object({ offeringId: IdSchema });
const VersionParams = Type.Object({ offeringId: IdSchema, number: Type.Integer({ minimum: 1, maximum: 1_000_000 }) });

const noParameters: ParametersSchema = { type: 'object', properties: {} };

const planView = (plan: Plan, { language }: Context): object => ({
  ...plan,
  price: priceView(plan.price),
  text: priceTexts(plan.price, language),
});

/** A publisher's side of the catalogue; resellers see what is published, with its base price. */
export function offeringRoutes(deps: OfferingRoutesDeps): Route[] {
  const { store, clock, idempotency, trust, partners } = deps;

  async function checked(context: Context, body: Static<typeof NewVersion>): Promise<VersionContent> {
    const parameters = body.parameters ?? noParameters;
    const texts = catalogueTexts(context.language);
    const problems = checkSchema(parameters);
    if (problems.length > 0) throw badRequest(texts.parameters(problems));
    const { fulfilment } = body;
    if (fulfilment.kind !== 'composite') return { ...body, fulfilment, parameters };
    return { ...body, fulfilment, parameters, ...(await composed(context, fulfilment, parameters)) };
  }

  /** What a composite gives, and of which versions it is made; 400 that names every edge that is wrong. */
  async function composed(context: Context, composite: CompositeFulfilment, parameters: ParametersSchema) {
    const parts = await deps.parts(composite.components.map(({ offeringId }) => offeringId));
    const problems = checkComposition(composite, parameters, parts);
    if (problems.length > 0) {
      throw badRequest(catalogueTexts(context.language).composition(problems), { data: { problems } });
    }
    const versionOf = (offeringId: string) => parts.get(offeringId)?.versionId ?? '';
    const pinned = composite.components.map(({ name, offeringId }) => [name, versionOf(offeringId)]);
    return { outputs: outputsOfComposite(composite, parts), pinned: Object.fromEntries(pinned) };
  }

  async function addVersion(
    context: Context,
    offering: Offering,
    id: string,
    body: Static<typeof NewVersion>,
  ): Promise<OfferingVersion> {
    const version = await checked(context, body);
    const at = clock.now();
    return store.transact(async (tx) => {
      const parties = [offering.publisherId];
      if (await insertOffering(tx, offering)) {
        const payload = { publisherId: offering.publisherId, title: version.title, by: context.userId };
        await trust.record(tx, { kind: 'market.offering.created', subject: offering.id, at, payload, parties });
      }
      const added = await insertVersion(tx, { ...version, id, offeringId: offering.id, createdAt: at });
      if (added.created) {
        const payload = { number: added.version.number, ...version, by: context.userId };
        await trust.record(tx, { kind: 'market.offering.version-added', subject: offering.id, at, payload, parties });
      }
      return added.version;
    });
  }

  /** The offering for its publisher and the operator; for everybody else it does not exist. */
  async function own(context: Context, offeringId: string): Promise<Offering> {
    const offering = await findOffering(store.db, offeringId);
    if (offering !== undefined && (await partners.maySee(context, offering.publisherId))) return offering;
    throw new Fault('notFound', catalogueTexts(context.language).offeringNotFound(offeringId));
  }

  /** What the caller may see of an offering: its publisher and the operator everything, resellers what is published. */
  async function view(context: Context, offering: Offering): Promise<object | undefined> {
    const all = await partners.maySee(context, offering.publisherId);
    const isReseller = (await partners.organisationsOf(context)).some(({ roles }) => roles.includes('reseller'));
    const versions = (await listVersions(store.db, offering.id)).filter(
      ({ state }) => all || (isReseller && state === 'published'),
    );
    if (versions.length === 0) return undefined;
    const shown = all
      ? versions
      : versions.slice(0, 1).map(({ fulfilment, ...rest }) => ({ ...rest, fulfilment: { kind: fulfilment.kind } }));
    return {
      ...offering,
      versions: shown,
      plans: (await listPlans(store.db, offering.id)).map((plan) => planView(plan, context)),
    };
  }

  async function ownVersion(context: Context, offeringId: string, number: number) {
    const offering = await own(context, offeringId);
    const version = (await listVersions(store.db, offeringId)).find((one) => one.number === number);
    if (version !== undefined) return { offering, version };
    throw new Fault('notFound', catalogueTexts(context.language).versionNotFound(number));
  }

  /** What a version needs before anybody looks at it: a plan, an agreement, and that it can be fulfilled. */
  async function requireSellable(context: Context, offering: Offering, version: OfferingVersion, token: string) {
    if ((await listPlans(store.db, offering.id)).length === 0)
      throw conflict(catalogueTexts(context.language).needsPlan);
    await deps.revenueSharing.inForce(context, offering.publisherId);
    const { fulfilment } = version;
    if (fulfilment.kind === 'composite') {
      await composed(context, fulfilment, version.parameters);
      return;
    }
    await deps.fulfilment.check(context, offering.publisherId, fulfilment, token);
  }

  async function submit(context: Context, offeringId: string, number: number, token: string): Promise<object> {
    const { offering, version } = await ownVersion(context, offeringId, number);
    if (version.state === 'submitted') return version;
    await requireSellable(context, offering, version, token);
    return go(context, offering, version, ['draft'], 'submitted', 'submitted');
  }

  async function review(context: Context, offeringId: string, number: number, body: Static<typeof Review>) {
    const { offering, version } = await ownVersion(context, offeringId, number);
    await partners.requireOperator(context);
    const to = body.decision === 'approve' ? 'approved' : 'draft';
    return go(context, offering, version, ['submitted'], to, `review-${to}`, { reviewNote: body.note ?? '' });
  }

  async function publish(context: Context, offeringId: string, number: number, token: string): Promise<object> {
    const { offering, version } = await ownVersion(context, offeringId, number);
    if (version.state === 'published') return version;
    const publisher = await partners.find(offering.publisherId);
    const from: VersionState[] = publisher.reviewRequired ? ['approved'] : ['draft', 'submitted', 'approved'];
    if (publisher.reviewRequired && version.state !== 'approved') {
      throw conflict(catalogueTexts(context.language).needsReview(version.state));
    }
    await requireSellable(context, offering, version, token);
    return go(context, offering, version, from, 'published', 'published', { publishedAt: clock.now() });
  }

  async function retire(context: Context, offeringId: string, number: number): Promise<object> {
    const { offering, version } = await ownVersion(context, offeringId, number);
    if (version.state === 'retired') return version;
    return go(context, offering, version, ['published'], 'retired', 'retired');
  }

  async function go(
    context: Context,
    offering: Offering,
    version: OfferingVersion,
    from: readonly VersionState[],
    to: VersionState,
    what: string,
    more: { publishedAt?: Date; reviewNote?: string } = {},
  ): Promise<OfferingVersion> {
    const at = clock.now();
    const moved = await store.transact(async (tx) => {
      if (!(await moveVersion(tx, version.id, from, to, more))) return false;
      const payload = { number: version.number, by: context.userId, ...(more.reviewNote && { note: more.reviewNote }) };
      const parties = [offering.publisherId];
      await trust.record(tx, { kind: `market.offering.${what}`, subject: offering.id, at, payload, parties });
      return true;
    });
    const found = (await listVersions(store.db, offering.id)).find(({ id }) => id === version.id) ?? version;
    if (!moved && found.state !== to) throw conflict(catalogueTexts(context.language).wrongState(found.state));
    return found;
  }

  async function addPlan(
    context: Context,
    offeringId: string,
    id: string,
    body: Static<typeof NewPlan>,
  ): Promise<object> {
    const offering = await own(context, offeringId);
    const at = clock.now();
    const { name, code = null } = body;
    const plan: Plan = { id, offeringId, name, code, price: parsePrice(body.price), createdAt: at };
    await store.transact(async (tx) => {
      const inserted = await insertPlan(tx, plan);
      if (inserted === 'code-taken') throw conflict(catalogueTexts(context.language).codeTaken(code ?? ''));
      if (!inserted) return;
      const payload = { planId: id, name: body.name, price: priceView(plan.price), by: context.userId };
      const parties = [offering.publisherId];
      await trust.record(tx, { kind: 'market.plan.created', subject: offeringId, at, payload, parties });
    });
    return planView(plan, context);
  }

  return [
    idempotency.post({
      path: '/v1/offerings',
      operation: 'market:offerings:create',
      policy: policies.authenticated,
      status: 201,
      body: NewOffering,
      async handler(request, id) {
        const context = caller(request);
        const { publisherId, ...body } = request.body;
        await partners.actingAs(context, publisherId, 'publisher');
        const offering = { id, publisherId, createdAt: clock.now() };
        await addVersion(context, offering, derivedId('offering-version', id), body);
        return view(context, offering);
      },
    }),
    route({
      method: 'GET',
      path: '/v1/offerings',
      operation: 'market:offerings:list',
      policy: policies.authenticated,
      query: PageQuery,
      async handler(request) {
        const context = caller(request);
        const organisations = await partners.organisationsOf(context);
        const offerings = await listOfferings(store.db, {
          ...pageBounds(request.query),
          publisherIds: (await partners.isOperator(context)) ? null : organisations.map(({ id }) => id),
          withPublished: organisations.some(({ roles }) => roles.includes('reseller')),
        });
        const views = await Promise.all(offerings.map((offering) => view(context, offering)));
        return { ...pageOf(request.query, offerings), items: views.filter((one) => one !== undefined) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/offerings/:offeringId',
      operation: 'market:offerings:get',
      policy: policies.authenticated,
      params: OfferingParams,
      async handler(request) {
        const context = caller(request);
        const { offeringId } = request.params;
        const offering = await findOffering(store.db, offeringId);
        const shown = offering && (await view(context, offering));
        if (shown !== undefined) return shown;
        throw new Fault('notFound', catalogueTexts(context.language).offeringNotFound(offeringId));
      },
    }),
    idempotency.post({
      path: '/v1/offerings/:offeringId/versions',
      operation: 'market:offering-versions:create',
      policy: policies.authenticated,
      status: 201,
      params: OfferingParams,
      body: NewVersion,
      async handler(request, id) {
        const context = caller(request);
        return addVersion(context, await own(context, request.params.offeringId), id, request.body);
      },
    }),
    ...(
      [
        ['submit', submit],
        ['publish', publish],
        ['retire', retire],
      ] as const
    ).map(([verb, act]) =>
      idempotency.post({
        path: `/v1/offerings/:offeringId/versions/:number/${verb}`,
        operation: `market:offering-versions:${verb}`,
        policy: policies.authenticated,
        params: VersionParams,
        handler(request) {
          const { offeringId, number } = request.params;
          return act(caller(request), offeringId, number, String(request.headers['x-auth-token']));
        },
      }),
    ),
    idempotency.post({
      path: '/v1/offerings/:offeringId/versions/:number/review',
      operation: 'market:offering-versions:review',
      policy: policies.authenticated,
      params: VersionParams,
      body: Review,
      handler(request) {
        const { offeringId, number } = request.params;
        return review(caller(request), offeringId, number, request.body);
      },
    }),
    route({
      method: 'GET',
      path: '/v1/reviews',
      operation: 'market:reviews:list',
      policy: policies.authenticated,
      query: PageQuery,
      async handler(request) {
        await partners.requireOperator(caller(request));
        return pageOf(request.query, await listSubmitted(store.db, pageBounds(request.query)));
      },
    }),
    idempotency.post({
      path: '/v1/offerings/:offeringId/plans',
      operation: 'market:plans:create',
      policy: policies.authenticated,
      status: 201,
      params: OfferingParams,
      body: NewPlan,
      handler: (request, id) => addPlan(caller(request), request.params.offeringId, id, request.body),
    }),
  ];
}
