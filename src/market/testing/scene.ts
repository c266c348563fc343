import { databaseContent, spaceContent, taskContent } from './contents.ts';
import type { Call } from './market.ts';

/** What the tests' story has made. */
export interface Scene {
  readonly operatorId: string;
  readonly publisherId: string;
  readonly resellerId: string;
  readonly customerId: string;
  readonly offeringId: string;
  readonly planId: string;
  readonly storeId: string;
}

/** The people of the story, by their tests' tokens. */
export const people = {
  operator: 'admin@ops',
  publisher: 'paul@publishing',
  reseller: 'rita@reselling',
  customer: 'eve@acme',
  stranger: 'mallory@elsewhere',
} as const;

const name = (fr: string, en: string) => ({ fr, en });

/** An offering; `template` may hold `fail` or `invalid`, which the simulated cloud understands. */
export function offeringOf(publisherId: string, template = 'heat_template_version: 2021-04-16'): object {
  return {
    publisherId,
    title: name('Site web', 'Web site'),
    description: name('Un serveur qui sert une page.', 'A server that serves a page.'),
    fulfilment: { kind: 'heat', template },
    parameters: {
      type: 'object',
      properties: { title: { type: 'string', maxLength: 40, default: 'Bonjour' } },
    },
  };
}

export const webPlan = {
  name: name('À la minute', 'By the minute'),
  price: {
    currency: 'EUR',
    components: [
      {
        ...{ kind: 'usage', id: 'server', name: name('Serveur', 'Server'), unit: 'minute', rate: '0.02' },
        meter: 'andromede.compute.server.usage.v1',
        monthlyCap: { amount: '15.00', currency: 'EUR' },
      },
    ],
  },
};

