import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fault } from '../../../kernel/base/errors.ts';
import { createLogger } from '../../../kernel/base/log.ts';
import { NorthboundServer } from '../testing/northbound-server.ts';
import { OvsdbClient, TransactionError } from './client.ts';
import { JsonFramer } from './framing.ts';
import { Transaction } from './transaction.ts';
import { planWriter } from './writer.ts';

interface SwitchRow {
  readonly _uuid: string;
  readonly name: string;
  readonly external_ids: Readonly<Record<string, string>>;
}

let server: NorthboundServer;
const clients: OvsdbClient[] = [];
const log = createLogger('test', 'silent');

function connect(socket = server.socket, timeoutMs = 5_000): OvsdbClient {
  const tables = {
    Logical_Switch: { columns: ['name', 'external_ids'], indexes: ['name', 'external_ids:owner'] },
  };
  const client = new OvsdbClient({ socket, database: 'OVN_Northbound', tables, log, timeoutMs });
  clients.push(client);
  return client;
}

const switches = (client: OvsdbClient) => client.table<SwitchRow>('Logical_Switch');

async function insert(client: OvsdbClient, name: string, owner = 'nobody'): Promise<void> {
  await client.synced();
  const tx = new Transaction(client.schema);
  tx.insert('Logical_Switch', { name, external_ids: { owner } });
  await client.transact(tx.operations);
}

beforeEach(async () => {
  server = await NorthboundServer.start();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server.close();
});

test('a transaction has reached the replica when it resolves', async () => {
  const client = connect();
  for (let n = 0; n < 200; n++) {
    await insert(client, `s${n}`);
    expect(switches(client).find('name', `s${n}`)).toHaveLength(1);
  }
});

test('transactions in flight at once are all carried out', async () => {
  const client = connect();
  await Promise.all(Array.from({ length: 100 }, (_, n) => insert(client, `s${n}`)));
  expect(switches(client).size).toBe(100);
});

test('what another client does is seen, and filed under its keys', async () => {
  const [reader, writer] = [connect(), connect()];
  await reader.synced();
  await insert(writer, 'theirs', 'someone');
  await reader.waitFor(() => switches(reader).find('external_ids:owner', 'someone').length === 1);
  const [row] = switches(writer).find('name', 'theirs');
  const tx = new Transaction(writer.schema);
  tx.update('Logical_Switch', row?._uuid ?? '', { external_ids: { owner: 'other' } });
  await writer.transact(tx.operations);
  await reader.waitFor(() => switches(reader).find('external_ids:owner', 'other').length === 1);
  expect(switches(reader).find('external_ids:owner', 'someone')).toEqual([]);
});

test('after a crash of the server the client comes back, and knows what it missed', async () => {
  const client = connect();
  await insert(client, 'before');
  let syncs = 0;
  client.onSync(() => syncs++, new AbortController().signal);
  await server.kill();
  await server.launch();
  await insert(connect(), 'missed');
  await client.waitFor(() => switches(client).find('name', 'missed').length === 1);
  expect(switches(client).find('name', 'before')).toHaveLength(1);
  await insert(client, 'after');
  expect(switches(client).size).toBe(3);
  expect(syncs).toBe(2);
});

test('a refused transaction says why and changes nothing', async () => {
  const client = connect();
  await client.synced();
  const operation = { op: 'insert', table: 'Logical_Switch', row: { name: 5 } };
  await expect(client.transact([operation])).rejects.toThrow(TransactionError);
  expect(switches(client).size).toBe(0);
});

test('without a server a call fails as an absent engine, after the time allowed', async () => {
  const client = connect('/tmp/no-such-socket', 50);
  const failure = await client.transact([]).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Fault);
  expect((failure as Fault).code).toBe('engineUnavailable');
});

