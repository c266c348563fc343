import { type Static, Type } from 'typebox';
import type { Context } from '../../kernel/access/context.ts';
import { policies } from '../../kernel/access/policy.ts';
import { conflict } from '../../kernel/base/errors.ts';
import { defineCatalogue } from '../../kernel/base/i18n.ts';
import { IdSchema } from '../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../kernel/http/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import { parseRule, RuleSchema, type RuleView } from './api/rules.ts';
import type { ShareRule } from './domain/waterfall.ts';
import { type Agreement, findAgreement, insertAgreement, latestAgreement, listAgreements } from './store/agreements.ts';

export { ruleView } from './api/rules.ts';
export * from './domain/waterfall.ts';

export const revenueSharingMigrations: Migrations = {
  context: 'market_revenue_sharing',
  directory: new URL('./store/migrations/', import.meta.url),
};

const texts = defineCatalogue({
  fr: { noAgreement: 'L’opérateur et l’éditeur n’ont pas encore d’accord de partage des revenus.' },
  en: { noAgreement: 'The operator and the publisher have no revenue-sharing agreement yet.' },
});

/** Who takes part in a sale, and on which terms. */
export interface SaleParties {
  readonly resellerId: string;
  /** Percent of the base price; when it is not said, all that a sale comes to above the base price is the reseller's. */
  readonly marginPercent?: string;
  readonly publisherId: string;
  readonly agreementId: string;
}

/** Agreements as ordered waterfalls. */
export interface RevenueSharingApi {
  /** The agreement in force with a publisher; 409 when there is none. */
  inForce(context: Context, publisherId: string): Promise<string>;
  /** The waterfall of a sale: the reseller's margin first, then the agreement; the operator takes what is left. */
  waterfall(parties: SaleParties): Promise<readonly ShareRule[]>;
}

/** Revenue sharing between operator, publishers and resellers. */
export function createRevenueSharing(
  deps: MarketDeps,
  partners: PartnersApi,
): { api: RevenueSharingApi; routes: readonly Route[] } {
  const { store } = deps;
  const api: RevenueSharingApi = {
    async inForce(context, publisherId) {
      const agreement = await latestAgreement(store.db, publisherId);
      if (agreement === undefined) throw conflict(texts(context.language).noAgreement);
      return agreement.id;
    },
    async waterfall({ resellerId, marginPercent, publisherId, agreementId }) {
      const agreement = await findAgreement(store.db, agreementId);
      if (agreement === undefined) throw new Error(`agreement ${agreementId} is gone`);
      const basis: ShareRule['basis'] =
        marginPercent === undefined ? { kind: 'markup' } : { kind: 'margin', percent: marginPercent };
      return [{ party: resellerId, basis }, ...agreement.rules.map((rule) => parseRule(rule, publisherId))];
    },
  };
  return { api, routes: agreementRoutes(deps, partners) };
}

const NewAgreement = Type.Object(
  { publisherId: IdSchema, rules: Type.Array(RuleSchema, { maxItems: 20 }) },
  { additionalProperties: false },
);

function agreementRoutes(deps: MarketDeps, partners: PartnersApi): Route[] {
  const { store, clock, idempotency, trust } = deps;

  async function create(context: Context, id: string, body: Static<typeof NewAgreement>): Promise<Agreement> {
    await partners.requireOperator(context);
    const publisher = await partners.actingAs(context, body.publisherId, 'publisher');
    const at = clock.now();
    return store.transact(async (tx) => {
      const rules: RuleView[] = body.rules;
      const { agreement, created } = await insertAgreement(tx, { id, publisherId: publisher.id, rules, createdAt: at });
      if (created) {
        const payload = { version: agreement.version, publisherId: publisher.id, rules, by: context.userId };
        const parties = [publisher.id];
        await trust.record(tx, { kind: 'market.agreement.made', subject: agreement.id, at, payload, parties });
      }
      return agreement;
    });
  }

  return [
    idempotency.post({
      path: '/v1/agreements',
      operation: 'market:agreements:create',
      policy: policies.authenticated,
      status: 201,
      body: NewAgreement,
      handler: (request, id) => create(caller(request), id, request.body),
    }),
    route({
      method: 'GET',
      path: '/v1/agreements',
      operation: 'market:agreements:list',
      policy: policies.authenticated,
      query: Type.Object({ publisherId: IdSchema }, { additionalProperties: false }),
      async handler(request) {
        const publisher = await partners.visible(caller(request), request.query.publisherId);
        return { items: await listAgreements(store.db, publisher.id), next: null };
      },
    }),
  ];
}
