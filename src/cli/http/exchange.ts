import { type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { systemClock } from '../../kernel/base/clock.ts';
import { ApiRefusal, CommandFailure } from '../failures.ts';

/** A request with a JSON body, or none. */
export interface JsonRequest {
  readonly method: string;
  readonly url: string;
  /** `Host` may be among them, which `fetch` would not send: stores are told apart by it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Whether the same request sent twice does what it does once. */
  readonly repeatable: boolean;
}

/** An answer that was not a refusal; `body` is undefined when it is empty. */
export interface JsonReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

const patienceMs = 60_000;
const attempts = 20;
const pauseMs = 500;

/**
 * Sends a request; refusals (4xx, 5xx) reject with the API's own text. A connection that fails is tried again for ten
 * seconds when the request may be repeated, so that an API that is being replaced is not noticed.
 */
export async function exchange(request: JsonRequest): Promise<JsonReply> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return understood(await send(request));
    } catch (error) {
      if (error instanceof CommandFailure) throw error;
      const reason = error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : '';
      const mayRepeat = request.repeatable && isBrokenConnection(error);
      if (!mayRepeat || attempt === attempts) throw new CommandFailure(`${request.method} ${request.url}: ${reason}`);
      await systemClock.sleep(pauseMs);
    }
  }
}

interface RawReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function send({ method, url, headers, body }: JsonRequest): Promise<RawReply> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const about = text === undefined ? {} : { 'Content-Type': 'application/json' };
  const length = text === undefined ? 0 : Buffer.byteLength(text);
  const sized = method === 'GET' ? {} : { 'Content-Length': String(length) };
  const open = url.startsWith('https:') ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(patienceMs);
    const options = { method, signal, headers: { Accept: 'application/json', ...about, ...sized, ...headers } };
    const outgoing = open(url, options, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const whole = Buffer.concat(parts).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: whole });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

const brokenConnections = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ECONNABORTED'];

function isBrokenConnection(error: unknown): boolean {
  return brokenConnections.includes(String((error as NodeJS.ErrnoException).code));
}

function understood({ status, headers, text }: RawReply): JsonReply {
  const body = parsed(text);
  if (status < 400) return { status, headers, body };
  const requestId = String(headers['x-openstack-request-id'] ?? '');
  throw new ApiRefusal(refusalText(body) ?? (text.slice(0, 500) || 'no explanation'), status, requestId);
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The sentence in a refusal: `detail` of problem details (RFC 9457), or the `message` that Keystone, Nova, Neutron and Heat
 * put one level down, each under a key of its own.
 */
export function refusalText(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { detail } = body as { detail?: unknown };
  if (typeof detail === 'string') return detail;
  for (const value of Object.values(body)) {
    const message = (value as { message?: unknown } | null)?.message;
    if (typeof message === 'string') return message;
  }
  return undefined;
}
