import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../harness/client.ts';
import { type Commands, commandsFor } from '../harness/commands.ts';
import { commandsOf } from '../harness/guides.ts';
import { uploadTinyImage } from '../harness/market.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';

let cloud: TestCloud;
let commands: Commands;
let publisherId: string;

beforeAll(async () => {
  cloud = await startCloud();
  commands = commandsFor(cloud.url, { publisher: 'demo' });
  await uploadTinyImage(await signIn(cloud.url, 'admin', adminPassword, 'admin'));
  const { userId } = await signIn(cloud.url, 'demo', demoPassword, 'demo');
  await commands.made(['organisation', 'create', '--name', 'Andromède', '--role', 'operator']);
  const publisher = ['--name', 'Éditions', '--role', 'publisher', '--owner', userId];
  publisherId = (await commands.made(['organisation', 'create', ...publisher])).id;
  const share = ['--publisher', publisherId, '--publisher-percent', '70'];
  const { id } = await commands.made(['agreement', 'create', ...share]);
  await commands.made(['agreement', 'sign', id], 'publisher');
});
afterAll(async () => {
  commands?.close();
  await cloud?.close();
});

describe.each([
  ['en/offering.md', { organisation: 'ORGANISATION', offering: 'OFFERING', draft: 'DRAFT' }],
  ['fr/offre.md', { organisation: 'ORGANISATION', offering: 'OFFRE', draft: 'BROUILLON' }],
])('the guide %s', (guide, words) => {
  it('leads a publisher from a template to a published offering', async () => {
    const ids = new Map([[words.organisation, publisherId]]);
    const typed = commandsOf(guide);
    expect(typed.map(([noun, verb]) => `${noun} ${verb}`)).toEqual([
      ...['offering create', 'plan create', 'offering publish'],
      ...['store create', 'invoice split'],
    ]);
    for (const command of typed) {
      // A draft is there only after a sale; the story has one.
      if (command.includes(words.draft)) continue;
      const answered = await commands.attempt(...command.map((word) => ids.get(word) ?? word), '--output', 'json');
      expect(answered, command.join(' ')).toMatchObject({ code: 0 });
      if (command[0] === 'offering' && command[1] === 'create') {
        ids.set(words.offering, JSON.parse(answered.stdout).id);
      }
    }
    const offerings = await commands.made<{ id: string; versions: { publishedAt: string | null }[] }[]>([
      ...['offering', 'list'],
    ]);
    const made = offerings.find(({ id }) => id === ids.get(words.offering));
    expect(made?.versions.at(-1)?.publishedAt).toEqual(expect.any(String));
  }, 60_000);
});
