import type { Session } from './client.ts';
import { webPage } from './stacks.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever the API answered.
type Answer = any;

/** Asks the market; rejects when it refuses. With `key`, under that Idempotency-Key. */
export async function market(
  session: Session,
  method: string,
  path: string,
  body?: object,
  key?: string,
): Promise<Answer> {
  const headers: Record<string, string> = key === undefined ? {} : { 'Idempotency-Key': key };
  const sent = method === 'GET' ? undefined : (body ?? {});
  const answer = await session.call(method, `/market/v1${path}`, sent, headers);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** A public image of that name, for guests that only simulated engines start; unless the cloud brought its own. */
export async function uploadTinyImage(admin: Session): Promise<void> {
  const there = await admin.call<{ images: object[] }>('GET', '/image/v2/images?name=andromede-tiny');
  if (there.body.images.length > 0) return;
  const image = { name: 'andromede-tiny', disk_format: 'raw', container_format: 'bare', visibility: 'public' };
  const { body } = await admin.call<{ id: string }>('POST', '/image/v2/images', image);
  await admin.call('PUT', `/image/v2/images/${body.id}/file`, new Uint8Array(1000));
}

/** What a customer chooses. */
export interface Shop {
  readonly customerId: string;
  readonly storeId: string;
  readonly offeringId: string;
  readonly planId: string;
}

const both = (text: string) => ({ fr: text, en: text });

/** Everything that is there before the customer comes: the web page, for 0.01 € a second and 15 % for the reseller. */
export async function openShop(admin: Session, demo: Session): Promise<Shop> {
  const organisation = (name: string, role: string) =>
    market(admin, 'POST', '/organisations', { name, roles: [role], country: 'FR', owners: [demo.userId] });
  await market(admin, 'POST', '/organisations', { name: 'Andromède', roles: ['operator'], country: 'FR' });
  const { id: publisherId } = await organisation('Éditions', 'publisher');
  const { id: resellerId } = await organisation('Revendeur', 'reseller');
  const { id: customerId } = await organisation('Acme', 'customer');
  const rules = [{ kind: 'percentOfRemainder', percent: '70' }];
  const agreement = await market(admin, 'POST', '/agreements', { publisherId, rules });
  await market(demo, 'POST', `/agreements/${agreement.id}/sign`, { side: 'publisher' });
  const offering = await market(demo, 'POST', '/offerings', {
    ...{ publisherId, title: both('Web'), description: both('Web') },
    fulfilment: { kind: 'heat', template: webPage },
    parameters: { type: 'object', properties: { title: { type: 'string', default: 'Bonjour' } } },
  });
  const component = { kind: 'usage', id: 'server', name: both('Server'), unit: 'second', rate: '0.01' };
  const meter = 'andromede.compute.server.usage.v1';
  const price = { currency: 'EUR', components: [{ ...component, meter }] };
  const plan = await market(demo, 'POST', `/offerings/${offering.id}/plans`, { name: both('By the second'), price });
  await market(demo, 'POST', `/offerings/${offering.id}/versions/1/publish`);
  const store = await market(demo, 'POST', '/stores', {
    ...{ resellerId, slug: 'shop', brand: { name: 'Shop', logoText: 'S', colours: {} } },
    ...{ languages: ['fr'], marginPercent: '15', offeringIds: [offering.id] },
  });
  return { customerId, storeId: store.id, offeringId: offering.id, planId: plan.id };
}
