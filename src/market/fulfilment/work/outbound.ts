import { lookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { conflict, Fault } from '../../../kernel/base/errors.ts';
import type { AddressRule } from '../domain/addresses.ts';
import type { Outbound, OutboundAnswer, OutboundRequest } from '../ports.ts';

/** How publishers are called. */
export interface OutboundOptions {
  readonly mayCall: AddressRule;
  /** Until the answer is complete; 10,000 unless said. */
  readonly timeoutMs?: number;
  /** The largest answer that is read; 256 KiB unless said. */
  readonly mostBytes?: number;
}

/**
 * Calls publishers. The name is resolved here and the connection goes to the very address that was checked, so that a name
 * whose answer changes in between gains nothing; redirections are not followed; time and size have limits.
 */
export function createOutbound(options: OutboundOptions): Outbound {
  const { mayCall, timeoutMs = 10_000, mostBytes = 256 * 1024 } = options;

  const checkedLookup: LookupFunction = (host, lookupOptions, callback) => {
    lookup(host, { ...lookupOptions, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const refused = addresses.find(({ address }) => !mayCall(address));
      if (refused !== undefined) return callback(forbidden(host), []);
      return callback(null, addresses);
    });
  };

  async function send({ method, url, headers, body }: OutboundRequest): Promise<OutboundAnswer> {
    const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) !== 0 && !mayCall(literal)) throw forbidden(url.hostname);
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = body === undefined ? {} : { 'Content-Type': 'application/json' };
        const settings = {
          ...{ method, signal, lookup: checkedLookup, agent: false as const },
          // Of one address after another, each is checked: no second look-up of our own.
          autoSelectFamily: true,
          headers: { Accept: 'application/json', 'User-Agent': 'Andromede-Market', ...sent, ...headers },
        };
        const outgoing = url.protocol === 'https:' ? httpsRequest(url, settings) : httpRequest(url, settings);
        outgoing.once('response', resolve).once('error', reject).end(body);
      });
      const text = await readText(answer, mostBytes);
      return { status: answer.statusCode ?? 0, retryAfterMs: retryAfter(answer), json: parsed(text) };
    } catch (error) {
      if (error instanceof Fault) throw error;
      const what = signal.aborted ? `did not answer within ${timeoutMs / 1000} s` : 'could not be reached';
      throw new Fault('engineUnavailable', `${url.host} ${what}.`, { cause: error, detail: String(error) });
    }
  }

  return { send };
}

function forbidden(host: string): Fault {
  return conflict(`${host} is not on the public internet: the operator would have to allow its network.`);
}

async function readText(answer: IncomingMessage, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += (chunk as Buffer).length;
    if (size > mostBytes) {
      answer.destroy();
      throw conflict(`The answer is larger than ${mostBytes} bytes.`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): OutboundAnswer['json'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** `Retry-After` in seconds (RFC 9110, 10.2.3), at most five minutes. */
function retryAfter({ headers }: IncomingMessage): number | undefined {
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 300) * 1000 : undefined;
}
