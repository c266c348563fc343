import type { Context } from '../../kernel/access/context.ts';
import { conflict, Fault } from '../../kernel/base/errors.ts';
import type { Idempotency } from '../../kernel/http/idempotency.ts';
import type { Route } from '../../kernel/http/index.ts';
import type { ModuleDeps } from '../../kernel/module/index.ts';
import type { Migrations, Tx } from '../../kernel/store/index.ts';
import type { TrustApi } from '../trust/index.ts';
import { applicationRoutes } from './api/applications.ts';
import { invitationRoutes } from './api/invitations.ts';
import { organisationRoutes } from './api/organisations.ts';
import type { Member, MemberRole, Organisation, OrganisationRole } from './domain/organisation.ts';
import {
  addMember,
  findOfDomain,
  findOperator,
  findOrganisation,
  insertOrganisation,
  listMembers,
  organisationsOfUser,
} from './store/organisations.ts';
import { partnersTexts } from './texts.ts';

export type { Member, MemberRole, Organisation, OrganisationRole } from './domain/organisation.ts';

export const partnersMigrations: Migrations = {
  context: 'market_partners',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** Who is who: every other context of the market asks here whether the caller may see something. */
export interface PartnersApi {
  /** Whether the caller works for the operator: Keystone's `admin`, or a member of the operator's organisation. */
  isOperator(context: Context): Promise<boolean>;
  /** Throws 403 unless the caller is the operator. */
  requireOperator(context: Context): Promise<void>;
  /** The organisations of which the caller is a member. */
  organisationsOf(context: Context): Promise<readonly (Organisation & { readonly memberRole: MemberRole })[]>;
  /** The organisation, for its members and the operator; for everybody else it does not exist (404). */
  visible(context: Context, organisationId: string): Promise<Organisation>;
  /** The same, but 403 unless it has the role. */
  actingAs(context: Context, organisationId: string, role: OrganisationRole): Promise<Organisation>;
  /** The same, but 403 unless the caller is one of its owners or the operator. */
  ownedBy(context: Context, organisationId: string): Promise<Organisation>;
  /** Whether the caller is a member of the organisation or works for the operator. */
  maySee(context: Context, organisationId: string): Promise<boolean>;
  /** The id of the organisation whose Keystone domain that is, the oldest if there are several. */
  ofDomain(domainId: string): Promise<string | undefined>;
  /** Admits a customer whom the cloud knew before us, and its people; what is known already stays as it is. */
  adopt(
    tx: Tx,
    context: Context,
    organisation: Pick<Organisation, 'id' | 'name' | 'country' | 'domainId'>,
    members: readonly Member[],
    at: Date,
  ): Promise<{ readonly isNew: boolean; readonly members: number }>;
  /** For the market's own work: its people. */
  members(organisationId: string): Promise<readonly Member[]>;
  /** For the market's own work: the organisation whoever asks. */
  find(organisationId: string): Promise<Organisation>;
  /** The same; undefined when there is none. */
  peek(organisationId: string): Promise<Organisation | undefined>;
  /** The merchant of record; 409 before it was created. */
  operator(context: Context): Promise<Organisation>;
}

/** What the contexts of the market are made of. */
export type MarketDeps = ModuleDeps & { readonly idempotency: Idempotency; readonly trust: TrustApi };

/** Organisations and their people. */
export function createPartners(deps: MarketDeps): { api: PartnersApi; routes: readonly Route[] } {
  const { db } = deps.store;

  async function isOperator(context: Context): Promise<boolean> {
    if (context.isAdmin) return true;
    const own = await organisationsOfUser(db, context.userId);
    return own.some(({ roles }) => roles.includes('operator'));
  }

  async function maySee(context: Context, organisationId: string): Promise<boolean> {
    if (context.isAdmin) return true;
    const own = await organisationsOfUser(db, context.userId);
    return own.some(({ id, roles }) => id === organisationId || roles.includes('operator'));
  }

  async function visible(context: Context, organisationId: string): Promise<Organisation> {
    const organisation = (await maySee(context, organisationId))
      ? await findOrganisation(db, organisationId)
      : undefined;
    if (organisation !== undefined) return organisation;
    throw new Fault('notFound', partnersTexts(context.language).organisationNotFound(organisationId));
  }

  const api: PartnersApi = {
    isOperator,
    maySee,
    visible,
    organisationsOf: (context) => organisationsOfUser(db, context.userId),
    async requireOperator(context) {
      if (!(await isOperator(context))) throw new Fault('forbidden', partnersTexts(context.language).operatorOnly);
    },
    async actingAs(context, organisationId, role) {
      const organisation = await visible(context, organisationId);
      if (organisation.roles.includes(role)) return organisation;
      throw new Fault('forbidden', partnersTexts(context.language).roleMissing(organisation.name, role));
    },
    async ownedBy(context, organisationId) {
      const organisation = await visible(context, organisationId);
      if (await isOperator(context)) return organisation;
      const own = await organisationsOfUser(db, context.userId);
      if (own.some(({ id, memberRole }) => id === organisationId && memberRole === 'owner')) return organisation;
      throw new Fault('forbidden', partnersTexts(context.language).ownersOnly);
    },
    ofDomain: (domainId) => findOfDomain(db, domainId),
    async adopt(tx, context, organisation, members, at) {
      const unknown = { registrationNumber: null, vatId: null, iban: null, reviewRequired: false };
      const customer: Organisation = { ...organisation, ...unknown, roles: ['customer'], createdAt: at };
      const isNew = (await insertOrganisation(tx, customer)) === true;
      let added = 0;
      for (const member of members) if (await addMember(tx, organisation.id, member, at)) added += 1;
      if (isNew || added > 0) {
        const payload = { ...organisation, added, by: context.userId };
        const fact = { kind: 'market.organisation.adopted', subject: organisation.id, at, payload };
        await deps.trust.record(tx, { ...fact, parties: [organisation.id] });
      }
      return { isNew, members: added };
    },
    members: (organisationId) => listMembers(db, organisationId),
    async find(organisationId) {
      const organisation = await findOrganisation(db, organisationId);
      if (organisation === undefined) throw new Error(`organisation ${organisationId} is gone`);
      return organisation;
    },
    peek: (organisationId) => findOrganisation(db, organisationId),
    async operator(context) {
      const operator = await findOperator(db);
      if (operator === undefined) throw conflict(partnersTexts(context.language).noOperator);
      return operator;
    },
  };
  const routes = [organisationRoutes, invitationRoutes, applicationRoutes].flatMap((make) => make(deps, api));
  return { api, routes };
}
