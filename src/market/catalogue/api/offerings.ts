import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { derivedId } from '../../../kernel/base/ids.ts';
import { IdSchema, LocalizedTextSchema, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { PriceSchema, parsePrice, priceTexts, priceView } from '../../rating/index.ts';
import type { Offering, OfferingVersion, Plan, VersionContent } from '../domain/offering.ts';
import { checkSchema, type ParametersSchema } from '../domain/parameters.ts';
import type { CatalogueDeps } from '../index.ts';
import {
  findOffering,
  insertOffering,
  insertPlan,
  insertVersion,
  listOfferings,
  listPlans,
  listVersions,
  publishVersion,
} from '../store/offerings.ts';
import { catalogueTexts } from '../texts.ts';
import { ParametersForm } from './parameters.ts';

const closed = { additionalProperties: false };

const content = {
  title: LocalizedTextSchema,
  description: LocalizedTextSchema,
  fulfilment: Type.Object(
    { kind: Type.Literal('heat'), template: Type.String({ minLength: 1, maxLength: 256 * 1024 }) },
    closed,
  ),
  parameters: Type.Optional(ParametersForm),
};
const NewOffering = Type.Object({ publisherId: IdSchema, ...content }, closed);
const NewVersion = Type.Object(content, closed);
const NewPlan = Type.Object({ name: LocalizedTextSchema, price: PriceSchema }, closed);
const OfferingParams = Type.Object({ offeringId: IdSchema });
const VersionParams = Type.Object({ offeringId: IdSchema, number: Type.Integer({ minimum: 1, maximum: 1_000_000 }) });

const noParameters: ParametersSchema = { type: 'object', properties: {} };

const planView = (plan: Plan, { language }: Context): object => ({
  ...plan,
  price: priceView(plan.price),
  text: priceTexts(plan.price, language),
});

/** A publisher's side of the catalogue; resellers see what is published, with its base price. */
export function offeringRoutes(deps: CatalogueDeps): Route[] {
  const { store, clock, idempotency, trust, partners } = deps;

  function checked(context: Context, body: Static<typeof NewVersion>): VersionContent {
    const parameters = body.parameters ?? noParameters;
    const problems = checkSchema(parameters);
    if (problems.length > 0) throw badRequest(catalogueTexts(context.language).parameters(problems));
    return { ...body, parameters };
  }

  async function addVersion(
    context: Context,
    offering: Offering,
    id: string,
    body: Static<typeof NewVersion>,
  ): Promise<OfferingVersion> {
    const version = checked(context, body);
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
      ({ publishedAt }) => all || (isReseller && publishedAt !== null),
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

  async function publish(context: Context, offeringId: string, number: number, token: string): Promise<object> {
    const offering = await own(context, offeringId);
    const texts = catalogueTexts(context.language);
    const version = (await listVersions(store.db, offeringId)).find((one) => one.number === number);
    if (version === undefined) throw new Fault('notFound', texts.versionNotFound(number));
    if (version.publishedAt !== null) return version;
    if ((await listPlans(store.db, offeringId)).length === 0) throw conflict(texts.needsPlan);
    await deps.revenueSharing.inForce(context, offering.publisherId);
    if (context.projectId === null) throw new Fault('forbidden', texts.needsProject);
    await deps.templates.validateTemplate({ token, projectId: context.projectId }, version.fulfilment.template);
    const at = clock.now();
    await store.transact(async (tx) => {
      if (!(await publishVersion(tx, version.id, at))) return;
      const payload = { number, by: context.userId };
      const parties = [offering.publisherId];
      await trust.record(tx, { kind: 'market.offering.published', subject: offeringId, at, payload, parties });
    });
    return { ...version, publishedAt: at };
  }

  async function addPlan(
    context: Context,
    offeringId: string,
    id: string,
    body: Static<typeof NewPlan>,
  ): Promise<object> {
    const offering = await own(context, offeringId);
    const at = clock.now();
    const plan: Plan = { id, offeringId, name: body.name, price: parsePrice(body.price), createdAt: at };
    await store.transact(async (tx) => {
      if (!(await insertPlan(tx, plan))) return;
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
    idempotency.post({
      path: '/v1/offerings/:offeringId/versions/:number/publish',
      operation: 'market:offering-versions:publish',
      policy: policies.authenticated,
      params: VersionParams,
      handler(request) {
        const { offeringId, number } = request.params;
        return publish(caller(request), offeringId, number, String(request.headers['x-auth-token']));
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
