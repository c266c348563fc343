import { chmodSync, chownSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Ajv, type ValidateFunction } from 'ajv';
import { asFault, badRequest, Fault, notFound } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { EventHub } from './events.ts';
import type { HostOperation } from './protocol.ts';

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
  /** All operations are there. Until then one that is unknown may still come, so its caller is told to try again. */
  complete(): void;
  close(): Promise<void>;
}

/** Enough for a config drive with all the user data that Nova allows. */
const maxBodyBytes = 4 * 1024 * 1024;
/** A listener that reads too slowly is cut off, and gets a snapshot when it comes back. */
const maxUnsentBytes = 4 * 1024 * 1024;

interface Checked {
  readonly operation: HostOperation;
  readonly check: ValidateFunction;
}

/** Serves host operations and events on a unix socket (the protocol is described in `protocol.ts`). */
export async function serveHostLink(options: HostLinkServerOptions): Promise<HostLinkServer> {
  const { socketPath, gid, events, log } = options;
  const ajv = new Ajv({ allErrors: false, strict: false });
  const operations = new Map<string, Checked>();
  let isComplete = false;

  const server = createServer((request, response) => {
    const url = request.url ?? '';
    if (request.method === 'GET' && url === '/v1/events') return streamEvents(events, response);
    const find = (name: string) => {
      const checked = operations.get(name);
      if (checked === undefined) throw isComplete ? notFound('Operation', name) : starting(name);
      return checked;
    };
    const call = answer(find, request, url).then(
      (result) => sendJson(response, 200, result ?? null),
      (error: unknown) => {
        const fault = asFault(error);
        log[fault.status >= 500 ? 'error' : 'warn']({ url, code: fault.code, detail: fault.detail }, fault.message);
        const { code, message, detail, data, status } = fault;
        sendJson(response, status, { fault: { code, message, detail, data, status } });
      },
    );
    call.catch((error: unknown) => log.error({ err: error, url }, 'could not answer'));
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
    add(more) {
      for (const operation of more) {
        if (operations.has(operation.name)) throw new Error(`two operations are called ${operation.name}`);
        operations.set(operation.name, { operation, check: ajv.compile({ ...operation.args, ...closed }) });
      }
    },
    complete() {
      isComplete = true;
    },
    async close() {
      events.close();
      const closedServer = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closedServer;
    },
  };
}

/** Keys that the schema does not name are refused, whether or not its author said so. */
const closed = { additionalProperties: false };

function starting(name: string): Fault {
  return new Fault('engineUnavailable', 'The engine is starting. Try again.', { detail: `no operation ${name} yet` });
}

async function answer(find: (name: string) => Checked, request: IncomingMessage, url: string): Promise<unknown> {
  const name = request.method === 'POST' ? /^\/v1\/call\/([\w.-]{1,100})$/.exec(url)?.[1] : undefined;
  if (name === undefined) throw new Fault('notFound', `There is nothing at ${request.method} ${url.slice(0, 200)}.`);
  const checked = find(name);
  const args = parse(await readBody(request));
  if (!checked.check(args)) {
    const [error] = checked.check.errors ?? [];
    throw badRequest(`${name}: ${error?.instancePath || 'arguments'} ${error?.message ?? 'are invalid'}.`);
  }
  return checked.operation.handle(args as never);
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
