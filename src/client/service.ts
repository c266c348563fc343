import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Fault } from '../kernel/base/errors.ts';
import type { Session, SignedIn } from './session.ts';
import type { ApiAnswer, ApiCall, Transport } from './transport.ts';

type QueryValue = string | number | boolean | undefined;

/** What a call may have besides method and path. */
export interface CallOptions {
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, QueryValue | readonly string[]>>;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stream?: Readable;
  readonly signal?: AbortSignal;
}

/** One service of the cloud, spoken to with the session's token. */
export interface ServiceClient {
  /** `path` starts with a slash and is encoded: use `pathOf`. Throws faults; a redirection within the service is followed. */
  call(method: string, path: string, options?: CallOptions): Promise<ApiAnswer>;
  /** For a body that is not JSON. */
  open(method: string, path: string, options?: CallOptions): Promise<IncomingMessage>;
}

/** `` pathOf`/stacks/${name}` ``: what is filled in is encoded, so that it stays one segment. */
export function pathOf(fixed: TemplateStringsArray, ...parts: readonly string[]): string {
  return fixed.reduce((path, text, index) => {
    const part = parts[index - 1] ?? '';
    // A segment of only dots would be resolved away.
    const encoded = /^\.+$/.test(part) ? part.replaceAll('.', '%2E') : encodeURIComponent(part);
    return path + encoded + text;
  });
}

const mostRedirections = 3;

/** `base` gives the service's URL, without a slash at the end. */
export function createServiceClient(
  transport: Transport,
  session: Session,
  base: () => Promise<string>,
): ServiceClient {
  async function prepare(method: string, path: string, options: CallOptions): Promise<[ApiCall, SignedIn]> {
    const signedIn = await session.current();
    const url = new URL((await base()) + path);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (one !== undefined) url.searchParams.append(name, String(one));
      }
    }
    const { json, stream, signal } = options;
    const headers = { 'X-Auth-Token': signedIn.token, ...options.headers };
    return [{ method, url, headers, signal, ...(json !== undefined && { json }), ...(stream && { stream }) }, signedIn];
  }

  /** Sends; when the token is refused, once more with a new one (it may have been revoked, or the clock jumped). */
  async function withToken<T>(
    method: string,
    path: string,
    options: CallOptions,
    send: (call: ApiCall) => Promise<T>,
  ): Promise<T> {
    const [call, signedIn] = await prepare(method, path, options);
    try {
      return await send(call);
    } catch (error) {
      const refused = error instanceof Fault && error.code === 'unauthorized' && options.stream === undefined;
      if (!refused || !session.renew(signedIn)) throw error;
      const [again] = await prepare(method, path, options);
      return send(again);
    }
  }

  async function follow(call: ApiCall): Promise<ApiAnswer> {
    let url = call.url;
    for (let count = 0; count <= mostRedirections; count += 1) {
      const answer = await transport.send({ ...call, url });
      const { location } = answer.headers;
      // 300 is an answer: a list of versions.
      if (answer.status <= 300 || location === undefined) return answer;
      url = new URL(location, url);
      // The token must not be shown to anybody else.
      if (url.origin !== call.url.origin) break;
    }
    throw new Fault('engineUnavailable', `${call.url.origin} redirects where we do not follow.`);
  }

  return {
    call: (method, path, options = {}) => withToken(method, path, options, follow),
    open: (method, path, options = {}) => withToken(method, path, options, (call) => transport.open(call)),
  };
}

/** The answer for what may be missing: undefined instead of `notFound`. */
export async function ifFound<T>(wanted: Promise<T>): Promise<T | undefined> {
  try {
    return await wanted;
  } catch (error) {
    if (error instanceof Fault && error.code === 'notFound') return undefined;
    throw error;
  }
}

/** Exactly what was looked for by name: undefined for none, `conflict` for several. */
export function onlyOne<T>(kind: string, name: string, found: readonly T[]): T | undefined {
  if (found.length > 1) {
    throw new Fault('conflict', `There are ${found.length} of kind ${kind} named ${name}: use the id.`);
  }
  return found[0];
}