async function made(call: Call, token: string, request: string, body: object): Promise<string> {
  const answer = await call(token, request, body);
  if (answer.status >= 300) throw new Error(`${request}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return String(answer.body.id);
}

/** The publisher publishes an offering with a plan. */
export async function publish(
  call: Call,
  publisherId: string,
  template?: string,
): Promise<Pick<Scene, 'offeringId' | 'planId'>> {
  const offeringId = await made(call, people.publisher, 'POST /offerings', offeringOf(publisherId, template));
  const planId = await made(call, people.publisher, `POST /offerings/${offeringId}/plans`, webPlan);
  await made(call, people.publisher, `POST /offerings/${offeringId}/versions/1/publish`, {});
  return { offeringId, planId };
}

const storeContent = (offeringIds: readonly string[]) => ({
  brand: { name: 'La Boutique', logoText: 'LB', colours: { primary: '#0a7d55' } },
  languages: ['fr', 'en'],
  marginPercent: '15',
  offeringIds,
});

/** Publishes one more offering, which the store then sells besides the scene's. */
export async function sell(call: Call, scene: Scene, template: string): Promise<Pick<Scene, 'offeringId' | 'planId'>> {
  const published = await publish(call, scene.publisherId, template);
  const content = storeContent([scene.offeringId, published.offeringId]);
  await made(call, people.reseller, `PUT /stores/${scene.storeId}`, content);
  return published;
}

/** What of an offering is not the same in all of them. */
export interface OfferingContent {
  readonly fulfilment: object;
  readonly parameters?: object;
  readonly outputs?: object;
}

/** Publishes an offering of that content, with a plan of each of these codes, and has the store sell it too. */
export async function sellContent(
  call: Call,
  scene: Scene,
  content: OfferingContent,
  codes: readonly string[] = ['standard'],
): Promise<Pick<Scene, 'offeringId' | 'planId'> & { readonly planIds: readonly string[] }> {
  const texts = { title: name('Offre', 'Offer'), description: name('Une offre.', 'An offer.') };
  const body = { publisherId: scene.publisherId, ...texts, ...content };
  const offeringId = await made(call, people.publisher, 'POST /offerings', body);
  const planIds: string[] = [];
  for (const code of codes) {
    planIds.push(await made(call, people.publisher, `POST /offerings/${offeringId}/plans`, { ...webPlan, code }));
  }
  await made(call, people.publisher, `POST /offerings/${offeringId}/versions/1/publish`, {});
  const { body: store } = await call(people.reseller, `GET /stores/${scene.storeId}`);
  await made(call, people.reseller, `PUT /stores/${scene.storeId}`, storeContent([...store.offeringIds, offeringId]));
  return { offeringId, planId: planIds[0] ?? '', planIds };
}

type Part = Pick<Scene, 'offeringId' | 'planId'>;

/** A composite on sale, and what it is made of. */
export type Composite = Awaited<ReturnType<typeof sellContent>> & {
  readonly parts: Readonly<Record<'stack' | 'saas' | 'database' | 'visit', Part>>;
};

/** The demo composite: a stack, a publisher's webhook, a broker's database and a day of an integrator's work. */
export async function compose(
  call: Call,
  scene: Scene,
  { webhookEndpointId, brokerEndpointId }: { readonly webhookEndpointId: string; readonly brokerEndpointId: string },
): Promise<Composite> {
  const part = async (content: OfferingContent): Promise<Part> => {
    const { offeringId, planId } = await sellContent(call, scene, content);
    return { offeringId, planId };
  };
  const fulfilment = { kind: 'heat', template: 'heat_template_version: 2021-04-16' };
  const parts = {
    stack: await part({ fulfilment, outputs: { url: { type: 'string' } } }),
    saas: await part(spaceContent(webhookEndpointId)),
    database: await part(databaseContent(brokerEndpointId)),
    visit: await part(taskContent),
  };
  const from = (component: string, output: string) => ({ component, output });
  const components = [
    { name: 'visit', ...parts.visit, inputs: { site: from('saas', 'url') } },
    { name: 'saas', ...parts.saas, inputs: { origin: from('stack', 'url'), name: { parameter: 'name' } } },
    { name: 'stack', ...parts.stack, inputs: {} },
    { name: 'database', ...parts.database, inputs: {} },
  ];
  const outputs = { report: from('visit', 'report'), password: from('database', 'password') };
  const parameters = { type: 'object', properties: { name: { type: 'string' } } };
  const sold = await sellContent(call, scene, { fulfilment: { kind: 'composite', components, outputs }, parameters });
  return { ...sold, parts };
}

/** Plays the story up to an open store: four organisations, an agreement, a published offering, a store with a margin. */
export async function openStore(call: Call): Promise<Scene> {
  const organisation = (title: string, role: string, token: string) =>
    made(call, people.operator, 'POST /organisations', {
      ...{ name: title, roles: [role], country: 'FR', owners: [token.split('@')[0]] },
    });
  const operatorId = await organisation('Andromède', 'operator', 'olga');
  const publisherId = await organisation('Éditions Web', 'publisher', people.publisher);
  const resellerId = await organisation('Revendeur', 'reseller', people.reseller);
  const customerId = await organisation('Acme', 'customer', people.customer);
  const rules = [{ kind: 'percentOfRemainder', percent: '70' }];
  const agreementId = await made(call, people.operator, 'POST /agreements', { publisherId, rules });
  await made(call, people.publisher, `POST /agreements/${agreementId}/sign`, { side: 'publisher' });
  const { offeringId, planId } = await publish(call, publisherId);
  const store = { resellerId, slug: 'shop', ...storeContent([offeringId]) };
  const storeId = await made(call, people.reseller, 'POST /stores', store);
  return { operatorId, publisherId, resellerId, customerId, offeringId, planId, storeId };
}

/** The body of a quote in that scene. */
export function quoteIn(scene: Scene, parameters: object = {}): object {
  const { customerId, storeId, offeringId, planId } = scene;
  return { organisationId: customerId, storeId, offeringId, planId, parameters };
}

/** A usage event of a server. */
export function usageEvent(id: string, serverId: string, start: string, seconds: number, projectId = 'acme'): object {
  const end = new Date(Date.parse(start) + seconds * 1000).toISOString();
  return {
    ...{ specversion: '1.0', id, source: '/telemetry', type: 'andromede.compute.server.usage.v1', subject: serverId },
    time: end,
    data: { projectId, start, end, quantity: seconds, unit: 'second' },
  };
}
