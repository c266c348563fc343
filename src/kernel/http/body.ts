import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequest, Fault } from '../base/errors.ts';

const waiting = new WeakMap<IncomingMessage, ServerResponse>();

/** Notes that the client waits for `100 Continue` before it sends its body. */
export function markContinue(request: IncomingMessage, response: ServerResponse): void {
  waiting.set(request, response);
}

/** Whether the client still waits for `100 Continue`. */
export function expectsContinue(request: IncomingMessage): boolean {
  return waiting.has(request);
}

/** The body as a stream; tells a waiting client to go on. */
export function openBody(request: IncomingMessage): IncomingMessage {
  waiting.get(request)?.writeContinue();
  waiting.delete(request);
  return request;
}

const defaultLimit = 1024 * 1024;

/** Reads and parses a JSON body; 413 past the limit, 400 when it is not JSON. */
export async function readJson(request: IncomingMessage, limit: number = defaultLimit): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of openBody(request)) {
    size += (chunk as Buffer).length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw badRequest('The request body is not valid JSON.');
  }
}

function tooLarge(limit: number): Fault {
  return new Fault('tooLarge', `The request body exceeds ${limit} bytes.`);
}
