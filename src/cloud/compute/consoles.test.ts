import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { newId } from '../../kernel/base/ids.ts';
import { sql } from '../../kernel/store/index.ts';
import { microversion, type ServersUnderTest, servers, serversUnderTest } from './servers.harness.ts';

const mine = newId();
const greeting = 'RFB 003.008\n';

let test: ServersUnderTest;
let id: string;

beforeAll(async () => {
  test = await serversUnderTest();
  test.hypervisor.console = async () => {
    const screen = new PassThrough();
    screen.write(greeting);
    return screen;
  };
  id = await test.active(mine);
});

afterAll(() => test.close());

function ask(token: string, protocol: string, type: string, server = id) {
  const json = { remote_console: { protocol, type } };
  return test.cloud.call(token, 'POST', `${servers}/${server}/remote-consoles`, { json, headers: microversion('2.6') });
}

/** The WebSocket behind a console's URL. */
function socketOf(url: string): string {
  const path = new URL(url).searchParams.get('path') ?? new URL(url).pathname + new URL(url).search;
  return `${test.cloud.url.replace('http', 'ws')}/${path.replace(/^\//, '')}`;
}

/** What the server says first; undefined when it refuses the connection. */
async function firstWords(url: string): Promise<string | undefined> {
  const client = new WebSocket(url, ['binary']);
  const refused = once(client, 'unexpected-response').then(([request]) => {
    request.destroy();
    return undefined;
  });
  const said = once(client, 'message').then(([data]) => String(data));
  client.on('error', () => {});
  try {
    return await Promise.race([refused, said]);
  } finally {
    client.terminate();
  }
}

describe('a console', () => {
  it('is opened once, by whoever has its token', async () => {
    const { status, body } = await ask(mine, 'vnc', 'novnc');
    expect(status).toBe(200);
    expect(body.remote_console).toMatchObject({ protocol: 'vnc', type: 'novnc' });
    const url = socketOf(body.remote_console.url);
    const [first, second] = await Promise.all([firstWords(url), firstWords(url)]);
    expect([first, second].filter((words) => words === greeting)).toHaveLength(1);
    expect(await firstWords(url)).toBeUndefined();
  });

  it('of a serial line has a WebSocket for URL', async () => {
    const { body } = await ask(mine, 'serial', 'serial');
    expect(body.remote_console.url).toMatch(/^ws:/);
    expect(await firstWords(socketOf(body.remote_console.url))).toBe(greeting);
  });

  it('carries bytes both ways', async () => {
    const { body } = await ask(mine, 'vnc', 'novnc');
    const client = new WebSocket(socketOf(body.remote_console.url), ['binary']);
    const received: string[] = [];
    client.on('message', (data) => received.push(String(data)));
    await once(client, 'open');
    expect(client.protocol).toBe('binary');
    client.send(Buffer.from('typed'));
    await expect.poll(() => received.join('')).toBe(`${greeting}typed`);
    client.close();
  });

  it('stays shut to a token that is unknown or too old', async () => {
    const { body } = await ask(mine, 'vnc', 'novnc');
    const url = socketOf(body.remote_console.url);
    await sql`update compute.console_token set expires_at = now() - interval '1 second'`.execute(test.store.db);
    expect(await firstWords(url)).toBeUndefined();
    expect(await firstWords(url.replace(/token=.*/, 'token=x'))).toBeUndefined();
    expect(await firstWords(url.replace(/\?.*/, ''))).toBeUndefined();
    expect(await firstWords(url.replace('/console', '/elsewhere'))).toBeUndefined();
  });

  it('keeps no token in the clear', async () => {
    const { body } = await ask(mine, 'serial', 'serial');
    const token = new URL(body.remote_console.url).searchParams.get('token') ?? '';
    const { rows } = await sql<{ text: string }>`select t::text as text from compute.console_token t`.execute(
      test.store.db,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('is not for strangers, nor of a server that is off, nor of a kind that is not there', async () => {
    expect((await ask(newId(), 'vnc', 'novnc')).status).toBe(404);
    expect((await ask(mine, 'spice', 'spice-html5')).status).toBe(400);
    expect((await ask(mine, 'serial', 'novnc')).status).toBe(400);
    const off = await test.active(mine);
    await test.action(mine, off, { 'os-stop': null });
    await test.until(mine, off, 'SHUTOFF');
    expect((await ask(mine, 'vnc', 'novnc', off)).status).toBe(409);
  });

  it('was asked for by an action until 2.5', async () => {
    const { status, body } = await test.action(mine, id, { 'os-getVNCConsole': { type: 'novnc' } });
    expect(status).toBe(200);
    expect(await firstWords(socketOf(body.console.url))).toBe(greeting);
    expect((await test.action(mine, id, { 'os-getVNCConsole': { type: 'novnc' } }, '2.6')).status).toBe(404);
    expect((await test.action(mine, id, { 'os-getSPICEConsole': { type: 'spice-html5' } })).status).toBe(400);
  });
});
