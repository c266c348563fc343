import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { Type } from 'typebox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../base/errors.ts';
import { installTracing } from '../base/tracing.ts';
import { connectHost } from './client.ts';
import { EventHub } from './events.ts';
import type { HostEvent, HostOperation } from './protocol.ts';
import { type HostLinkServer, serveHostLink } from './server.ts';

let dir: string;
let socketPath: string;
let events: EventHub;
let servers: HostLinkServer[];
let clients: { close(): void }[];

beforeEach(() => {
  dir = mkdtempSync(`${tmpdir()}/hostlink-`);
  socketPath = `${dir}/host.sock`;
  events = new EventHub();
  servers = [];
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.close();
  for (const server of servers) await server.close();
  rmSync(dir, { recursive: true, force: true });
});

async function serve(...operations: HostOperation[]): Promise<HostLinkServer> {
  const server = await serveHostLink({ socketPath, gid: undefined, events, log: pino({ level: 'silent' }) });
  server.add(operations);
  servers.push(server);
  return server;
}

function connect() {
  const client = connectHost(socketPath);
  clients.push(client);
  return client;
}

/** Listens until `enough`, and resolves with what was heard. */
function heard(enough: (events: HostEvent[]) => boolean): Promise<HostEvent[]> {
  return new Promise((resolve) => {
    const done = new AbortController();
    const all: HostEvent[] = [];
    connect().listen((event) => {
      all.push(event);
      if (!enough(all) || done.signal.aborted) return;
      done.abort();
      resolve(all);
    }, done.signal);
  });
}

const double: HostOperation = {
  name: 'number.double',
  args: Type.Object({ value: Type.Integer({ minimum: 0 }) }),
  handle: async ({ value }: { value: number }) => ({ doubled: value * 2 }),
};

describe('a call to the host', () => {
  it('reaches the operation and brings back its result', async () => {
    await serve(double);
    await expect(connect().call('number.double', { value: 21 })).resolves.toEqual({ doubled: 42 });
  });

  it('brings back null from an operation that answers nothing', async () => {
    await serve({ ...double, handle: async () => undefined });
    await expect(connect().call('number.double', { value: 1 })).resolves.toBeNull();
  });

  it.each([
    [{ value: -1 }, /number\.double: \/value must be >= 0/],
    [{ value: '1' }, /\/value must be integer/],
    [{}, /must have required property 'value'/],
    [{ value: 1, path: '/etc/shadow' }, /must NOT have additional properties/],
    [[], /must be object/],
  ])('refuses the arguments %j', async (args, message) => {
    await serve(double);
    const error = await connect()
      .call('number.double', args)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Fault);
    expect(error).toMatchObject({ code: 'badRequest', message: expect.stringMatching(message) });
  });

  it('refuses an operation that does not exist', async () => {
    const server = await serve(double);
    server.complete();
    await expect(connect().call('shell.run', {})).rejects.toMatchObject({ code: 'notFound' });
  });

  it('is to be tried again while the host has not told all its operations', async () => {
    const server = await serve();
    await expect(connect().call('number.double', { value: 1 })).rejects.toMatchObject({ code: 'engineUnavailable' });
    server.add([double]);
    await expect(connect().call('number.double', { value: 1 })).resolves.toEqual({ doubled: 2 });
  });

  it('throws the fault that the operation threw', async () => {
    const fault = new Fault('insufficientStorage', 'The disk is full.', { detail: '/dev/vda', data: { free: 0 } });
    await serve({
      ...double,
      handle: async () => {
        throw fault;
      },
    });
    const { code, message, detail, data, status } = fault;
    const thrown = connect().call('number.double', { value: 1 });
    await expect(thrown).rejects.toMatchObject({ code, message, detail, data, status });
  });

  it('says no more than "internal" to the caller about a bug, and the rest to the operator', async () => {
    await serve({
      ...double,
      handle: async () => {
        throw new TypeError('undefined is not a function');
      },
    });
    const error = (await connect()
      .call('number.double', { value: 1 })
      .catch((thrown: unknown) => thrown)) as Fault;
    expect(error.code).toBe('internal');
    expect(error.message).not.toContain('undefined');
    expect(error.detail).toContain('undefined is not a function');
  });

  it('is refused when it is too large', async () => {
    await serve({ ...double, args: Type.Object({ text: Type.String() }) });
    const call = connect().call('number.double', { text: 'x'.repeat(5 * 1024 * 1024) });
    await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/tooLarge|engineUnavailable/) });
  });

  it('says that the engine is away when no host listens', async () => {
    const error = (await connect()
      .call('number.double', { value: 1 })
      .catch((thrown: unknown) => thrown)) as Fault;
    expect(error).toMatchObject({ code: 'engineUnavailable', status: 503 });
    expect(error.retryable).toBe(true);
  });

  it('says that the engine is away when the host goes away in its middle', async () => {
    const reached = Promise.withResolvers<void>();
    const server = await serve({
      ...double,
      handle: () => {
        reached.resolve();
        return new Promise(() => {});
      },
    });
    const call = connect().call('number.double', { value: 1 });
    const outcome = expect(call).rejects.toMatchObject({ code: 'engineUnavailable' });
    await reached.promise;
    servers = [];
    await server.close();
    await outcome;
  });

  it('works again when the host is back, over the same client', async () => {
    const first = await serve(double);
    const client = connect();
    await client.call('number.double', { value: 1 });
    servers = [];
    await first.close();
    await serve(double);
    await expect(client.call('number.double', { value: 2 })).resolves.toEqual({ doubled: 4 });
  });

  it('can be given up by its caller', async () => {
    await serve({ ...double, handle: () => new Promise(() => {}) });
    const signal = AbortSignal.timeout(20);
    await expect(connect().call('number.double', { value: 1 }, signal)).rejects.toThrow();
  });
});

