import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { Fault } from '../kernel/base/errors.ts';
import { traced, traceHeaders } from '../kernel/base/tracing.ts';
import { faultOf } from './faults.ts';

/** One HTTP request to an API. */
export interface ApiCall {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is (`Content-Type` in `headers`), without a limit of time. */
  readonly stream?: Readable;
  readonly signal?: AbortSignal | undefined;
}

/** An answer below 400. */
export interface ApiAnswer {
  readonly status: number;
  /** Lower-cased names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The parsed JSON; undefined for an empty body or one of another type. */
  readonly json: unknown;
}

export interface TransportOptions {
  /** Until the answer is complete, in milliseconds; 30,000 unless said. */
  readonly timeoutMs?: number;
  /** Certificates (PEM) of the authority that signed the API's, if it is not a public one. */
  readonly ca?: string;
  /** Sent with each request, e.g. `Accept-Language`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Speaks HTTP with one cloud. Failures are faults: see `faultOf`. */
export interface Transport {
  /** Sends; answers what is below 400, throws the fault otherwise. Does not follow redirections. */
  send(call: ApiCall): Promise<ApiAnswer>;
  /** The same for a body that is not JSON: read it to its end, or destroy it. */
  open(call: ApiCall): Promise<IncomingMessage>;
  /** Closes idle connections. */
  close(): void;
}

const defaultTimeoutMs = 30_000;
/** More than any list or template; less than what would hurt us. */
const mostBytes = 64 * 1024 * 1024;
const repeatable = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

export function createTransport(options: TransportOptions = {}): Transport {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const plain = new HttpAgent({ keepAlive: true });
  const secure = new HttpsAgent({ keepAlive: true, ca: options.ca });

  function begin(call: ApiCall, signal: AbortSignal | undefined): ClientRequest {
    const tls = call.url.protocol === 'https:';
    const own = { Accept: 'application/json', ...traceHeaders(), ...options.headers };
    const headers = { ...own, ...bodyHeaders(call), ...call.headers };
    const settings = { method: call.method, headers, ...(signal && { signal }) };
    return tls
      ? httpsRequest(call.url, { ...settings, agent: secure })
      : httpRequest(call.url, { ...settings, agent: plain });
  }

  async function exchange(call: ApiCall, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt += 1) {
      const outgoing = begin(call, signal);
      try {
        return await answerTo(outgoing, call);
      } catch (error) {
        // A kept connection may be closed by the other side as we send: then nothing was read of the request.
        const stale = outgoing.reusedSocket && (error as { code?: string }).code === 'ECONNRESET';
        if (attempt === 1 && stale && call.stream === undefined && repeatable.has(call.method)) continue;
        throw unreachable(call, error, signal, timeoutMs);
      }
    }
  }

  async function send(call: ApiCall): Promise<ApiAnswer> {
    const deadline = call.stream === undefined ? AbortSignal.timeout(timeoutMs) : undefined;
    const signals = [call.signal, deadline].filter((signal) => signal !== undefined);
    const signal = signals.length === 0 ? undefined : AbortSignal.any(signals);
    const response = await exchange(call, signal);
    const text = await readText(response).catch((error: unknown) => {
      throw unreachable(call, error, signal, timeoutMs);
    });
    return answerOf(call, response, text);
  }

  async function open(call: ApiCall): Promise<IncomingMessage> {
    const response = await exchange(call, call.signal);
    if ((response.statusCode ?? 0) < 400) return response;
    const text = await readText(response).catch(() => '');
    throw faultOf(call, response.statusCode ?? 500, headersOf(response), text);
  }

  return {
    send: (call) => asTraced(call, send),
    open: (call) => asTraced(call, open),
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** A span a call. Of the URL, the path alone: a query may hold what is nobody's business. */
function asTraced<T>(call: ApiCall, work: (call: ApiCall) => Promise<T>): Promise<T> {
  const { hostname, port, pathname } = call.url;
  const target = { 'server.address': hostname, 'server.port': port, 'url.path': pathname };
  const attributes = { 'http.request.method': call.method, ...target };
  return traced(call.method, { kind: 'CLIENT', attributes, onlyInside: true }, () => work(call));
}

function bodyHeaders({ json }: ApiCall): Record<string, string> {
  return json === undefined ? {} : { 'Content-Type': 'application/json' };
}

function answerTo(outgoing: ClientRequest, { json, stream }: ApiCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', resolve);
    if (stream !== undefined) {
      stream.once('error', (error) => outgoing.destroy(error));
      stream.pipe(outgoing);
    } else outgoing.end(json === undefined ? undefined : JSON.stringify(json));
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function headersOf(response: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

function answerOf(call: ApiCall, response: IncomingMessage, text: string): ApiAnswer {
  const status = response.statusCode ?? 0;
  const headers = headersOf(response);
  if (status >= 400) throw faultOf(call, status, headers, text);
  const isJson = /[/+]json\b/.test(headers['content-type'] ?? '');
  if (!isJson || text === '') return { status, headers, json: undefined };
  try {
    return { status, headers, json: JSON.parse(text) };
  } catch (cause) {
    throw new Fault('engineUnavailable', `${call.url.origin} answered something that is not JSON.`, { cause });
  }
}

function unreachable(
  { url, method, signal: wish }: ApiCall,
  error: unknown,
  signal: AbortSignal | undefined,
  ms: number,
) {
  if (wish?.aborted) return new Fault('requestTimeout', 'The request was cancelled.', { cause: error });
  const late = signal?.aborted === true;
  const message = late
    ? `${url.origin} did not answer within ${ms / 1000} s.`
    : `${url.origin} cannot be reached or broke off (${(error as { code?: string }).code ?? 'unknown reason'}).`;
  return new Fault('engineUnavailable', message, { cause: error, detail: `${method} ${url.pathname}: ${error}` });
}
