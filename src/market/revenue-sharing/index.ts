import type { Context } from '../../kernel/access/context.ts';
import { conflict } from '../../kernel/base/errors.ts';
import type { Route } from '../../kernel/http/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import { agreementRoutes } from './api/agreements.ts';
import { parseRule } from './api/rules.ts';
import type { ShareRule } from './domain/waterfall.ts';
import { agreementInForce, findAgreement } from './store/agreements.ts';
import { sharingTexts } from './texts.ts';

export { ruleView } from './api/rules.ts';
export * from './domain/waterfall.ts';

export const revenueSharingMigrations: Migrations = {
  context: 'market_revenue_sharing',
  directory: new URL('./store/migrations/', import.meta.url),
};

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
      const agreement = await agreementInForce(store.db, publisherId);
      if (agreement === undefined) throw conflict(sharingTexts(context.language).noAgreement);
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
