import { type Static, Type } from 'typebox';
import type { Context } from '../../kernel/access/context.ts';
import { policies } from '../../kernel/access/policy.ts';
import { KeystoneIdSchema, moneyView, parseMoney } from '../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../kernel/http/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import type { MeteringApi } from '../metering/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import type { CloudDirectory, ImportedProject, ProjectsApi } from '../projects/index.ts';
import {
  type Month,
  metersOf,
  type Period,
  PriceSchema,
  type PriceView,
  parsePrice,
  periodOf,
  rateMonth,
  type Usage,
  usageInMonth,
} from '../rating/index.ts';
import { reconcile } from './domain/reconciliation.ts';
import { listBills, putBill, type ShadowBill } from './store/bills.ts';

export const shadowBillingMigrations: Migrations = {
  context: 'market_shadow_billing',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface ShadowBillingDeps extends MarketDeps {
  readonly partners: PartnersApi;
  readonly projects: ProjectsApi;
  readonly metering: MeteringApi;
  readonly directory: CloudDirectory;
  /** The seller's: months begin and end by it. */
  readonly timeZone: string;
}

const MonthSchema = Type.String({
  pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$',
  description: 'a month of the seller: 2026-03',
});
const BillRequest = Type.Object({ month: MonthSchema, price: PriceSchema }, { additionalProperties: false });
const BillsQuery = Type.Object(
  {
    month: MonthSchema,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
    after: Type.Optional(KeystoneIdSchema),
  },
  { additionalProperties: false },
);

/** What servers are metered as, here and by Nova. */
const serverMeter = 'andromede.compute.server.usage.v1';

/** Months rated without charging, beside what the cloud says itself. */
export function createShadowBilling(deps: ShadowBillingDeps): { routes: readonly Route[] } {
  const { store, clock, trust, partners, metering, directory, timeZone } = deps;

  async function billAll(context: Context, { month, price }: Static<typeof BillRequest>): Promise<object> {
    await partners.requireOperator(context);
    parsePrice(price);
    const at = clock.now();
    const bills: ShadowBill[] = [];
    for (const project of await deps.projects.all()) {
      const bill = await billOf(project, month, price, at);
      await putBill(store.db, bill);
      bills.push(bill);
    }
    const total = bills.reduce((sum, bill) => sum + parseMoney(bill.totalWithoutVat).minor, 0n);
    const differing = bills.reduce((sum, { reconciliation }) => sum + reconciliation.count, 0);
    const totalWithoutVat = moneyView({ minor: total, currency: price.currency });
    const result = { month, projects: bills.length, totalWithoutVat, differing };
    await store.transact((tx) =>
      trust.record(tx, {
        ...{ kind: 'market.shadow-bills.reckoned', subject: month, at, parties: [] },
        payload: { ...result, by: context.userId },
      }),
    );
    return { ...result, charged: false };
  }

  async function billOf(project: ImportedProject, month: Month, price: PriceView, at: Date): Promise<ShadowBill> {
    const { projectId, name: projectName, organisationId } = project;
    const period = periodOf(month, timeZone);
    const parsed = parsePrice(price);
    const meters = [...new Set([...metersOf(parsed), serverMeter])];
    const used = new Map(
      await Promise.all(
        meters.map(async (type) => [type, await metering.usageByResource({ projectId, type, ...period })] as const),
      ),
    );
    const usageOf = (meter: string): Usage[] => [...(used.get(meter)?.values() ?? [])].flat();
    const tenure = { price: parsed, start: period.start, end: null };
    const rated = rateMonth(tenure, usageOf, month, { timeZone, asOf: at });
    const total = rated.reduce((sum, { amount }) => sum + amount, 0n);
    const money = (minor: bigint) => moneyView({ minor, currency: price.currency });
    return {
      ...{ projectId, projectName, organisationId, month, price, reckonedAt: at },
      totalWithoutVat: money(total),
      lines: rated.map(({ componentId, usage, quantity, unit, amount }) => ({
        ...{ componentId, usage: Number(usage), quantity, unit, amount: money(amount) },
      })),
      reconciliation: reconcile(
        secondsIn(month, used.get(serverMeter) ?? new Map(), timeZone),
        await cloudSeconds(projectId, period, at),
      ),
    };
  }

  /** Up to now, in the running month. */
  async function cloudSeconds(projectId: string, { start, end }: Period, now: Date): Promise<Map<string, number>> {
    if (start >= now) return new Map();
    const said = await directory.serverUsage(projectId, start, end < now ? end : now);
    return new Map(said.map(({ serverId, seconds }) => [serverId, seconds]));
  }

  const routes = [
    deps.idempotency.post({
      path: '/v1/shadow-bills',
      operation: 'market:shadow-bills:create',
      policy: policies.authenticated,
      status: 201,
      body: BillRequest,
      handler: (request) => billAll(caller(request), request.body),
    }),
    route({
      method: 'GET',
      path: '/v1/shadow-bills',
      operation: 'market:shadow-bills:list',
      policy: policies.authenticated,
      query: BillsQuery,
      async handler(request) {
        await partners.requireOperator(caller(request));
        const { month, limit = 100, after = '' } = request.query;
        const items = await listBills(store.db, { month, limit, after });
        const shown = items.map((bill) => ({ ...bill, charged: false }));
        return { items: shown, next: items.length === limit ? items.at(-1)?.projectId : null };
      },
    }),
  ];
  return { routes };
}

function secondsIn(month: Month, used: ReadonlyMap<string, readonly Usage[]>, timeZone: string): Map<string, number> {
  const total = (usages: readonly Usage[]) => usages.reduce((sum, one) => sum + usageInMonth(one, month, timeZone), 0n);
  return new Map([...used].map(([resourceId, usages]) => [resourceId, Number(total(usages))]));
}
