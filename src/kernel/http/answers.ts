import type { OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Fault } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { isEventStream } from './event-stream.ts';
import { keystoneFault } from './faults.ts';
import { canonicalHeader, keepHeaderCase } from './headers.ts';
import { jsonText } from './json.ts';
import type { Reply, Service } from './service.ts';

/** Headers by the names under which they are sent. */
export type AnswerHeaders = OutgoingHttpHeaders;

/** What every answer of a service says. */
export function answerHeaders(requestId: string): AnswerHeaders {
  return { 'X-Openstack-Request-Id': requestId, 'X-Compute-Request-Id': requestId };
}

/** Sends what a handler answered, beside these headers; answers the status. */
export function sendReply(reply: FastifyReply, status: number, headers: AnswerHeaders, result: Reply): number {
  const code = result.status ?? status;
  for (const name of Object.keys(result.headers)) headers[canonicalHeader(name)] = mutable(result.headers[name]);
  const { body } = result;
  if (body === undefined || body === null || code === 204) return sendText(reply, code, headers, undefined);
  if (typeof body === 'string') {
    headers['Content-Type'] ??= 'text/plain; charset=utf-8';
    return sendText(reply, code, headers, body);
  }
  if (body instanceof Uint8Array) {
    headers['Content-Type'] ??= 'application/octet-stream';
    return sendText(reply, code, headers, body);
  }
  if (typeof (body as Readable).pipe === 'function') return sendStream(reply, code, headers, result);
  headers['Content-Type'] ??= 'application/json';
  return sendText(reply, code, headers, jsonText(body));
}

function mutable(value: string | readonly string[] | undefined): string | string[] | undefined {
  return typeof value === 'object' ? [...value] : value;
}

/** Past the framework, which would look at everything once more: most of what an answer from memory costs. */
function sendText(
  reply: FastifyReply,
  status: number,
  headers: AnswerHeaders,
  body: string | Uint8Array | undefined,
): number {
  const { raw } = reply.hijack();
  const type = headers['Content-Type'];
  if (typeof body === 'string' && typeof type === 'string' && type.includes('json') && !type.includes('charset')) {
    headers['Content-Type'] = `${type}; charset=utf-8`;
  }
  if (body !== undefined) headers['Content-Length'] ??= Buffer.byteLength(body);
  else if (status !== 204 && status !== 304 && raw.req.method !== 'HEAD') headers['Content-Length'] ??= 0;
  raw.writeHead(status, headers);
  raw.end(body);
  return status;
}

function sendStream(reply: FastifyReply, status: number, headers: AnswerHeaders, result: Reply): number {
  keepHeaderCase(reply.raw);
  reply.code(status).headers(headers);
  // Fastify would read a stream to its end for the headers alone.
  if (reply.request.method === 'HEAD' && isEventStream(result)) {
    (result.body as Readable).destroy();
    reply.send();
  } else reply.send(result.body);
  return status;
}

/** Where a fault comes from, for its words and the log. */
export interface Failed {
  readonly service: Service | undefined;
  readonly requestId: string;
  readonly log?: Logger;
  readonly operation?: string;
}

/** Sends a fault in the words of the service that was called, beside these headers; answers the status. */
export function sendFault(reply: FastifyReply, headers: AnswerHeaders, fault: Fault, from: Failed): number {
  const { service, requestId, log, operation } = from;
  if (fault.status >= 500) log?.error({ requestId, operation, code: fault.code, detail: fault.detail }, fault.message);
  else log?.debug({ requestId, operation, code: fault.code, detail: fault.detail }, fault.message);
  const { contentType, body } = (service?.faults ?? keystoneFault)(fault, requestId);
  const { status } = fault;
  const { retryAfter = status === 503 ? 1 : undefined } = fault.data;
  if (retryAfter !== undefined) headers['Retry-After'] = String(retryAfter);
  if (status === 401) headers['WWW-Authenticate'] = 'Keystone uri="/identity/v3"';
  const { req } = reply.raw;
  // What was not read would be taken for the next request on this connection.
  if (!req.complete && Number(req.headers['content-length'] ?? 1) > 0 && req.method !== 'GET') {
    headers.Connection = 'close';
  }
  headers['Content-Type'] = contentType;
  return sendText(reply, status, headers, body);
}
