import { createHash, randomBytes } from 'node:crypto';
import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { IdSchema, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { type Invitation, invitationEnd, invitationState } from '../domain/invitation.ts';
import type { MarketDeps, PartnersApi } from '../index.ts';
import {
  findInvitation,
  insertInvitation,
  listInvitations,
  lockInvitation,
  setAccepted,
  setRevoked,
} from '../store/invitations.ts';
import { addMember, findOrganisation, putMember } from '../store/organisations.ts';
import { partnersTexts } from '../texts.ts';
import { MemberRoleSchema } from './organisations.ts';

const closed = { additionalProperties: false };
const NewInvitation = Type.Object(
  {
    role: MemberRoleSchema,
    note: Type.Optional(Type.String({ maxLength: 200, description: 'whom it is for, in your own words' })),
  },
  closed,
);
const Acceptance = Type.Object({ secret: Type.String({ pattern: '^ami_[A-Za-z0-9_-]{43}$' }) }, closed);

/** Of 256 random bits nothing can be guessed from a plain hash. */
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** How people come into an organisation by themselves: its owners invite, whoever shows the secret accepts. */
export function invitationRoutes({ store, clock, trust }: MarketDeps, partners: PartnersApi): Route[] {
  const viewOf = (invitation: Invitation) => ({ ...invitation, state: invitationState(invitation, clock.now()) });

  async function invite(context: Context, organisationId: string, body: Static<typeof NewInvitation>): Promise<object> {
    await partners.ownedBy(context, organisationId);
    const at = clock.now();
    const secret = `ami_${randomBytes(32).toString('base64url')}`;
    const made: Invitation = {
      ...{ id: newId(at.getTime()), organisationId, role: body.role, note: body.note ?? '', invitedBy: context.userId },
      ...{ createdAt: at, expiresAt: invitationEnd(at), acceptedBy: null, acceptedAt: null, revokedAt: null },
    };
    await store.transact(async (tx) => {
      await insertInvitation(tx, made, hashOf(secret));
      const payload = { role: made.role, organisationId, expiresAt: made.expiresAt, by: context.userId };
      const parties = [organisationId];
      await trust.record(tx, { kind: 'market.invitation.made', subject: made.id, at, payload, parties });
    });
    return { ...viewOf(made), secret };
  }

  async function revoke(context: Context, organisationId: string, id: string): Promise<void> {
    await partners.ownedBy(context, organisationId);
    const at = clock.now();
    const texts = partnersTexts(context.language);
    const found = await findInvitation(store.db, id);
    if (found?.organisationId !== organisationId) throw new Fault('notFound', texts.invitationNotFound);
    await store.transact(async (tx) => {
      if (await setRevoked(tx, id, at)) {
        const payload = { organisationId, by: context.userId };
        const parties = [organisationId];
        await trust.record(tx, { kind: 'market.invitation.revoked', subject: id, at, payload, parties });
      } else if ((await findInvitation(tx, id))?.acceptedAt !== null) throw conflict(texts.invitationUsed);
    });
  }

  /** Accepted again by the same person, it answers the same. An owner who accepts to be a member stays an owner. */
  async function accept(context: Context, secret: string): Promise<object> {
    const at = clock.now();
    const { userId } = context;
    const texts = partnersTexts(context.language);
    const accepted = await store.transact(async (tx) => {
      const found = await lockInvitation(tx, hashOf(secret));
      if (found === undefined) throw new Fault('notFound', texts.invitationNotFound);
      const { id, organisationId, role } = found;
      const state = invitationState(found, at);
      if (state === 'accepted' && found.acceptedBy === userId) return found;
      if (state === 'accepted') throw conflict(texts.invitationUsed);
      if (state !== 'open') throw conflict(state === 'revoked' ? texts.invitationRevoked : texts.invitationExpired);
      await setAccepted(tx, id, userId, at);
      if (role === 'owner') await putMember(tx, organisationId, { userId, role }, at);
      else await addMember(tx, organisationId, { userId, role }, at);
      const payload = { organisationId, role, invitedBy: found.invitedBy, by: userId };
      await trust.record(tx, {
        ...{ kind: 'market.invitation.accepted', subject: id, at, payload, parties: [organisationId] },
      });
      return found;
    });
    const { organisationId, role } = accepted;
    return { organisationId, role, name: (await findOrganisation(store.db, organisationId))?.name ?? '' };
  }

  return [
    // Without an `Idempotency-Key`: the answer holds the secret, which is kept nowhere.
    route({
      method: 'POST',
      path: '/v1/organisations/:organisationId/invitations',
      operation: 'market:invitations:create',
      policy: policies.authenticated,
      status: 201,
      params: Type.Object({ organisationId: IdSchema }),
      body: NewInvitation,
      handler: (request) => invite(caller(request), request.params.organisationId, request.body),
    }),
    route({
      method: 'GET',
      path: '/v1/organisations/:organisationId/invitations',
      operation: 'market:invitations:list',
      policy: policies.authenticated,
      params: Type.Object({ organisationId: IdSchema }),
      query: PageQuery,
      async handler(request) {
        const { id: organisationId } = await partners.ownedBy(caller(request), request.params.organisationId);
        const found = await listInvitations(store.db, { ...pageBounds(request.query), organisationId });
        return pageOf(request.query, found.map(viewOf));
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/organisations/:organisationId/invitations/:invitationId',
      operation: 'market:invitations:revoke',
      policy: policies.authenticated,
      status: 204,
      params: Type.Object({ organisationId: IdSchema, invitationId: IdSchema }),
      handler: (request) => revoke(caller(request), request.params.organisationId, request.params.invitationId),
    }),
    route({
      method: 'POST',
      path: '/v1/invitation-acceptances',
      operation: 'market:invitations:accept',
      policy: policies.authenticated,
      status: 201,
      body: Acceptance,
      handler: (request) => accept(caller(request), request.body.secret),
    }),
  ];
}
