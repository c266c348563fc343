import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { UsageEvent } from './domain/usage-event.ts';

/** Tests only: a usage sink that counts each source and id once, and answers as it is told. */
export interface TestSink {
  readonly url: string;
  /** What it has counted, in the order of its coming. */
  readonly events: readonly UsageEvent[];
  /** How many it was sent, repetitions included. */
  readonly received: number;
  /** Decides about each request: the status to answer. */
  answer: (events: readonly UsageEvent[], token: string | undefined) => number;
  /** Called after each request. */
  onRequest: () => void;
  close(): Promise<void>;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export async function testSink(): Promise<TestSink> {
  const counted = new Map<string, UsageEvent>();
  let received = 0;
  const server: Server = createServer(async (request, response) => {
    const events = JSON.parse(await read(request)) as UsageEvent[];
    const status = sink.answer(events, request.headers['x-auth-token'] as string | undefined);
    if (status < 300) {
      received += events.length;
      for (const event of events) if (!counted.has(event.id)) counted.set(event.id, event);
    }
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ conflicting: [] }));
    sink.onRequest();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sink: TestSink = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/usage-events`,
    get events() {
      return [...counted.values()];
    },
    get received() {
      return received;
    },
    answer: () => 202,
    onRequest: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return sink;
}
