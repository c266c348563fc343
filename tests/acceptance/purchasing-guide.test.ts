import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, signIn } from '../harness/client.ts';
import { type Commands, commandsFor } from '../harness/commands.ts';
import { commandsOf } from '../harness/guides.ts';
import { openShop, type Shop, uploadTinyImage } from '../harness/market.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';

let cloud: TestCloud;
let commands: Commands;
let demo: Session;
let shop: Shop;

beforeAll(async () => {
  cloud = await startCloud();
  commands = commandsFor(cloud.url, { owner: 'demo', manager: 'demo', employee: 'admin' });
  const admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
  demo = await signIn(cloud.url, 'demo', demoPassword, 'demo');
  await uploadTinyImage(admin);
  shop = await openShop(admin, demo);
});
afterAll(async () => {
  commands?.close();
  await cloud?.close();
});

describe.each([
  ['en/purchasing.md', ['STORE', 'OFFERING', 'PLAN', 'QUOTE', 'ORDER']],
  ['fr/achats.md', ['BOUTIQUE', 'OFFRE', 'FORMULE', 'DEVIS', 'COMMANDE']],
])('the guide %s', (guide, [store = '', offering = '', plan = '', quote = '', order = '']) => {
  it('leads a company from its rules to an approved order, whose bill says the cost centre', async () => {
    const customer = ['--name', 'Ateliers', '--role', 'customer', '--owner', demo.userId];
    const { id: organisation } = await commands.made(['organisation', 'create', ...customer]);
    const ids = new Map([
      ...([
        ['ORGANISATION', organisation],
        [store, 'shop'],
      ] as const),
      ...([
        [offering, shop.offeringId],
        [plan, shop.planId],
      ] as const),
    ]);
    const typed = commandsOf(guide);
    expect(typed.map(([noun, verb]) => `${noun} ${verb}`)).toEqual([
      ...['purchasing-policy set', 'purchasing-policy show', 'quote create', 'order create'],
      ...['approval list', 'approval approve'],
    ]);
    for (const command of typed) {
      const answered = await commands.attempt(...command.map((word) => ids.get(word) ?? word), '--output', 'json');
      expect(answered, command.join(' ')).toMatchObject({ code: 0 });
      const [noun = '', verb] = command;
      if (verb === 'create') ids.set(noun === 'quote' ? quote : order, JSON.parse(answered.stdout).id);
      if (verb === 'list') expect(JSON.parse(answered.stdout)).toMatchObject([{ id: ids.get(order) }]);
    }
    const id = ids.get(order) ?? '';
    const { code, stdout } = await commands.attempt('order', 'watch', id, '--cloud', 'employee');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/state +completed\n/) });
    expect(stdout).toMatch(/cost centre +R-42 \(Recherche\)\napproval +granted; approved by demo/);
    const { subscriptionId } = await commands.made<{ subscriptionId: string }>(['order', 'show', id]);
    const draft = await commands.attempt('invoice', 'draft', subscriptionId, '--cloud', 'admin');
    expect(draft.stdout).toMatch(/cost centre +R-42 \(Recherche\)/);
  }, 60_000);
});
