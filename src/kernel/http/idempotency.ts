import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { TSchema } from 'typebox';
import { canonicalJson } from '../base/canonical-json.ts';
import type { Clock } from '../base/clock.ts';
import { badRequest, Fault } from '../base/errors.ts';
import { derivedId, newId } from '../base/ids.ts';
import type { Migrations, Store } from '../store/index.ts';
import { jsonText } from './json.ts';
import { type ApiRequest, caller, Reply, type Route, route, type TypedRoute } from './service.ts';

/** The tables of `createIdempotency`. */
export const idempotencyMigrations: Migrations = {
  context: 'idempotency',
  directory: new URL('./migrations/', import.meta.url),
};

/** A route whose handler is told the id of what it makes. */
export interface IdempotentRoute<P, Q, B> extends Omit<TypedRoute<P, Q, B>, 'handler' | 'method'> {
  /**
   * `id` is always the same for one key of one caller: a handler that names what it creates with it, and returns what
   * exists under it, may be run again after a crash.
   */
  handler(request: Parameters<TypedRoute<P, Q, B>['handler']>[0], id: string): Promise<unknown> | unknown;
}

/**
 * The header `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header) of our own POSTs: the same key and body
 * answer the same as the first time, another body under the same key is refused with 422. A refused request frees its key.
 */
export interface Idempotency {
  post<
    P extends TSchema | undefined = undefined,
    Q extends TSchema | undefined = undefined,
    B extends TSchema | undefined = undefined,
  >(definition: IdempotentRoute<P, Q, B>): Route;
  /** Forgets keys first used before that instant; answers how many. */
  forget(before: Date): Promise<bigint>;
}

interface Kept {
  body_hash: Buffer;
  status: number | null;
  response: string | null;
}

const header = 'idempotency-key';
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** Keeps keys in the store; after `idempotencyMigrations`. */
export function createIdempotency({ store, clock }: { store: Store; clock: Clock }): Idempotency {
  async function once(
    request: ApiRequest<unknown, unknown, unknown>,
    definition: { status?: number; handler(request: unknown, id: string): unknown },
  ): Promise<unknown> {
    const key = keyOf(request);
    if (key === undefined) return definition.handler(request, newId(clock.now().getTime()));
    const scope = [caller(request).userId, request.url].join(' ');
    const bodyHash = createHash('sha256')
      .update(canonicalJson(request.body ?? null))
      .digest();
    const before = await claim(store, clock, scope, key, bodyHash);
    if (before !== undefined) return before;
    try {
      const answer = await definition.handler(request, derivedId('idempotency-key', scope, key));
      return keep(store, scope, key, definition.status ?? 200, answer);
    } catch (error) {
      await sql`delete from idempotency.request where scope = ${scope} and key = ${key} and response is null`.execute(
        store.db,
      );
      throw error;
    }
  }

  return {
    post(definition) {
      const untyped = definition as unknown as Parameters<typeof once>[1];
      return route({
        ...(definition as unknown as Route),
        method: 'POST',
        handler: (request) => once(request, untyped),
      } as TypedRoute<undefined, undefined, undefined>);
    },
    async forget(before) {
      const result = await sql`delete from idempotency.request where created_at < ${before}`.execute(store.db);
      return result.numAffectedRows ?? 0n;
    },
  };
}

function keyOf(request: ApiRequest<unknown, unknown, unknown>): string | undefined {
  const sent = request.headers[header];
  if (sent === undefined) return undefined;
  const key = String(sent).replace(/^"(.*)"$/, '$1');
  if (!keyPattern.test(key)) throw badRequest('Idempotency-Key must be 1 to 255 visible ASCII characters.');
  return key;
}

/** Takes the key; answers what was answered before, if anything was. */
async function claim(
  store: Store,
  clock: Clock,
  scope: string,
  key: string,
  bodyHash: Buffer,
): Promise<Reply | undefined> {
  await sql`insert into idempotency.request (scope, key, body_hash, created_at)
    values (${scope}, ${key}, ${bodyHash}, ${clock.now()}) on conflict do nothing`.execute(store.db);
  const { rows } = await sql<Kept>`select body_hash, status, response from idempotency.request
    where scope = ${scope} and key = ${key}`.execute(store.db);
  const kept = rows[0];
  if (kept !== undefined && !kept.body_hash.equals(bodyHash)) {
    throw new Fault('unprocessable', 'This Idempotency-Key was used for another body: take a new key.');
  }
  return kept === undefined ? undefined : replay(kept);
}

function replay({ status, response }: Kept): Reply | undefined {
  if (status === null || response === null) return undefined;
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Replayed': 'true' };
  return new Reply({ status, headers, body: response });
}

/** Keeps the first answer; of two requests that ran at once, both give it. */
async function keep(store: Store, scope: string, key: string, status: number, answer: unknown): Promise<Reply> {
  const reply = answer instanceof Reply ? answer : new Reply({ body: answer });
  const text = jsonText(reply.body ?? null);
  await sql`update idempotency.request set status = ${reply.status ?? status}, response = ${text}
    where scope = ${scope} and key = ${key} and response is null`.execute(store.db);
  const { rows } = await sql<Kept>`select body_hash, status, response from idempotency.request
    where scope = ${scope} and key = ${key}`.execute(store.db);
  const kept = rows[0];
  return new Reply({
    status: kept?.status ?? reply.status ?? status,
    headers: { 'Content-Type': 'application/json', ...reply.headers },
    body: kept?.response ?? text,
  });
}
