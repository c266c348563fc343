import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemContext } from '../access/context.ts';
import { policies } from '../access/policy.ts';
import { Fault } from '../base/errors.ts';
import { createLogger } from '../base/log.ts';
import {
  type ApiServer,
  createApiServer,
  EventStreamQuery,
  eventStream,
  problemFault,
  route,
  type Service,
} from './index.ts';

let state: Record<string, unknown>;
let seen: boolean;
let expiresAt: Date;
const listeners = new Set<() => void>();

const watch = route({
  method: 'GET',
  path: '/events',
  operation: 'test:events',
  policy: policies.authenticated,
  query: EventStreamQuery,
  handler: (request) =>
    eventStream(request, {
      async look() {
        if (!seen) throw new Fault('notFound', 'Nothing here.');
        return structuredClone(state);
      },
      listen(wake) {
        listeners.add(wake);
        return () => void listeners.delete(wake);
      },
    }),
});

let server: ApiServer;
let url: string;

beforeAll(async () => {
  const service: Service = { name: 'test', mount: '/test', faults: problemFault, routes: [watch] };
  server = createApiServer({
    services: [service],
    authenticate: async (_token, requestId) => ({ ...systemContext(requestId), expiresAt }),
    publicUrl: 'http://127.0.0.1',
    log: createLogger('test', 'silent'),
  });
  url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}/test/events`;
});
afterAll(() => server.close());

beforeEach(() => {
  state = { order: { steps: 1 }, cost: '0.00' };
  seen = true;
  expiresAt = new Date(8.64e15);
});

/** Reads the stream event by event. */
async function listen(headers: Record<string, string> = {}, query = '') {
  const response = await fetch(`${url}${query}`, { headers: { 'X-Auth-Token': 'good', ...headers } });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    response,
    leave: () => reader?.cancel(),
    /** The next event as `[id, name, data]`; undefined at the end. */
    async next(): Promise<readonly [string, string, unknown] | undefined> {
      for (;;) {
        const event = /^id: (.*)\nevent: (.*)\ndata: (.*)\n\n/m.exec(text);
        if (event !== null) {
          text = text.slice(event.index + event[0].length);
          return [event[1] ?? '', event[2] ?? '', JSON.parse(event[3] ?? '')];
        }
        const { done, value = '' } = (await reader?.read()) ?? { done: true };
        if (done) return undefined;
        text += value;
      }
    },
  };
}

function change(part: Record<string, unknown>): void {
  Object.assign(state, part);
  for (const wake of listeners) wake();
}

describe('a stream of events', () => {
  it('tells what is, then what has changed, and nothing twice', async () => {
    const stream = await listen();
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    expect(await stream.next()).toMatchObject({ 1: 'order', 2: { steps: 1 } });
    expect(await stream.next()).toMatchObject({ 1: 'cost', 2: '0.00' });
    change({});
    change({ cost: '0.12' });
    expect(await stream.next()).toMatchObject({ 1: 'cost', 2: '0.12' });
    await stream.leave();
  });

  it.each(['Last-Event-ID', 'query'])('goes on where the client was (%s)', async (way) => {
    const first = await listen();
    await first.next();
    const [id = ''] = (await first.next()) ?? [];
    await first.leave();
    change({ order: { steps: 2 } });
    const again = await (way === 'query'
      ? listen({}, `?lastEventId=${encodeURIComponent(id)}`)
      : listen({ 'Last-Event-ID': id }));
    expect(await again.next()).toMatchObject({ 1: 'order', 2: { steps: 2 } });
    change({ cost: '0.24' });
    expect(await again.next()).toMatchObject({ 1: 'cost', 2: '0.24' });
    await again.leave();
  });

  it('is refused like anything else that may not be seen, and ends when it may no longer be', async () => {
    const stream = await listen();
    await stream.next();
    await stream.next();
    seen = false;
    change({});
    expect(await stream.next()).toBeUndefined();
    expect((await listen()).response.status).toBe(404);
  });

  it('ends with the token', async () => {
    expiresAt = new Date(Date.now() - 1);
    const stream = await listen();
    await stream.next();
    await stream.next();
    expect(await stream.next()).toBeUndefined();
  });

  it('leaves no listener behind', async () => {
    const stream = await listen();
    await stream.next();
    expect(listeners.size).toBeGreaterThan(0);
    await stream.leave();
    await fetch(url, { method: 'HEAD', headers: { 'X-Auth-Token': 'good' } });
    await expect.poll(() => listeners.size, { timeout: 10_000 }).toBe(0);
  });

  it('does not keep the server from closing', async () => {
    const stream = await listen();
    await stream.next();
    await stream.next();
    await server.close();
    expect(await stream.next()).toBeUndefined();
  });
});
