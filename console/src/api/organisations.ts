import { queryOptions } from '@tanstack/react-query';
import type { Invitation, Member, Organisation, OrganisationApplication } from '../../../src/client/market.ts';
import { call } from './http.ts';
import { type List, marketList } from './list.ts';

const market = '/market/v1';

/** An organisation as its own people see it. */
export interface OwnOrganisation extends Organisation {
  readonly registrationNumber: string | null;
  readonly iban: string | null;
}

export const organisationQuery = (id: string) =>
  queryOptions({
    queryKey: ['organisation', id],
    queryFn: () => call<OwnOrganisation>('GET', `${market}/organisations/${id}`),
  });

/** Under `cloud`, so that what changes them has them asked for again. */
const changing = <T>(list: List<T>): List<T> => ({ ...list, key: ['cloud', ...list.key] });

export const membersOf = (id: string): List<Member> =>
  changing({
    key: ['members', id],
    page: () => call('GET', `${market}/organisations/${id}/members`),
  });

export const invitationsOf = (id: string): List<Invitation> => {
  const list = marketList<Invitation>('invitations', `/organisations/${id}/invitations`);
  return changing({ ...list, key: [...list.key, id] });
};

/** One's own, or for the operator everybody's. */
export const applications = changing(marketList<OrganisationApplication>('applications', '/applications'));

/** Makes a way in for one person; the answer alone has its secret. */
export async function invite(
  id: string,
  role: string,
  note: string,
): Promise<Invitation & { readonly secret: string }> {
  return call('POST', `${market}/organisations/${id}/invitations`, { body: { role, note } });
}

export async function revokeInvitation({ organisationId, id }: Invitation): Promise<void> {
  await call('DELETE', `${market}/organisations/${organisationId}/invitations/${id}`);
}

/** What one came into. */
export interface Joined {
  readonly organisationId: string;
  readonly name: string;
  readonly role: string;
}

export async function acceptInvitation(secret: string): Promise<Joined> {
  return call('POST', `${market}/invitation-acceptances`, { body: { secret } });
}

export async function removeMember(id: string, userId: string): Promise<void> {
  await call('DELETE', `${market}/organisations/${id}/members/${userId}`);
}

/** What one says of an organisation that would be admitted; empty texts are not said. */
export interface NewApplication {
  readonly name: string;
  readonly roles: readonly string[];
  readonly country: string;
  readonly registrationNumber: string;
  readonly vatId: string;
  readonly iban: string;
  readonly message: string;
}

export async function apply(application: NewApplication): Promise<void> {
  const said = Object.entries(application).filter(([, value]) => value !== '');
  await call('POST', `${market}/applications`, { body: Object.fromEntries(said) });
}

export async function withdraw(applicationId: string): Promise<void> {
  await call('DELETE', `${market}/applications/${applicationId}`);
}

export async function admit(applicationId: string, reviewRequired: boolean): Promise<void> {
  await decide(applicationId, { decision: 'admit', reviewRequired });
}

export async function refuse(applicationId: string, reason: string): Promise<void> {
  await decide(applicationId, { decision: 'refuse', reason });
}

async function decide(applicationId: string, body: object): Promise<void> {
  await call('POST', `${market}/applications/${applicationId}/decision`, { body });
}
