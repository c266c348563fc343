import { Type } from 'typebox';
import type { Context } from '../../kernel/access/context.ts';
import { policies } from '../../kernel/access/policy.ts';
import { caller, type Route, route } from '../../kernel/http/index.ts';
import type { ModuleDeps } from '../../kernel/module/index.ts';
import type { Migrations, Tx } from '../../kernel/store/index.ts';
import { appendFact, extendChain, type FactRow, factChannel, listFacts, type NewFact } from './store/facts.ts';

export { chainHash, emptyChain, leafHash } from './domain/leaf.ts';
export type { NewFact } from './store/facts.ts';

export const trustMigrations: Migrations = {
  context: 'market_trust',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** Where the market's contexts write what happened. */
export interface TrustApi {
  /** Appends a fact in the transaction that made it true. */
  record(tx: Tx, fact: NewFact): Promise<void>;
  /** Calls `listener` after each new fact of that subject (and after a lost connection); returns how to stop. */
  onFact(subject: string, listener: () => void): () => void;
}

/** The organisations whose facts the caller may read; null: everybody's. */
export type FactReaders = (context: Context) => Promise<readonly string[] | null>;

const chainSweepMs = 5_000;

/** The append-only record of business facts. */
export function createTrust(deps: ModuleDeps): {
  api: TrustApi;
  routes(readers: FactReaders): Route[];
} {
  deps.work.registerReconciler({
    name: 'market.trust.chain',
    sweepMs: chainSweepMs,
    list: async () => ['facts'],
    reconcile: async () => {
      while ((await extendChain(deps.store)) > 0);
      return undefined;
    },
  });
  return {
    api: { record: appendFact, onFact: (subject, listener) => onSubject(deps, subject, listener) },
    routes: (readers) => [listRoute(deps, readers)],
  };
}

function onSubject({ notifications }: ModuleDeps, subject: string, listener: () => void): () => void {
  return notifications.on(factChannel, (told) => {
    if (told === subject || told === '') listener();
  });
}

function listRoute({ store }: ModuleDeps, readers: FactReaders): Route {
  return route({
    method: 'GET',
    path: '/v1/facts',
    operation: 'market:facts:list',
    policy: policies.authenticated,
    query: Type.Object(
      {
        subject: Type.Optional(Type.String({ maxLength: 200 })),
        after: Type.Optional(Type.String({ pattern: '^[0-9]{1,18}$' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      },
      { additionalProperties: false },
    ),
    async handler(request) {
      const { subject, after, limit } = request.query;
      const facts = await listFacts(store.db, {
        parties: await readers(caller(request)),
        ...{ subject, after: BigInt(after ?? 0), limit: limit ?? 100 },
      });
      return { items: facts.map(factView), next: facts.at(-1)?.seq.toString() ?? null };
    },
  });
}

function factView(fact: FactRow): object {
  return {
    id: fact.id,
    kind: fact.kind,
    subject: fact.subject,
    at: fact.at,
    payload: fact.payload,
    salt: fact.salt.toString('hex'),
    leafHash: fact.leaf_hash.toString('hex'),
  };
}
