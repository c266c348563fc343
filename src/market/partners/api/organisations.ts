import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { IdSchema, KeystoneIdSchema, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { lockInTransaction } from '../../../kernel/store/index.ts';
import { wrongNumbers } from '../domain/numbers.ts';
import type { MemberRole, Organisation } from '../domain/organisation.ts';
import { organisationRoles } from '../domain/organisation.ts';
import type { MarketDeps, PartnersApi } from '../index.ts';
import {
  deleteMember,
  findOrganisation,
  insertOrganisation,
  listMembers,
  listOrganisations,
  putMember,
} from '../store/organisations.ts';
import { partnersTexts } from '../texts.ts';

const closed = { additionalProperties: false };
const memberRole = Type.Enum(['owner', 'member']);
const Organisation_ = Type.Object({ organisationId: IdSchema });

const NewOrganisation = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    roles: Type.Array(Type.Enum([...organisationRoles]), {
      minItems: 1,
      maxItems: organisationRoles.length,
      uniqueItems: true,
    }),
    country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' }),
    registrationNumber: Type.Optional(Type.String({ minLength: 1, maxLength: 50, description: 'SIREN in France' })),
    vatId: Type.Optional(Type.String({ pattern: '^[A-Z]{2}[A-Z0-9]{2,13}$' })),
    iban: Type.Optional(Type.String({ pattern: '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$', description: 'ISO 13616' })),
    domainId: Type.Optional(KeystoneIdSchema),
    reviewRequired: Type.Optional(Type.Boolean()),
    owners: Type.Optional(Type.Array(KeystoneIdSchema, { maxItems: 100, uniqueItems: true })),
  },
  closed,
);
const NewMember = Type.Object({ userId: KeystoneIdSchema, role: memberRole }, closed);

/** Organisations and members: the operator admits, owners manage their people. */
export function organisationRoutes(deps: MarketDeps, partners: PartnersApi): Route[] {
  const { store, clock, idempotency, trust } = deps;

  async function create(context: Context, id: string, body: Static<typeof NewOrganisation>): Promise<Organisation> {
    await partners.requireOperator(context);
    const now = clock.now();
    const { owners = [], ...facts } = body;
    const organisation: Organisation = {
      ...facts,
      ...{ id, createdAt: now },
      registrationNumber: body.registrationNumber ?? null,
      vatId: body.vatId ?? null,
      iban: body.iban ?? null,
      domainId: body.domainId ?? null,
      reviewRequired: body.reviewRequired ?? false,
    };
    const wrong = wrongNumbers(organisation);
    if (wrong.length > 0) throw badRequest(partnersTexts(context.language).wrongNumbers(wrong), { data: { wrong } });
    await store.transact(async (tx) => {
      const inserted = await insertOrganisation(tx, organisation);
      if (inserted === 'operator-exists') throw conflict(partnersTexts(context.language).operatorExists);
      if (!inserted) return;
      for (const userId of owners) await putMember(tx, id, { userId, role: 'owner' }, now);
      const payload = { ...facts, owners, by: context.userId };
      await trust.record(tx, { kind: 'market.organisation.created', subject: id, at: now, payload, parties: [id] });
    });
    return (await findOrganisation(store.db, id)) ?? organisation;
  }

  /** Owners and the operator manage members. */
  async function requireOwner(context: Context, organisationId: string): Promise<Organisation> {
    const organisation = await partners.visible(context, organisationId);
    if (await partners.isOperator(context)) return organisation;
    const own = await partners.organisationsOf(context);
    if (own.some(({ id, memberRole }) => id === organisationId && memberRole === 'owner')) return organisation;
    throw new Fault('forbidden', partnersTexts(context.language).ownersOnly);
  }

  async function addMember(context: Context, organisationId: string, userId: string, role: MemberRole): Promise<void> {
    await requireOwner(context, organisationId);
    const at = clock.now();
    await store.transact(async (tx) => {
      await putMember(tx, organisationId, { userId, role }, at);
      const payload = { userId, role, by: context.userId };
      const parties = [organisationId];
      await trust.record(tx, {
        kind: 'market.organisation.member-added',
        subject: organisationId,
        at,
        payload,
        parties,
      });
    });
  }

  async function removeMember(context: Context, organisationId: string, userId: string): Promise<void> {
    await requireOwner(context, organisationId);
    const at = clock.now();
    const texts = partnersTexts(context.language);
    await store.transact(async (tx) => {
      await lockInTransaction(tx, 'market_partners.member', organisationId);
      if (!(await deleteMember(tx, organisationId, userId))) {
        throw new Fault('notFound', texts.memberNotFound(userId));
      }
      const left = await listMembers(tx, organisationId);
      if (!left.some(({ role }) => role === 'owner')) throw conflict(texts.lastOwner);
      const payload = { userId, by: context.userId };
      const parties = [organisationId];
      await trust.record(tx, {
        ...{ kind: 'market.organisation.member-removed', subject: organisationId, at, payload, parties },
      });
    });
  }

  return [
    idempotency.post({
      path: '/v1/organisations',
      operation: 'market:organisations:create',
      policy: policies.authenticated,
      status: 201,
      body: NewOrganisation,
      handler: (request, id) => create(caller(request), id, request.body),
    }),
    route({
      method: 'GET',
      path: '/v1/organisations',
      operation: 'market:organisations:list',
      policy: policies.authenticated,
      query: PageQuery,
      async handler(request) {
        const context = caller(request);
        const all = await partners.isOperator(context);
        const bounds = pageBounds(request.query);
        const items = all
          ? await listOrganisations(store.db, bounds)
          : (await partners.organisationsOf(context)).filter(({ id }) => id > bounds.after).slice(0, bounds.limit);
        return pageOf(request.query, items);
      },
    }),
    route({
      method: 'GET',
      path: '/v1/organisations/:organisationId',
      operation: 'market:organisations:get',
      policy: policies.authenticated,
      params: Organisation_,
      handler: (request) => partners.visible(caller(request), request.params.organisationId),
    }),
    route({
      method: 'GET',
      path: '/v1/organisations/:organisationId/members',
      operation: 'market:members:list',
      policy: policies.authenticated,
      params: Organisation_,
      async handler(request) {
        const { id } = await partners.visible(caller(request), request.params.organisationId);
        return { items: await listMembers(store.db, id), next: null };
      },
    }),
    idempotency.post({
      path: '/v1/organisations/:organisationId/members',
      operation: 'market:members:add',
      policy: policies.authenticated,
      status: 201,
      params: Organisation_,
      body: NewMember,
      async handler(request) {
        const { userId, role } = request.body;
        await addMember(caller(request), request.params.organisationId, userId, role);
        return { userId, role };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/organisations/:organisationId/members/:userId',
      operation: 'market:members:remove',
      policy: policies.authenticated,
      status: 204,
      params: Type.Object({ organisationId: IdSchema, userId: KeystoneIdSchema }),
      handler: (request) => removeMember(caller(request), request.params.organisationId, request.params.userId),
    }),
  ];
}
