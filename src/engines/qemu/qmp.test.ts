import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Qmp, type QmpEvent } from './qmp.ts';

const greeting = { QMP: { version: { qemu: { major: 7, minor: 2, micro: 0 } }, capabilities: [] } };

describe('a QMP connection', () => {
  let folder: string;
  let path: string;
  let server: Server;
  let peer: Socket;
  /** How the false QEMU answers a line. */
  let answer: (message: { execute: string; id: number; arguments?: unknown }) => unknown;
  const events: QmpEvent[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(`${tmpdir()}/qmp-`);
    path = `${folder}/qmp.sock`;
    events.length = 0;
    answer = ({ id }) => ({ return: {}, id });
    server = createServer((socket) => {
      peer = socket;
      say(greeting);
      socket.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.trim().split('\n')) {
          const said = answer(JSON.parse(line));
          if (said !== undefined) say(said);
        }
      });
    });
    server.listen(path);
    await once(server, 'listening');
  });

  afterEach(() => {
    peer?.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });

  function say(message: unknown): void {
    peer.write(`${JSON.stringify(message)}\r\n`);
  }

  /** A connection over which a first answer has come. */
  async function connect(): Promise<Qmp> {
    const qmp = await Qmp.connect(path, { onEvent: (event) => events.push(event), timeoutMs: 2_000 });
    await qmp.execute('query-version');
    return qmp;
  }

  it('negotiates before it is used', async () => {
    const said: string[] = [];
    answer = ({ execute, id }) => {
      said.push(execute);
      return { return: {}, id };
    };
    const qmp = await connect();
    await qmp.execute('query-status');
    expect(said).toEqual(['qmp_capabilities', 'query-version', 'query-status']);
    qmp.close();
  });

  it('gives each command its own answer, in whatever order they come', async () => {
    const qmp = await connect();
    const held: (() => void)[] = [];
    answer = ({ execute, id }) => void held.unshift(() => say({ return: execute, id }));
    const both = [qmp.execute('first'), qmp.execute('second')];
    while (held.length < 2) await once(peer, 'data');
    for (const release of held) release();
    expect(await Promise.all(both)).toEqual(['first', 'second']);
    qmp.close();
  });

  it('understands messages cut anywhere, several at once, and letters of several bytes', async () => {
    const qmp = await connect();
    const bytes = Buffer.from('{"event":"A","data":{"é":1}}\r\n{"event":"B"}\r\n{"event":"C"}\r\n');
    for (let at = 0; at < bytes.length; at++) {
      peer.write(bytes.subarray(at, at + 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await qmp.execute('query-status');
    expect(events).toEqual([
      { event: 'A', data: { é: 1 } },
      { event: 'B', data: {} },
      { event: 'C', data: {} },
    ]);
    qmp.close();
  });

  it('rejects with what QEMU says when it refuses a command', async () => {
    const qmp = await connect();
    answer = ({ id }) => ({ error: { class: 'CommandNotFound', desc: 'no such thing' }, id });
    await expect(qmp.execute('dance')).rejects.toMatchObject({
      message: 'QMP dance: no such thing',
      kind: 'CommandNotFound',
    });
    qmp.close();
  });

  it('gives up on an answer that does not come in time, and can still be used', async () => {
    const qmp = await connect();
    answer = ({ execute, id }) => (execute === 'sleep' ? undefined : { return: execute, id });
    await expect(qmp.execute('sleep', undefined, 20)).rejects.toThrow('no answer within 20 ms');
    expect(await qmp.execute('wake')).toBe('wake');
    qmp.close();
  });

  it('rejects what waits when QEMU dies, tells that it is closed, and refuses more', async () => {
    const qmp = await connect();
    answer = () => void peer.destroy();
    await expect(qmp.execute('query-status')).rejects.toThrow('connection lost');
    await qmp.closed;
    await expect(qmp.execute('query-status')).rejects.toThrow('not connected');
  });

  it.each(['this is not JSON\n', `"${'x'.repeat(5 * 1024 * 1024)}`])(
    'ends when it hears nonsense',
    async (nonsense) => {
      const qmp = await connect();
      peer.on('error', () => {});
      peer.write(nonsense);
      await qmp.closed;
    },
  );

  it('rejects when nobody listens', async () => {
    await expect(Qmp.connect(`${folder}/none`, { onEvent: () => {} })).rejects.toThrow('ENOENT');
  });

  it('waits for who is too busy to greet, and sends nothing that nobody waits for any more', async () => {
    server.removeAllListeners('connection');
    const said: string[] = [];
    const accepted = once(server, 'connection');
    const qmp = await Qmp.connect(path, { onEvent: () => {} });
    [peer] = (await accepted) as [Socket];
    peer.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.trim().split('\n')) {
        const { execute, id } = JSON.parse(line);
        said.push(execute);
        say({ return: execute, id });
      }
    });
    await expect(qmp.execute('late', undefined, 20)).rejects.toThrow('QMP late: no answer within 20 ms');
    const patient = qmp.execute('patient');
    say(greeting);
    expect(await patient).toBe('patient');
    expect(said).toEqual(['qmp_capabilities', 'patient']);
    qmp.close();
  });
});
