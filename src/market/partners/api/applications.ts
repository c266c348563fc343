import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { derivedId } from '../../../kernel/base/ids.ts';
import { IdSchema, KeystoneIdSchema, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { lockInTransaction } from '../../../kernel/store/index.ts';
import { admit, requireRightNumbers } from '../admission.ts';
import { type Application, applicableRoles, applicationStates, mostPending } from '../domain/application.ts';
import type { MarketDeps, PartnersApi } from '../index.ts';
import { countPending, decide, findApplication, insertApplication, listApplications } from '../store/applications.ts';
import { partnersTexts } from '../texts.ts';
import { legalPerson, rolesOf } from './organisations.ts';

const closed = { additionalProperties: false };
const NewApplication = Type.Object(
  {
    ...legalPerson,
    roles: rolesOf(applicableRoles),
    message: Type.Optional(Type.String({ maxLength: 2000, description: 'to the operator' })),
  },
  closed,
);
const Decision = Type.Object(
  {
    decision: Type.Enum(['admit', 'refuse']),
    reason: Type.Optional(
      Type.String({ minLength: 1, maxLength: 2000, description: 'of a refusal; the applicant reads it' }),
    ),
    domainId: Type.Optional(KeystoneIdSchema),
    reviewRequired: Type.Optional(Type.Boolean()),
  },
  closed,
);
const Application_ = Type.Object({ applicationId: IdSchema });
const ApplicationsQuery = Type.Object(
  { ...PageQuery.properties, state: Type.Optional(Type.Enum([...applicationStates])) },
  closed,
);

/** How organisations come in by themselves: a person applies, the operator admits or refuses. */
export function applicationRoutes(deps: MarketDeps, partners: PartnersApi): Route[] {
  const { store, clock, idempotency, trust } = deps;

  async function apply(context: Context, id: string, body: Static<typeof NewApplication>): Promise<Application> {
    const createdAt = clock.now();
    const { userId } = context;
    const made: Application = {
      ...{ id, applicantId: userId, name: body.name, roles: body.roles, country: body.country },
      registrationNumber: body.registrationNumber ?? null,
      vatId: body.vatId ?? null,
      iban: body.iban ?? null,
      message: body.message ?? '',
      ...{ state: 'pending', reason: null, organisationId: null, createdAt, decidedAt: null },
    };
    requireRightNumbers(context, made);
    await store.transact(async (tx) => {
      await lockInTransaction(tx, 'market_partners.application', userId);
      const waiting = await countPending(tx, userId);
      if (!(await insertApplication(tx, made))) return;
      if (waiting >= mostPending) throw conflict(partnersTexts(context.language).tooManyApplications(waiting));
      const payload = { name: made.name, roles: made.roles, country: made.country, by: userId };
      await trust.record(tx, { kind: 'market.application.made', subject: id, at: createdAt, payload, parties: [] });
    });
    return (await findApplication(store.db, id)) ?? made;
  }

  /** For its applicant and the operator. */
  async function visible(context: Context, id: string): Promise<Application> {
    const found = await findApplication(store.db, id);
    const isOwn = found?.applicantId === context.userId;
    if (found !== undefined && (isOwn || (await partners.isOperator(context)))) return found;
    throw new Fault('notFound', partnersTexts(context.language).applicationNotFound(id));
  }

  async function decideOn(context: Context, id: string, body: Static<typeof Decision>): Promise<Application> {
    const application = await visible(context, id);
    await partners.requireOperator(context);
    const texts = partnersTexts(context.language);
    const { decision, reason, domainId = null, reviewRequired = false } = body;
    const admitted = decision === 'admit';
    if (!admitted && reason === undefined) throw badRequest(texts.refusalNeedsReason);
    const organisationId = admitted ? derivedId('application', id) : null;
    const at = clock.now();
    await store.transact(async (tx) => {
      if (organisationId !== null) {
        const { name, roles, country, registrationNumber, vatId, iban, applicantId } = application;
        const organisation = { id: organisationId, name, roles, country, registrationNumber, vatId, iban };
        const admission = { ...organisation, domainId, reviewRequired, createdAt: at };
        await admit(deps, tx, context, admission, [applicantId]);
      }
      const state = admitted ? 'admitted' : 'refused';
      if (!(await decide(tx, id, { state, reason: reason ?? null, organisationId, at }))) {
        throw conflict(texts.applicationDecided((await findApplication(tx, id))?.state ?? ''));
      }
      const payload = { state, organisationId, ...(reason !== undefined && { reason }), by: context.userId };
      const parties = organisationId === null ? [] : [organisationId];
      await trust.record(tx, { kind: 'market.application.decided', subject: id, at, payload, parties });
    });
    return visible(context, id);
  }

  async function withdraw(context: Context, id: string): Promise<void> {
    const { applicantId } = await visible(context, id);
    const texts = partnersTexts(context.language);
    if (applicantId !== context.userId) throw new Fault('forbidden', texts.applicantOnly);
    const at = clock.now();
    await store.transact(async (tx) => {
      if (await decide(tx, id, { state: 'withdrawn', reason: null, organisationId: null, at })) {
        const payload = { state: 'withdrawn', by: context.userId };
        await trust.record(tx, { kind: 'market.application.decided', subject: id, at, payload, parties: [] });
        return;
      }
      const state = (await findApplication(tx, id))?.state ?? '';
      if (state !== 'withdrawn') throw conflict(texts.applicationDecided(state));
    });
  }

  return [
    idempotency.post({
      path: '/v1/applications',
      operation: 'market:applications:create',
      policy: policies.authenticated,
      status: 201,
      body: NewApplication,
      handler: (request, id) => apply(caller(request), id, request.body),
    }),
    route({
      method: 'GET',
      path: '/v1/applications',
      operation: 'market:applications:list',
      policy: policies.authenticated,
      query: ApplicationsQuery,
      async handler(request) {
        const context = caller(request);
        const { state = null, ...page } = request.query;
        const applicantId = (await partners.isOperator(context)) ? null : context.userId;
        return pageOf(page, await listApplications(store.db, { ...pageBounds(page), applicantId, state }));
      },
    }),
    route({
      method: 'GET',
      path: '/v1/applications/:applicationId',
      operation: 'market:applications:get',
      policy: policies.authenticated,
      params: Application_,
      handler: (request) => visible(caller(request), request.params.applicationId),
    }),
    idempotency.post({
      path: '/v1/applications/:applicationId/decision',
      operation: 'market:applications:decide',
      policy: policies.authenticated,
      status: 201,
      params: Application_,
      body: Decision,
      handler: (request) => decideOn(caller(request), request.params.applicationId, request.body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/applications/:applicationId',
      operation: 'market:applications:withdraw',
      policy: policies.authenticated,
      status: 204,
      params: Application_,
      handler: (request) => withdraw(caller(request), request.params.applicationId),
    }),
  ];
}
