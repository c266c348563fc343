import { policies } from '../kernel/access/policy.ts';
import { badRequest } from '../kernel/base/errors.ts';
import { createIdempotency, idempotencyMigrations } from '../kernel/http/idempotency.ts';
import { problemFault, type Route, route, type Service } from '../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../kernel/module/index.ts';
import type { Migrations } from '../kernel/store/index.ts';
import { approvalsMigrations, createApprovals } from './approvals/index.ts';
import { billingMigrations, createBilling } from './billing/index.ts';
import { catalogueMigrations, createCatalogue } from './catalogue/index.ts';
import { createFulfilment, fulfilmentMigrations, type StackCloud, type TemplateValidator } from './fulfilment/index.ts';
import { ledgerMigrations } from './ledger/index.ts';
import { createMetering, meteringMigrations } from './metering/index.ts';
import { createOrders, ordersMigrations } from './orders/index.ts';
import { createPartners, partnersMigrations } from './partners/index.ts';
import { type CloudDirectory, createProjects, projectsMigrations } from './projects/index.ts';
import { createRevenueSharing, revenueSharingMigrations } from './revenue-sharing/index.ts';
import { createSales } from './sales/index.ts';
import { createShadowBilling, shadowBillingMigrations } from './shadow-billing/index.ts';
import { createSpending, spendingMigrations } from './spending/index.ts';
import { createStorefronts, storefrontsMigrations } from './storefronts/index.ts';
import { createSubscriptions, subscriptionsMigrations } from './subscriptions/index.ts';
import { createTrust, trustMigrations } from './trust/index.ts';

export type {
  CloudCredential,
  PersonalToken,
  Stack,
  StackCloud,
  StackResource,
  TemplateValidator,
} from './fulfilment/index.ts';
export { createOpenStackCloud, type OpenStackCloudOptions } from './openstack-cloud.ts';
export type { CloudDirectory, CloudProject, CloudServerUsage } from './projects/index.ts';

/** The market's tables; after the kernel's. */
export const marketMigrations: readonly Migrations[] = [
  idempotencyMigrations,
  trustMigrations,
  partnersMigrations,
  ledgerMigrations,
  revenueSharingMigrations,
  fulfilmentMigrations,
  catalogueMigrations,
  storefrontsMigrations,
  subscriptionsMigrations,
  approvalsMigrations,
  ordersMigrations,
  meteringMigrations,
  billingMigrations,
  spendingMigrations,
  projectsMigrations,
  shadowBillingMigrations,
];

/** The OpenStack cloud in front of which the market stands, through its public API only. */
export type CloudAccess = StackCloud & TemplateValidator;

/** What the market needs besides what every module gets. */
export interface MarketOptions {
  readonly cloud: CloudAccess;
  /** What that cloud knows of its own projects, for the operator. */
  readonly directory: CloudDirectory;
  /** At least 32 bytes: seals the customers' application credentials. */
  readonly masterKey: Buffer;
  /** The billing calendar: the seller's time zone; `Europe/Paris` unless said. */
  readonly timeZone?: string;
  /** Where stores have their host names: `localhost` unless said. */
  readonly storeDomain?: string;
  /** Networks that are not public and in which publishers may be called all the same; none unless said. */
  readonly outboundAllow?: readonly string[];
}

/** The marketplace, mounted at `/market`. */
export function createMarket(deps: ModuleDeps & MarketOptions): Module {
  const trust = createTrust(deps);
  const idempotency = createIdempotency(deps);
  const base = { ...deps, idempotency, trust: trust.api, templates: deps.cloud };
  const timeZone = deps.timeZone ?? 'Europe/Paris';
  const storeDomain = deps.storeDomain ?? 'localhost';

  const partners = createPartners(base);
  const revenueSharing = createRevenueSharing(base, partners.api);
  const apis = { ...base, partners: partners.api, revenueSharing: revenueSharing.api };
  const fulfilment = createFulfilment({ ...apis, outboundAllow: deps.outboundAllow ?? [] });
  const catalogue = createCatalogue({ ...apis, fulfilment: fulfilment.api });
  const storefronts = createStorefronts({ ...apis, catalogue: catalogue.api, storeDomain });
  const delivering = { ...apis, catalogue: catalogue.api, fulfilment: fulfilment.api };
  const subscriptions = createSubscriptions(delivering);
  const selling = { ...delivering, storefronts: storefronts.api, timeZone };
  const approvals = createApprovals({ ...apis, timeZone });
  const orders = createOrders({ ...selling, approvals: approvals.api, subscriptions: subscriptions.api });
  const metering = createMetering({ ...apis, subscriptions: subscriptions.api });
  const billing = createBilling({ ...apis, subscriptions: subscriptions.api, metering: metering.api, timeZone });

  const charging = { subscriptions: subscriptions.api, metering: metering.api, billing: billing.api, timeZone };
  const spending = createSpending({ ...apis, ...charging, approvals: approvals.api });

  const projects = createProjects(apis);
  const shadowBilling = createShadowBilling({ ...apis, projects: projects.api, metering: metering.api, timeZone });

  const sales = createSales({ ...apis, orders: orders.api, subscriptions: subscriptions.api, timeZone });

  const facts = trust.routes(async (context) => {
    if (await partners.api.isOperator(context)) return null;
    return (await partners.api.organisationsOf(context)).map(({ id }) => id);
  });
  const sold = [storefronts, approvals, orders, subscriptions, fulfilment];
  const before = [projects, shadowBilling];
  const contexts = [partners, revenueSharing, catalogue, ...sold, metering, billing, spending, sales, ...before];
  const routes = [...versionRoutes(), ...contexts.flatMap((context) => context.routes), ...facts].map(
    refusingUnstorable,
  );
  const service: Service = { name: 'market', mount: '/market', faults: problemFault, routes };
  registerForgetting(deps, idempotency);
  return { services: [service] };
}

/** PostgreSQL stores neither NUL nor half a character, wherever in a body or query they are: 400, said once for all routes. */
function refusingUnstorable(definition: Route): Route {
  return {
    ...definition,
    handler(request) {
      if (!isStorable(request.body) || !isStorable(request.query)) {
        throw badRequest('A text holds a NUL character or half of a surrogate pair.');
      }
      return definition.handler(request);
    },
  };
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isStorable(inner));
}

function versionRoutes(): Route[] {
  const version = (baseUrl: string) => ({
    ...{ id: 'v1', status: 'CURRENT', links: [{ rel: 'self', href: `${baseUrl}/v1` }] },
  });
  const common = { method: 'GET', policy: policies.public } as const;
  return [
    route({
      ...common,
      ...{ path: '/', operation: 'market:versions:list' },
      handler: ({ baseUrl }) => ({ versions: [version(baseUrl)] }),
    }),
    route({
      ...common,
      ...{ path: '/v1', operation: 'market:versions:get' },
      handler: ({ baseUrl }) => ({ version: version(baseUrl) }),
    }),
  ];
}

const keptDays = 30;

/** Idempotency keys are kept for a month. */
function registerForgetting({ work, clock }: ModuleDeps, idempotency: ReturnType<typeof createIdempotency>): void {
  work.registerReconciler({
    name: 'market.idempotency',
    sweepMs: 3_600_000,
    list: async () => ['keys'],
    reconcile: async () => {
      await idempotency.forget(new Date(clock.now().getTime() - keptDays * 86_400_000));
      return undefined;
    },
  });
}
