import { type Static, Type } from 'typebox';
import type { Context } from '../../kernel/access/context.ts';
import { policies } from '../../kernel/access/policy.ts';
import { badRequest, conflict } from '../../kernel/base/errors.ts';
import { IdSchema, moneyView } from '../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../kernel/http/index.ts';
import { earnings } from '../ledger/index.ts';
import type { OrdersApi } from '../orders/index.ts';
import type { MarketDeps, Organisation, PartnersApi } from '../partners/index.ts';
import { type Month, monthOf, monthsBetween, nextMonth, periodOf } from '../rating/index.ts';
import type { SubscriptionsApi } from '../subscriptions/index.ts';
import { type SalesMonth, salesReport } from './domain/report.ts';
import { salesTexts } from './texts.ts';

export interface SalesDeps extends MarketDeps {
  readonly partners: PartnersApi;
  readonly orders: OrdersApi;
  readonly subscriptions: SubscriptionsApi;
  /** The seller's: months begin and end by it. */
  readonly timeZone: string;
}

const MonthSchema = Type.String({
  pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$',
  description: 'a month of the seller: 2026-03',
});
const SalesQuery = Type.Object(
  {
    organisationId: Type.Optional(IdSchema),
    from: Type.Optional(MonthSchema),
    to: Type.Optional(MonthSchema),
  },
  { additionalProperties: false },
);

const mostMonths = 60;
const shownMonths = 12;
const currency = 'EUR';
const sellingRoles = ['operator', 'publisher', 'reseller', 'integrator'] as const;

/** What the operator, and each of its sellers, sold: for whoever it is, and nobody else. */
export function createSales(deps: SalesDeps): { routes: readonly Route[] } {
  const { store, clock, partners, orders, subscriptions, timeZone } = deps;

  /** The organisation whose sales are asked for; null for the whole, which is the operator's. */
  async function sellerOf(context: Context, organisationId: string | undefined): Promise<Organisation | null> {
    if (organisationId === undefined) {
      await partners.requireOperator(context);
      return null;
    }
    const organisation = await partners.visible(context, organisationId);
    if (organisation.roles.includes('operator')) return null;
    if (sellingRoles.some((role) => organisation.roles.includes(role))) return organisation;
    throw conflict(salesTexts(context.language).sellersOnly(organisation.name));
  }

  async function report(context: Context, asked: Static<typeof SalesQuery>): Promise<object> {
    const seller = await sellerOf(context, asked.organisationId);
    const months = monthsOf(context, asked);
    const bounds = [...months, nextMonth(months.at(-1) ?? '')].map((month) => periodOf(month, timeZone).start);
    const sellerId = seller?.id ?? null;
    const [earned, placed, turnover] = await Promise.all([
      earnings(store.db, { bounds, organisationId: sellerId, currency }),
      orders.count(bounds, sellerId),
      subscriptions.turnover(bounds, sellerId),
    ]);
    const counted = salesReport(months, { earnings: earned, orders: placed, turnover });
    return {
      ...{ organisationId: sellerId, name: seller?.name ?? null, currency },
      months: counted.map((month) => monthView(month, seller === null)),
    };
  }

  /** The months from `from` to `to`, both included: the last twelve unless said. */
  function monthsOf(context: Context, { from, to }: Static<typeof SalesQuery>): Month[] {
    const texts = salesTexts(context.language);
    const last = to ?? monthOf(clock.now(), timeZone);
    const first = from ?? back(last, shownMonths - 1);
    const count = monthsBetween(first, last) + 1;
    if (count < 1) throw badRequest(texts.backwards(first, last));
    if (count > mostMonths) throw badRequest(texts.tooLong(mostMonths));
    const months = [first];
    while (months.length < count) months.push(nextMonth(months.at(-1) ?? ''));
    return months;
  }

  const routes = [
    route({
      method: 'GET',
      path: '/v1/sales',
      operation: 'market:sales:report',
      policy: policies.authenticated,
      query: SalesQuery,
      handler: (request) => report(caller(request), request.query),
    }),
  ];
  return { routes };
}

function back(month: Month, count: number): Month {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 - count, 1)).toISOString().slice(0, 7);
}

/** A partner is told what it earned; what the sale was, and who earned the rest, only the operator. */
function monthView({ kept, owed, marginPercent, ...rest }: SalesMonth, isOperator: boolean): object {
  const money = (minor: bigint) => moneyView({ minor, currency });
  return isOperator
    ? { ...rest, sold: money(kept + owed), shared: money(owed), earned: money(kept), marginPercent }
    : { ...rest, sold: null, shared: null, earned: money(owed), marginPercent: null };
}
