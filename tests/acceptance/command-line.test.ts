import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../harness/client.ts';
import { type Commands, commandsFor } from '../harness/commands.ts';
import { uploadTinyImage } from '../harness/market.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';

let cloud: TestCloud;
let commands: Commands;

beforeAll(async () => {
  cloud = await startCloud();
  commands = commandsFor(cloud.url);
  await uploadTinyImage(await signIn(cloud.url, 'admin', adminPassword, 'admin'));
});
afterAll(async () => {
  commands?.close();
  await cloud?.close();
});

const attempt = (...args: string[]) => commands.attempt(...args);
/** By the operator, who may do everybody's part. */
const made = <T = { id: string }>(...args: string[]) => commands.made<T>(args);

describe('the commands', () => {
  it('play a sale, from the template to the end of the subscription', async () => {
    const organisation = (name: string, role: string) => made('organisation', 'create', '--name', name, '--role', role);
    await organisation('Andromède', 'operator');
    const { userId } = await signIn(cloud.url, 'demo', demoPassword, 'demo');
    const owned = ['--role', 'publisher', '--owner', userId];
    const publisher = await made('organisation', 'create', '--name', 'Éditions', ...owned);
    const reseller = await organisation('Boutiques', 'reseller');
    const customer = await organisation('Ateliers', 'customer');
    const agreement = await made('agreement', 'create', '--publisher', publisher.id, '--publisher-percent', '70');
    await commands.made(['agreement', 'sign', agreement.id], 'demo');
    const titles = ['--title-fr', 'Page', '--title-en', 'Page', '--description-fr', 'Une.', '--description-en', 'One.'];
    const content = ['--template', 'examples/web-page/template.yaml', ...titles];
    const offering = await made('offering', 'create', '--publisher', publisher.id, ...content);
    const price = ['--rate', '0.02', '--monthly-cap', '15.00'];
    const names = ['--name-fr', 'À la minute', '--name-en', 'By the minute'];
    const plan = await made('plan', 'create', '--offering', offering.id, ...names, ...price);
    await made('offering', 'publish', offering.id);
    const brand = ['--name', 'Hermine', '--logo', 'H', '--margin', '15', '--colour', 'primary=#0a7d55'];
    const goods = ['--offering', offering.id];
    await made('store', 'create', '--reseller', reseller.id, '--slug', 'hermine', ...brand, ...goods);

    const offers = await attempt('storefront', 'offers', 'hermine', '--cloud', 'demo', '--lang', 'fr');
    expect(offers.stdout.replaceAll(/\s/g, ' ')).toContain('0,023 € HT par minute entamée, au plus 17,25 € HT');

    const what = ['--store', 'hermine', '--offering', offering.id, '--plan', plan.id, '--organisation', customer.id];
    const quote = await made('quote', 'create', ...what, '--parameter', 'title=Bonjour');
    const key = ['--idempotency-key', 'order-of-the-test'];
    const order = await made<{ id: string; subscriptionId: string }>('order', 'create', '--quote', quote.id, ...key);
    expect(await made('order', 'create', '--quote', quote.id, ...key)).toMatchObject({ id: order.id });
    const watched = await attempt('order', 'watch', order.id, '--cloud', 'admin');
    expect(watched.stdout).toMatch(/^CREATE_IN_PROGRESS\s+sub-[\s\S]*CREATE_COMPLETE\s+server[\s\S]*state +completed/);

    const ended = await made('subscription', 'terminate', order.subscriptionId, '--wait');
    expect(ended).toMatchObject({ state: 'terminated' });
    const facts = await made<{ kind: string }[]>('facts', 'list', '--subject', order.id);
    expect(facts.map(({ kind }) => kind)).toContain('market.order.completed');
  }, 60_000);

  it('tell a refusal in the API’s words with its request id, and end with 1', async () => {
    const { code, stdout, stderr } = await attempt(
      'organisation',
      'create',
      '--name',
      'x',
      '--role',
      'customer',
      '--cloud',
      'demo',
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^andromede: .*operator.* \(HTTP 403, req-[0-9a-f-]{36}\)\n$/i);
  });

  it('say so when nobody is signed in, and end with 2', async () => {
    const { code, stderr } = await attempt('order', 'list');
    expect(code).toBe(2);
    expect(stderr).toContain('--cloud');
  });
});