describe('a call that is traced', () => {
  afterEach(() => installTracing(undefined));

  it('is a part of what calls, and says so to the host', async () => {
    const begun: string[] = [];
    const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    installTracing({
      span: (name, _options, work) => {
        begun.push(name);
        return work({ set: () => undefined, fail: () => undefined });
      },
      traceparent: () => parent,
      within: (_parent, work) => work(),
    });
    const sent: unknown[] = [];
    const server = createServer(({ headers }, response) => {
      sent.push(headers.traceparent);
      response.end('null');
    });
    await once(server.listen(socketPath), 'listening');
    await connect().call('guest.list', {});
    server.close();
    expect([begun, sent]).toEqual([['host guest.list'], [parent]]);
  });
});

describe('the socket of the host', () => {
  it('may be opened by its owner and group only', async () => {
    await serve(double);
    expect(statSync(socketPath).mode & 0o777).toBe(0o660);
  });

  it('is taken over from a host that was killed', async () => {
    // What such a host leaves behind: a file that nobody listens on.
    writeFileSync(socketPath, '');
    await serve(double);
    await expect(connect().call('number.double', { value: 1 })).resolves.toEqual({ doubled: 2 });
  });

  it('answers anything else with a fault', async () => {
    await serve(double);
    const status = await new Promise((resolve, reject) => {
      const query = request({ socketPath, path: '/v1/call/../../etc/passwd', method: 'POST' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      query.on('error', reject);
      query.end('{}');
    });
    expect(status).toBe(404);
  });
});

describe('a listener', () => {
  it('gets a snapshot and then what is published', async () => {
    await serve();
    events.onConnect((send) => {
      send({ type: 'guest.state', id: 'a' });
      queueMicrotask(() => events.publish({ type: 'guest.state', id: 'b' }));
    });
    expect(await heard((all) => all.length === 2)).toEqual([
      { type: 'guest.state', id: 'a' },
      { type: 'guest.state', id: 'b' },
    ]);
  });

  it('gets the snapshot again when the host is back', async () => {
    events.onConnect((send) => send({ type: 'snapshot' }));
    const first = await serve();
    const twice = heard((all) => {
      if (all.length === 1) {
        servers = [];
        void first.close().then(() => serve());
      }
      return all.length === 2;
    });
    expect(await twice).toHaveLength(2);
  });

  it('waits for a host that is not there yet', async () => {
    events.onConnect((send) => send({ type: 'hello' }));
    const greeting = heard((all) => all.length === 1);
    await serve();
    expect(await greeting).toEqual([{ type: 'hello' }]);
  });

  it('opens streams, and ends both sides when one ends', async () => {
    const server = await serve();
    const ended = Promise.withResolvers<void>();
    const args = Type.Object({ text: Type.String() });
    server.addStreams([
      {
        name: 'echo',
        args,
        open: async ({ text }: { text: string }) => {
          const echo = new PassThrough();
          echo.write(text);
          echo.once('close', ended.resolve);
          return echo;
        },
      },
    ]);
    server.complete();
    const client = connect();
    const stream = await client.open('echo', { text: 'hello' });
    expect(String(await once(stream, 'data'))).toBe('hello');
    stream.write('again');
    expect(String(await once(stream, 'data'))).toBe('again');
    stream.destroy();
    await ended.promise;
    await expect(client.open('echo', { text: 1 })).rejects.toMatchObject({ code: 'badRequest' });
    await expect(client.open('other', {})).rejects.toMatchObject({ code: 'notFound' });
  });
});