test('callers in a queue do not wait for one another when the server is gone', async () => {
  const client = connect(server.socket, 300);
  await client.synced();
  await server.kill();
  const start = performance.now();
  const write = planWriter(client);
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => write((tx) => tx.insert('T', {}))));
  expect(outcomes.map((outcome) => outcome.status)).toEqual(Array(20).fill('rejected'));
  expect(performance.now() - start).toBeLessThan(2_000);
});

test('a listener that fails harms nobody but itself', async () => {
  const client = connect();
  client.onChange(() => {
    throw new Error('a bug');
  }, new AbortController().signal);
  let heard = 0;
  client.onChange(() => heard++, new AbortController().signal);
  await insert(client, 'one');
  await insert(client, 'two');
  expect([heard, switches(client).size]).toEqual([2, 2]);
});

test('two writers that make the same thing make it once', async () => {
  const pair = [connect(), connect()];
  const make = (client: OvsdbClient) =>
    planWriter(client)((tx) => {
      const existing = switches(client).find('name', 'one')[0];
      if (!existing) tx.expectNone('Logical_Switch', 'name', 'one');
      tx.ensure('Logical_Switch', existing, { name: 'one' });
    });
  await Promise.all(pair.map((client) => client.synced()));
  await Promise.all(pair.map(make));
  const reader = connect();
  await reader.synced();
  expect(switches(reader).find('name', 'one')).toHaveLength(1);
});

const switchId = '01234567-89ab-cdef-0123-456789abcdef';
const loaded = { Logical_Switch: { [switchId]: { initial: { name: 'old' } } } };

/** A server with one switch in it, of before `monitor_cond_since` unless `answers` says otherwise; `then` follows a monitor's answer at once. */
function scripted(path: string, heard: unknown[], more: Readonly<Record<string, unknown>> = {}, then = '') {
  const answers: Record<string, unknown> = {
    get_schema: { tables: { Logical_Switch: { columns: { name: { type: 'string' }, external_ids: mapColumn } } } },
    monitor_cond: loaded,
    ...more,
  };
  const serve = (socket: Socket) => {
    const framer = new JsonFramer();
    socket.on('error', () => socket.destroy());
    socket.write('{"id":"echo","method":"echo","params":["still there?"]}');
    socket.on('data', (chunk: Buffer) => {
      for (const message of framer.push(chunk) as { id: unknown; method?: string }[]) {
        heard.push(message);
        const result = answers[message.method ?? ''] ?? null;
        const answer = JSON.stringify({ id: message.id, result, error: result ? null : 'unknown method' });
        if (message.method) socket.write(message.method.startsWith('monitor') ? answer + then : answer);
      }
    });
  };
  return createServer(serve).listen(path);
}
const mapColumn = { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } };

test('an old server is followed too, and its echo answered', async () => {
  const folder = mkdtempSync('/tmp/ovsdb-old-');
  const heard: unknown[] = [];
  const old = scripted(`${folder}/sock`, heard);
  const client = connect(`${folder}/sock`);
  await client.synced();
  expect(switches(client).find('name', 'old')).toHaveLength(1);
  expect(heard).toContainEqual({ id: 'echo', result: ['still there?'], error: null });
  await client.close();
  old.close();
  rmSync(folder, { recursive: true });
});

test('an update that comes in one piece with the first load is not undone by it', async () => {
  const folder = mkdtempSync('/tmp/ovsdb-early-');
  const last = 'ffffffff-0000-0000-0000-000000000000';
  const update = { Logical_Switch: { [switchId]: { modify: { name: 'renamed' } } } };
  const early = JSON.stringify({ id: null, method: 'update3', params: ['replica', last, update] });
  const server = scripted(`${folder}/sock`, [], { monitor_cond_since: [false, last, loaded] }, early);
  const client = connect(`${folder}/sock`);
  await client.synced();
  expect(switches(client).find('name', 'renamed')).toHaveLength(1);
  expect(switches(client).find('name', 'old')).toEqual([]);
  await client.close();
  server.close();
  rmSync(folder, { recursive: true });
});
