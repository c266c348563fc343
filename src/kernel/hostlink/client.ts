import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, type FaultCode, faultStatus } from '../base/errors.ts';
import { traced, traceHeaders } from '../base/tracing.ts';
import type { HostEvent, HostLink } from './protocol.ts';

/** Errors of a connection to a host that is away, or went away before it answered. */
const awayCodes = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EACCES']);
const firstPauseMs = 50;
const lastPauseMs = 2_000;

/** `api`'s side of the link to the host process that listens at `socketPath`. Opens nothing until it is used. */
export function connectHost(socketPath: string): HostLink & { close(): void } {
  const agent = new Agent({ keepAlive: true });
  return {
    call<R>(operation: string, args: unknown, signal?: AbortSignal): Promise<R> {
      return traced(`host ${operation}`, { kind: 'CLIENT', onlyInside: true }, async () => {
        const target = { socketPath, agent, method: 'POST', path: `/v1/call/${encodeURIComponent(operation)}` };
        const response = await exchange(target, JSON.stringify(args ?? {}), signal);
        const text = await readText(response);
        const body: unknown = JSON.parse(text);
        if (response.statusCode !== 200) throw revive(body);
        return body as R;
      });
    },
    async open(stream, args) {
      const query = new URLSearchParams({ args: JSON.stringify(args ?? {}) });
      return upgrade({ socketPath, method: 'GET', path: `/v1/open/${encodeURIComponent(stream)}?${query}` });
    },
    listen(listener, signal) {
      void listenForEver(socketPath, listener, signal);
    },
    close: () => agent.destroy(),
  };
}

interface Target {
  readonly socketPath: string;
  readonly agent?: Agent;
  readonly method: string;
  readonly path: string;
}

function exchange(target: Target, body: string, signal?: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const headers = { 'content-type': 'application/json', 'content-length': length, ...traceHeaders() };
    const request = httpRequest({ ...target, headers, signal });
    request.on('response', resolve);
    request.on('error', (error: NodeJS.ErrnoException) => {
      // A connection kept from before the host was replaced; every operation may be repeated.
      if (request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? ''))
        resolve(exchange(target, body, signal));
      else reject(asAway(error));
    });
    request.end(body);
  });
}

/** Asks for a stream: the host's answer is an upgrade, or the fault that stands in the way. */
function upgrade(target: Target): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ ...target, headers: { connection: 'Upgrade', upgrade: 'stream' } });
    request.on('upgrade', (_response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.on('response', (response) => {
      readText(response).then((text) => reject(revive(JSON.parse(text))), reject);
    });
    request.on('error', (error: NodeJS.ErrnoException) => reject(asAway(error)));
    request.end();
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  try {
    for await (const chunk of response) text += chunk;
  } catch (error) {
    throw asAway(error as NodeJS.ErrnoException);
  }
  return text;
}

function asAway(error: NodeJS.ErrnoException): Error {
  if (!awayCodes.has(error.code ?? '')) return error;
  const detail = `host process: ${error.message}`;
  return new Fault('engineUnavailable', 'The engine is away for the moment. Try again.', { detail, cause: error });
}

/** The fault that the host raised, as it was there. */
function revive(body: unknown): Fault {
  const sent = (body as { fault?: Partial<Fault> } | null)?.fault;
  const code: FaultCode = sent?.code !== undefined && sent.code in faultStatus ? sent.code : 'internal';
  const options = { detail: sent?.detail, data: sent?.data ?? {}, status: sent?.status };
  return new Fault(code, sent?.message ?? 'The host gave no reason.', withoutUndefined(options));
}

function withoutUndefined<T extends object>(options: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

async function listenForEver(socketPath: string, listener: (event: HostEvent) => void, signal: AbortSignal) {
  let pause = firstPauseMs;
  while (!signal.aborted) {
    try {
      const response = await exchange({ socketPath, method: 'GET', path: '/v1/events' }, '', signal);
      pause = firstPauseMs;
      await readLines(response, listener);
    } catch {
      // Absent, gone or aborted: the loop decides.
    }
    await sleep(pause, undefined, { signal }).catch(() => {});
    pause = Math.min(pause * 2, lastPauseMs);
  }
}

async function readLines(response: IncomingMessage, listener: (event: HostEvent) => void): Promise<void> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as HostEvent;
      // Away from this loop: a listener that throws is a bug of its own, not a lost connection.
      queueMicrotask(() => listener(event));
    }
  }
}
