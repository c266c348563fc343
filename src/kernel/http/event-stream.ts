import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Static, Type } from 'typebox';
import { systemClock } from '../base/clock.ts';
import { jsonText } from './json.ts';
import { type ApiRequest, Reply } from './service.ts';

/** What a stream of server-sent events tells. */
export interface EventSource {
  /** What is now, by name of event; rejects when the caller may not (or no longer) see it. */
  look(): Promise<Readonly<Record<string, unknown>>>;
  /** Has `wake` called whenever `look` may answer something else; returns how to stop that. */
  listen(wake: () => void): () => void;
}

/** The query of a stream: for browsers, which can only send the header when they reconnect by themselves. */
export const EventStreamQuery = Type.Object(
  { lastEventId: Type.Optional(Type.String({ maxLength: 500 })) },
  { additionalProperties: false },
);

type Request = Pick<ApiRequest<unknown, unknown, unknown>, 'context' | 'headers' | 'closing'> & {
  readonly query: Static<typeof EventStreamQuery>;
};

const keepAliveMs = 20_000;
/** A stream ends by itself, so that who may listen is asked anew; the browser comes back with its `Last-Event-ID`. */
const longestMs = 300_000;
const retryMs = 1_000;
/** A client that does not read is let go. */
const mostUnread = 1024 * 1024;

/**
 * Answers with server-sent events (WHATWG HTML, 9.2): each thing in `look` once at the start and again when it has changed.
 * The state is sent, not its history, so that whoever was away for a while misses nothing: the id of an event is a hash of
 * all states, and what its holder knows already (`Last-Event-ID`, or `lastEventId` in the query) is not sent again.
 */
export async function eventStream(request: Request, { look, listen }: EventSource): Promise<Reply> {
  const known = readId(String(request.headers['last-event-id'] ?? request.query.lastEventId ?? ''));
  const body = new Readable({ read: () => undefined });
  let [looking, woken, ended] = [true, false, false];
  // Heard from before the first look on, so that nothing falls between the two.
  const deaf = listen(() => {
    woken = true;
    if (!looking) void lookAgain();
  });
  const timers: NodeJS.Timeout[] = [];

  function end(): void {
    if (ended) return;
    ended = true;
    for (const timer of timers) clearTimeout(timer);
    deaf();
    request.closing.removeEventListener('abort', end);
    if (!body.destroyed) body.push(null);
  }

  function tell(events: Readonly<Record<string, unknown>>): void {
    for (const [name, state] of Object.entries(events)) {
      const data = jsonText(state);
      const digest = createHash('sha256').update(data).digest('base64url').slice(0, 12);
      if (ended || known.get(name) === digest) continue;
      known.set(name, digest);
      body.push(`id: ${writeId(known)}\nevent: ${name}\ndata: ${data}\n\n`);
    }
    if (body.readableLength > mostUnread) body.destroy();
  }

  async function lookAgain(): Promise<void> {
    looking = true;
    try {
      while (woken && !ended) {
        woken = false;
        tell(await look());
      }
    } catch {
      // Gone, or no longer the caller's: the client asks again, and is told so.
      end();
    }
    looking = false;
  }

  try {
    // Before anything is answered: what may not be seen is refused as everywhere.
    const first = await look();
    body.push(`retry: ${retryMs}\n\n`);
    tell(first);
  } catch (error) {
    end();
    throw error;
  }
  const left = (request.context?.expiresAt.getTime() ?? Number.POSITIVE_INFINITY) - systemClock.now().getTime();
  timers.push(setInterval(() => body.push(': still here\n\n'), keepAliveMs));
  timers.push(setTimeout(end, Math.max(0, Math.min(longestMs, left))));
  request.closing.addEventListener('abort', end);
  body.once('close', end);
  void lookAgain();
  const headers = { 'Content-Type': contentType, 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };
  return new Reply({ headers, body });
}

/** Whether that answer would go on for minutes. */
export function isEventStream({ headers }: Reply): boolean {
  return headers['Content-Type'] === contentType;
}

const contentType = 'text/event-stream';

function writeId(known: ReadonlyMap<string, string>): string {
  return [...known].map(([name, digest]) => `${name}:${digest}`).join(',');
}

function readId(text: string): Map<string, string> {
  const pairs = text.slice(0, 500).matchAll(/([a-z-]+):([\w-]{12})(?:,|$)/g);
  return new Map([...pairs].map(([, name = '', digest = '']) => [name, digest]));
}
