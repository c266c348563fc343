/**
 * The other side of a webhook offering, to start from: a publisher's system that provides a “space” for each subscription.
 * Run it with `WEBHOOK_SECRET=whsec_… node server.ts`; it listens on PORT (8080). Apache-2.0, no dependency.
 *
 * What it shows: verify before anything else; do each operation once, however often it is asked for; answer `accepted` when
 * something takes long, and call back when it is over; never fail an end.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';

/** What the market sends (`data` of the webhook). */
export interface OperationCall {
  readonly operationId: string;
  readonly instanceId: string;
  readonly subscriptionId: string;
  readonly plan: { readonly id: string; readonly code: string | null };
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly test: boolean;
  readonly callback: { readonly url: string; readonly key: string };
}

/** `completed` with what the customer gets, `accepted` when a callback will tell, or a refusal in words. */
export type Outcome =
  | { readonly status: 'completed'; readonly outputs?: Readonly<Record<string, unknown>> }
  | { readonly status: 'accepted' }
  | { readonly refused: string };

/** A space that a customer has. */
export interface Space {
  readonly plan: string | null;
  readonly suspended: boolean;
  readonly origin: unknown;
}

const toleranceSeconds = 300;

/** Whether the message is from who has the secret, and is not an old one (Standard Webhooks). */
export function isGenuine(headers: IncomingMessage['headers'], body: string, secret: string, now = Date.now()): boolean {
  const id = String(headers['webhook-id'] ?? '');
  const seconds = Number(headers['webhook-timestamp']);
  if (id === '' || !(Math.abs(now / 1000 - seconds) <= toleranceSeconds)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest();
  return String(headers['webhook-signature'] ?? '')
    .split(' ')
    .map((signature) => Buffer.from(signature.replace(/^v1,/, ''), 'base64'))
    .some((told) => told.length === wanted.length && timingSafeEqual(told, wanted));
}

/** The publisher's own business. Replace the map by your database, and `url` by what you sell. */
export function createSpaces() {
  const spaces = new Map<string, Space>();
  const outcomes = new Map<string, Outcome>();

  function once(type: string, call: OperationCall): Outcome {
    const { instanceId, plan, parameters } = call;
    const space = spaces.get(instanceId);
    switch (type) {
      case 'subscription.provision':
        if (parameters.name === 'forbidden') return { refused: 'That name is taken.' };
        spaces.set(instanceId, { plan: plan.code, suspended: false, origin: parameters.origin });
        return { status: 'completed', outputs: { url: `https://spaces.example/${instanceId}`, token: `secret-${instanceId}` } };
      case 'subscription.change-plan':
        if (space === undefined) return { refused: 'There is no such space.' };
        spaces.set(instanceId, { ...space, plan: plan.code });
        return { status: 'completed' };
      case 'subscription.suspend':
      case 'subscription.resume':
        if (space === undefined) return { refused: 'There is no such space.' };
        spaces.set(instanceId, { ...space, suspended: type === 'subscription.suspend' });
        return { status: 'completed' };
      case 'subscription.terminate':
        spaces.delete(instanceId);
        return { status: 'completed' };
      default:
        return { refused: `What is ${type}?` };
    }
  }

  return {
    spaces,
    /** The same operation again gets the same answer, and has no second effect. */
    handle(type: string, call: OperationCall): Outcome {
      const known = outcomes.get(call.operationId);
      if (known !== undefined) return known;
      const outcome = once(type, call);
      outcomes.set(call.operationId, outcome);
      return outcome;
    },
  };
}

/** Tells the market how an accepted operation went. Try again until it answers 200 or 409 (it is over). */
export async function callBack({ callback }: OperationCall, report: object): Promise<number> {
  const headers = { Authorization: `Bearer ${callback.key}`, 'Content-Type': 'application/json' };
  const answer = await fetch(callback.url, { method: 'POST', headers, body: JSON.stringify(report) });
  await answer.arrayBuffer();
  return answer.status;
}

/** The server: verification, then `handle`. */
export function createPublisher(secret: () => string, handle: (type: string, call: OperationCall) => Outcome): Server {
  return createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = (status: number, json: object) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
    if (!isGenuine(request.headers, body, secret())) return answer(401, { detail: 'The signature is not good.' });
    const { type, data } = JSON.parse(body) as { type: string; data: OperationCall };
    try {
      const outcome = handle(type, data);
      if ('refused' in outcome) return answer(422, { detail: outcome.refused });
      return answer(outcome.status === 'accepted' ? 202 : 200, outcome);
    } catch (error) {
      // The market tries again later, under the same id.
      console.error(error);
      return answer(500, {});
    }
  });
}

if (import.meta.main) {
  const secret = process.env.WEBHOOK_SECRET ?? '';
  if (!secret.startsWith('whsec_')) throw new Error('WEBHOOK_SECRET is what `endpoint secret` printed: whsec_…');
  const port = Number(process.env.PORT ?? 8080);
  createPublisher(() => secret, createSpaces().handle).listen(port, () => console.log(`listening on ${port}`));
}
