import { chmodSync, chownSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Duplex, pipeline } from 'node:stream';
import { Ajv, type ValidateFunction } from 'ajv';
import { asFault, badRequest, Fault, notFound } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { EventHub } from './events.ts';
import type { HostOperation, HostStream } from './protocol.ts';

export interface HostLinkServerOptions {
  readonly socketPath: string;
  /** The group whose members may open the socket (mode 0660); ours when undefined. */
  readonly gid: number | undefined;
  readonly events: EventHub;
  readonly log: Logger;
}

export interface HostLinkServer {
  /** Serves more operations from now on. */
  add(operations: readonly HostOperation[]): void;
  /** The same for streams. */
  addStreams(streams: readonly HostStream[]): void;
  /** All operations are there. Until then one that is unknown may still come, so its caller is told to try again. */
  complete(): void;
  close(): Promise<void>;
}

/** Enough for a config drive with all the user data that Nova allows. */
const maxBodyBytes = 4 * 1024 * 1024;
/** A listener that reads too slowly is cut off, and gets a snapshot when it comes back. */
const maxUnsentBytes = 4 * 1024 * 1024;

/** What is called by name, and the check of its arguments. */
interface Checked<T> {
  readonly what: T;
  readonly check: ValidateFunction;
}

/** Serves host operations and events on a unix socket (the protocol is described in `protocol.ts`). */
export async function serveHostLink(options: HostLinkServerOptions): Promise<HostLinkServer> {
  const { socketPath, gid, events, log } = options;
  const ajv = new Ajv({ allErrors: false, strict: false });
  const operations = new Map<string, Checked<HostOperation>>();
  const streams = new Map<string, Checked<HostStream>>();
  let isComplete = false;

  const tell = (url: string, { status, code, detail, message }: Fault) =>
    log[status >= 500 ? 'error' : 'warn']({ url, code, detail }, message);
  const findIn =
    <T>(known: ReadonlyMap<string, T>) =>
    (name: string): T => {
      const found = known.get(name);
      if (found === undefined) throw isComplete ? notFound('Operation', name) : starting(name);
      return found;
    };
  const register = <T extends HostOperation | HostStream>(known: Map<string, Checked<T>>, more: readonly T[]) => {
    for (const what of more) {
      if (known.has(what.name)) throw new Error(`two operations are called ${what.name}`);
      known.set(what.name, { what, check: ajv.compile({ ...what.args, ...closed }) });
    }
  };

  /** The server itself forgets connections that were upgraded. */
  const opened = new Set<Duplex>();

  const server = createServer((request, response) => {
    const url = request.url ?? '';
    if (request.method === 'GET' && url === '/v1/events') return streamEvents(events, response);
    const call = answer(findIn(operations), request, url).then(
      (result) => sendJson(response, 200, result ?? null),
      (error: unknown) => {
        const fault = asFault(error);
        tell(url, fault);
        sendJson(response, fault.status, faultBody(fault));
      },
    );
    call.catch((error: unknown) => log.error({ err: error, url }, 'could not answer'));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const url = new URL(request.url ?? '', 'http://host');
    opened.add(socket);
    socket.once('close', () => opened.delete(socket));
    // Until it is joined to the stream, which ends with it.
    socket.on('error', () => {});
    openStream(findIn(streams), url).then(
      (stream) => {
        if (socket.destroyed) return stream.destroy();
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: stream\r\n\r\n');
        pipeline(socket, stream, socket, () => {});
        return stream;
      },
      (error: unknown) => {
        const fault = asFault(error);
        tell(url.pathname, fault);
        const body = JSON.stringify(faultBody(fault));
        socket.end(
          `HTTP/1.1 ${fault.status} Refused\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        );
      },
    );
  });
  // A call lasts as long as the work it asks for.
  server.requestTimeout = 0;
  server.timeout = 0;
  server.keepAliveTimeout = 60_000;

  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o177);
    server.listen(socketPath, resolve);
    process.umask(before);
  });
  if (gid !== undefined) chownSync(socketPath, -1, gid);
  chmodSync(socketPath, 0o660);

  return {
    add: (more) => register(operations, more),
    addStreams: (more) => register(streams, more),
    complete() {
      isComplete = true;
    },
    async close() {
      events.close();
      const closedServer = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      for (const socket of opened) socket.destroy();
      await closedServer;
    },
  };
}

/** Keys that the schema does not name are refused, whether or not its author said so. */
const closed = { additionalProperties: false };

function starting(name: string): Fault {
  return new Fault('engineUnavailable', 'The engine is starting. Try again.', { detail: `no operation ${name} yet` });
}

type Find<T> = (name: string) => Checked<T>;

async function answer(find: Find<HostOperation>, request: IncomingMessage, url: string): Promise<unknown> {
  const name = request.method === 'POST' ? /^\/v1\/call\/([\w.-]{1,100})$/.exec(url)?.[1] : undefined;
  if (name === undefined) throw new Fault('notFound', `There is nothing at ${request.method} ${url.slice(0, 200)}.`);
  const { what, check } = find(name);
  return what.handle(checked(name, check, await readBody(request)));
}

async function openStream(find: Find<HostStream>, url: URL): Promise<Duplex> {
  const name = /^\/v1\/open\/([\w.-]{1,100})$/.exec(url.pathname)?.[1];
  if (name === undefined) throw new Fault('notFound', `There is no stream at ${url.pathname.slice(0, 200)}.`);
  const { what, check } = find(name);
  return what.open(checked(name, check, url.searchParams.get('args') ?? ''));
}

function checked(name: string, check: ValidateFunction, text: string): never {
  const args = parse(text);
  if (check(args)) return args as never;
  const [error] = check.errors ?? [];
  throw badRequest(`${name}: ${error?.instancePath || 'arguments'} ${error?.message ?? 'are invalid'}.`);
}

function faultBody({ code, message, detail, data, status }: Fault): object {
  return { fault: { code, message, detail, data, status } };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new Fault('tooLarge', `Arguments are limited to ${maxBodyBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw badRequest('The arguments are not JSON.');
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function streamEvents(events: EventHub, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  const unsubscribe = events.subscribe({
    send(event) {
      if (response.destroyed) return;
      response.write(`${JSON.stringify(event)}\n`);
      if (response.writableLength > maxUnsentBytes) response.destroy();
    },
    close: () => response.end(),
  });
  response.on('close', unsubscribe);
}
