import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { IdSchema, KeystoneIdSchema, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { lockInTransaction } from '../../../kernel/store/index.ts';
import { admit, requireRightNumbers } from '../admission.ts';
import type { MemberRole, Organisation, OrganisationRole } from '../domain/organisation.ts';
import { organisationRoles } from '../domain/organisation.ts';
import type { MarketDeps, PartnersApi } from '../index.ts';
import { deleteMember, findOrganisation, listMembers, listOrganisations, putMember } from '../store/organisations.ts';
import { partnersTexts } from '../texts.ts';

const closed = { additionalProperties: false };
export const MemberRoleSchema = Type.Enum(['owner', 'member']);
const Organisation_ = Type.Object({ organisationId: IdSchema });

export const rolesOf = <R extends OrganisationRole>(roles: readonly R[]) =>
  Type.Array(Type.Enum([...roles]), { minItems: 1, maxItems: roles.length, uniqueItems: true });

/** What a legal person says of itself. */
export const legalPerson = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' }),
  registrationNumber: Type.Optional(Type.String({ minLength: 1, maxLength: 50, description: 'SIREN in France' })),
  vatId: Type.Optional(Type.String({ pattern: '^[A-Z]{2}[A-Z0-9]{2,13}$' })),
  iban: Type.Optional(Type.String({ pattern: '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$', description: 'ISO 13616' })),
};

const NewOrganisation = Type.Object(
  {
    ...legalPerson,
    roles: rolesOf(organisationRoles),
    domainId: Type.Optional(KeystoneIdSchema),
    reviewRequired: Type.Optional(Type.Boolean()),
    owners: Type.Optional(Type.Array(KeystoneIdSchema, { maxItems: 100, uniqueItems: true })),
  },
  closed,
);
const NewMember = Type.Object({ userId: KeystoneIdSchema, role: MemberRoleSchema }, closed);

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
    requireRightNumbers(context, organisation);
    await store.transact((tx) => admit(deps, tx, context, organisation, owners));
    return (await findOrganisation(store.db, id)) ?? organisation;
  }

  async function addMember(context: Context, organisationId: string, userId: string, role: MemberRole): Promise<void> {
    await partners.ownedBy(context, organisationId);
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
    await partners.ownedBy(context, organisationId);
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
