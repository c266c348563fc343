import { lookup as resolveName } from 'node:dns';
import { type ClientRequest, get as getHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getHttps } from 'node:https';
import { type BlockList, isIP, type LookupFunction } from 'node:net';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { mayFetchFrom, parseSource } from '../domain/web-source.ts';

const mostRedirects = 5;
/** Without a byte for this long, the source is given up. */
const idleMs = 60_000;

/**
 * Begins to download: answers the body. Every address is checked where the connection is made (a name may resolve to
 * another one a moment later), and so is every redirect.
 */
export async function fetchSource(source: string, allowed: BlockList, signal: AbortSignal): Promise<IncomingMessage> {
  let url = parseSource(source);
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const response = await request(url, allowed, signal);
    const { statusCode = 0 } = response;
    const { location } = response.headers;
    if (statusCode === 200) return response;
    response.destroy();
    if (statusCode < 300 || statusCode >= 400 || location === undefined) {
      throw badRequest(`The source answered ${statusCode}.`);
    }
    if (!URL.canParse(location, url.href)) throw badRequest('The source redirects to what is not a URL.');
    url = parseSource(new URL(location, url).href);
  }
  throw badRequest(`The source redirects more than ${mostRedirects} times.`);
}

function request(url: URL, allowed: BlockList, signal: AbortSignal): Promise<IncomingMessage> {
  // Addresses in the URL itself are never looked up.
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0 && !mayFetchFrom(literal, allowed)) return Promise.reject(notAllowed(literal));
  const options: RequestOptions = {
    signal,
    lookup: checkedLookup(allowed),
    agent: false,
    // The bytes as they are: nothing that unpacks to more than the limit.
    headers: { 'Accept-Encoding': 'identity', 'User-Agent': 'andromede-image' },
  };
  return new Promise((resolve, reject) => {
    const get = url.protocol === 'https:' ? getHttps : getHttp;
    const sent: ClientRequest = get(url.href, options, resolve);
    sent.setTimeout(idleMs, () => sent.destroy(badRequest(`The source sent nothing for ${idleMs / 1000} s.`)));
    sent.once('error', (error) => reject(asSourceFault(error)));
  });
}

/** What the source did wrong is the caller's to know; what we refused we say in our own words. */
function asSourceFault(error: unknown): unknown {
  if (error instanceof Fault) return error;
  const { code } = error as { code?: unknown };
  return badRequest(`The source could not be reached (${String(code ?? 'no connection')}).`, { cause: error });
}

function notAllowed(host: string): Fault {
  return badRequest(`The cloud does not fetch from ${host}: it is not an address of the Internet.`);
}

/** Resolves a name and hands on only addresses that may be fetched from. */
function checkedLookup(allowed: BlockList): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      const good = error === null ? addresses.filter(({ address }) => mayFetchFrom(address, allowed)) : [];
      const [first] = good;
      if (error !== null) callback(error, '', 0);
      else if (first === undefined) callback(notAllowed(hostname), '', 0);
      else if (options.all === true) callback(null, good);
      else callback(null, first.address, first.family);
    });
  };
}
