import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../harness/client.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';

const program = fileURLToPath(new URL('../../bin/andromede', import.meta.url));
const template = fileURLToPath(new URL('../../examples/web-page/template.yaml', import.meta.url));

let cloud: TestCloud;
let dir: string;

beforeAll(async () => {
  cloud = await startCloud();
  dir = mkdtempSync(join(tmpdir(), 'andromede-commands-'));
  const entry = (name: string, password: string) => ({
    auth: { auth_url: `${cloud.url}/identity/v3`, username: name, password, project_name: name },
  });
  const clouds = { admin: entry('admin', adminPassword), demo: entry('demo', demoPassword) };
  // JSON is YAML.
  writeFileSync(join(dir, 'clouds.yaml'), JSON.stringify({ clouds }));
  const admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
  const image = { name: 'andromede-tiny', disk_format: 'raw', container_format: 'bare', visibility: 'public' };
  const { body } = await admin.call<{ id: string }>('POST', '/image/v2/images', image);
  await admin.call('PUT', `/image/v2/images/${body.id}/file`, Buffer.alloc(512));
});
afterAll(async () => {
  await cloud?.close();
  rmSync(dir, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Types a command as a person would. */
function attempt(...args: string[]): Promise<Outcome> {
  const env = { PATH: process.env.PATH, LANG: 'en_GB.UTF-8', OS_CLIENT_CONFIG_FILE: join(dir, 'clouds.yaml') };
  return new Promise((resolve) => {
    execFile(program, args, { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** The same as the operator, who may do everybody's part; answers the API's JSON. */
async function made<T = { id: string }>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await attempt(...args, '--cloud', 'admin', '--output', 'json');
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

describe('the commands', () => {
  it('play a sale, from the template to the end of the subscription', async () => {
    const organisation = (name: string, role: string) => made('organisation', 'create', '--name', name, '--role', role);
    await organisation('Andromède', 'operator');
    const publisher = await organisation('Éditions', 'publisher');
    const reseller = await organisation('Boutiques', 'reseller');
    const customer = await organisation('Ateliers', 'customer');
    await made('agreement', 'create', '--publisher', publisher.id, '--publisher-percent', '70');
    const titles = ['--title-fr', 'Page', '--title-en', 'Page', '--description-fr', 'Une.', '--description-en', 'One.'];
    const content = ['--template', template, ...titles];
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
