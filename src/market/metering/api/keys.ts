import { createHash, randomBytes } from 'node:crypto';
import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { IdSchema, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { MeteringDeps } from '../index.ts';
import { findKey, insertKey, listKeys, revokeKey } from '../store/keys.ts';
import { meteringTexts } from '../texts.ts';

const NewKey = Type.Object(
  { publisherId: IdSchema, name: Type.String({ minLength: 1, maxLength: 100 }) },
  { additionalProperties: false },
);

/** Of 256 random bits nothing can be guessed from a plain hash. */
export const keyHash = (key: string): Buffer => createHash('sha256').update(key).digest();

/** A publisher's keys. The POST takes no `Idempotency-Key`: its answer holds the key, which is kept nowhere. */
export function keyRoutes({ store, clock, trust, partners }: MeteringDeps): Route[] {
  async function create(context: Context, { publisherId, name }: Static<typeof NewKey>): Promise<object> {
    await partners.actingAs(context, publisherId, 'publisher');
    const at = clock.now();
    const made = { id: newId(at.getTime()), publisherId, name, createdAt: at };
    const key = `amk_${randomBytes(32).toString('base64url')}`;
    await store.transact(async (tx) => {
      await insertKey(tx, made, { hash: keyHash(key), by: context.userId });
      const payload = { publisherId, name, by: context.userId };
      const parties = [publisherId];
      await trust.record(tx, { kind: 'market.metering-key.created', subject: made.id, at, payload, parties });
    });
    return { ...made, revokedAt: null, key };
  }

  async function revoke(context: Context, id: string): Promise<void> {
    const key = await findKey(store.db, id);
    if (key === undefined || !(await partners.maySee(context, key.publisherId))) {
      throw new Fault('notFound', meteringTexts(context.language).keyNotFound(id));
    }
    const at = clock.now();
    await store.transact(async (tx) => {
      if (!(await revokeKey(tx, id, at))) return;
      const payload = { by: context.userId };
      const parties = [key.publisherId];
      await trust.record(tx, { kind: 'market.metering-key.revoked', subject: id, at, payload, parties });
    });
  }

  return [
    route({
      method: 'POST',
      path: '/v1/metering-keys',
      operation: 'market:metering-keys:create',
      policy: policies.authenticated,
      status: 201,
      body: NewKey,
      handler: (request) => create(caller(request), request.body),
    }),
    route({
      method: 'GET',
      path: '/v1/metering-keys',
      operation: 'market:metering-keys:list',
      policy: policies.authenticated,
      query: PageQuery,
      async handler(request) {
        const context = caller(request);
        const own = (await partners.organisationsOf(context)).map(({ id }) => id);
        const publisherIds = (await partners.isOperator(context)) ? null : own;
        return pageOf(request.query, await listKeys(store.db, { ...pageBounds(request.query), publisherIds }));
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/metering-keys/:keyId',
      operation: 'market:metering-keys:revoke',
      policy: policies.authenticated,
      status: 204,
      params: Type.Object({ keyId: IdSchema }),
      handler: (request) => revoke(caller(request), request.params.keyId),
    }),
  ];
}
