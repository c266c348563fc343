import { type Session, signIn } from '../../harness/client.ts';
import { market, uploadTinyImage } from '../../harness/market.ts';
import { adminPassword, startCloud, type TestCloud } from '../../harness/simulated-cloud.ts';
import { webPage } from '../../harness/stacks.ts';

/** Somebody of the story, with what the sign-in page asks. */
export interface Person {
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  readonly userId: string;
  readonly projectId: string;
}

/** The story's cloud before the customer comes: publisher, reseller and its store, on simulated engines. */
export interface World extends People {
  readonly cloud: TestCloud;
  close(): Promise<void>;
}

/** Who and what is in a furnished cloud. */
export interface People {
  readonly url: string;
  readonly admin: Session;
  readonly publisher: Person;
  readonly reseller: Person;
  readonly employee: Person;
  readonly customerId: string;
  readonly storeId: string;
  readonly offeringId: string;
  /** Where that store is, e.g. `http://hermine.localhost:8000`. */
  readonly storeUrl: string;
}

export const operator = { domain: 'Default', user: 'admin', password: adminPassword } as const;

const slug = 'hermine';

export async function startWorld(): Promise<World> {
  const cloud = await startCloud();
  return { ...(await furnish(cloud.url, adminPassword)), cloud, close: () => cloud.close() };
}

/** Brings the story's people, offering and store into an empty cloud. */
export async function furnish(url: string, password: string): Promise<People> {
  const admin = await signIn(url, 'admin', password, 'admin');
  await uploadTinyImage(admin);
  const publisher = await person(admin, 'Éditions du Phare', 'phare', 'lea');
  const reseller = await person(admin, 'Boutiques Hermine', 'hermine', 'yann');
  const employee = await person(admin, 'Ateliers Mercier', 'mercier', 'camille');
  await market(admin, 'POST', '/organisations', { name: 'Andromède', roles: ['operator'], country: 'FR' });
  const publisherId = await organisation(admin, publisher, 'publisher');
  const resellerId = await organisation(admin, reseller, 'reseller');
  const customerId = await organisation(admin, employee, 'customer');
  const rules = [{ kind: 'percentOfRemainder', percent: '70' }];
  const agreement = await market(admin, 'POST', '/agreements', { publisherId, rules });
  const signer = await signIn(url, publisher.user, publisher.password, 'phare', '/identity', {
    name: publisher.domain,
  });
  await market(signer, 'POST', `/agreements/${agreement.id}/sign`, { side: 'publisher' });
  const offeringId = await publish(admin, publisherId);
  const store = await market(admin, 'POST', '/stores', {
    ...{ resellerId, slug, brand: { name: 'Hermine', logoText: 'H', colours: { primary: '#0a7d55' } } },
    ...{ languages: ['fr', 'en'], marginPercent: '20', offeringIds: [offeringId] },
  });
  return {
    ...{ url, admin, publisher, reseller, employee, customerId, storeId: store.id, offeringId },
    storeUrl: url.replace('127.0.0.1', `${slug}.localhost`),
  };
}

/** A domain with a project and a person in it. */
async function person(admin: Session, domain: string, project: string, user: string): Promise<Person> {
  const domainId = await made(admin, 'domains', 'domain', { name: domain });
  const projectId = await made(admin, 'projects', 'project', { name: project, domain_id: domainId });
  return memberOf(admin, { domain, domainId, projectId }, user);
}

/** Somebody else of the same domain and project. */
export async function colleague(admin: Session, { domain, projectId }: Person, user: string): Promise<Person> {
  const { body } = await admin.call<{ project: { domain_id: string } }>('GET', `/identity/v3/projects/${projectId}`);
  return memberOf(admin, { domain, domainId: body.project.domain_id, projectId }, user);
}

async function memberOf(
  admin: Session,
  { domain, domainId, projectId }: Pick<Person, 'domain' | 'projectId'> & { readonly domainId: string },
  user: string,
): Promise<Person> {
  const password = `${user}-password-of-tests`;
  const userId = await made(admin, 'users', 'user', { name: user, domain_id: domainId, password });
  const { body } = await admin.call<{ roles: { id: string }[] }>('GET', '/identity/v3/roles?name=member');
  const role = body.roles[0]?.id ?? '';
  await admin.call('PUT', `/identity/v3/projects/${projectId}/users/${userId}/roles/${role}`);
  return { domain, user, password, userId, projectId };
}

async function made(admin: Session, path: string, kind: string, body: object): Promise<string> {
  const answer = await admin.call<Record<string, { id: string }>>('POST', `/identity/v3/${path}`, { [kind]: body });
  const id = answer.body[kind]?.id;
  if (id === undefined) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return id;
}

async function organisation(admin: Session, { domain, userId }: Person, role: string): Promise<string> {
  const body = { name: domain, roles: [role], country: 'FR', owners: [userId] };
  return (await market(admin, 'POST', '/organisations', body)).id;
}

/** The web page by the minute, capped by the month. */
async function publish(admin: Session, publisherId: string): Promise<string> {
  const text = (fr: string, en: string) => ({ fr, en });
  const { id } = await market(admin, 'POST', '/offerings', {
    publisherId,
    title: text('Page web', 'Web page'),
    description: text('Une page web sur son propre serveur.', 'A web page on a server of its own.'),
    fulfilment: { kind: 'heat', template: webPage },
    parameters: {
      type: 'object',
      required: ['title'],
      properties: {
        title: {
          ...{ type: 'string', minLength: 1, maxLength: 80, default: 'Bonjour' },
          'x-title': text('Titre de la page', 'Title of the page'),
        },
        size: {
          ...{ type: 'string', enum: ['m1.tiny', 'm1.small'], default: 'm1.tiny' },
          'x-title': text('Taille du serveur', 'Size of the server'),
        },
      },
    },
  });
  const component = { kind: 'usage', id: 'server', name: text('Serveur', 'Server'), unit: 'minute', rate: '0.12' };
  const cap = { monthlyCap: { amount: '30.00', currency: 'EUR' } };
  const price = { currency: 'EUR', components: [{ ...component, ...cap, meter: 'andromede.compute.server.usage.v1' }] };
  await market(admin, 'POST', `/offerings/${id}/plans`, { name: text('À la minute', 'By the minute'), price });
  await market(admin, 'POST', `/offerings/${id}/versions/1/publish`);
  return id;
}
