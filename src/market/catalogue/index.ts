import type { Context } from '../../kernel/access/context.ts';
import { badRequest, conflict, Fault, notFound } from '../../kernel/base/errors.ts';
import type { Route } from '../../kernel/http/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import type { FulfilmentApi, Values } from '../fulfilment/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import type { RevenueSharingApi } from '../revenue-sharing/index.ts';
import { offeringRoutes } from './api/offerings.ts';
import { type Component, inputsWith, type OutputRef, type PartFacts } from './domain/composition.ts';
import type { OfferingVersion, Plan, Published } from './domain/offering.ts';
import { type ParameterProblem, type ParameterValue, resolveParameters } from './domain/parameters.ts';
import {
  findOffering,
  findVersion,
  listPlans,
  listPublished,
  listVersions,
  type OfferingSearch,
  searchPublished,
} from './store/offerings.ts';
import { catalogueTexts } from './texts.ts';

export type { Component, CompositeFulfilment, Input, OutputRef } from './domain/composition.ts';
export type { Offering, OfferingVersion, Plan, Published } from './domain/offering.ts';
export { categories } from './domain/offering.ts';
export type { ParameterValue } from './domain/parameters.ts';

export const catalogueMigrations: Migrations = {
  context: 'market_catalogue',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** What stores and orders ask of the catalogue. */
export interface CatalogueApi {
  /** The offering's newest published version and its plans; undefined when nothing is published. */
  published(offeringId: string): Promise<Published | undefined>;
  /** The same of each of these that is published, in the order of their ids. */
  publishedAmong(offeringIds: readonly string[]): Promise<Published[]>;
  /** Of these offerings, a page of those that are found, in the order of their ids. */
  search(among: readonly string[], search: OfferingSearch): Promise<Published[]>;
  /** A version that an order refers to. */
  version(versionId: string): Promise<OfferingVersion>;
  /** A customer's choices with defaults; 400 that names everything wrong. */
  parameters(
    context: Context,
    version: OfferingVersion,
    values: Readonly<Record<string, unknown>>,
  ): Record<string, ParameterValue>;
  /** The same for values that other components have given: a conflict, for nobody can choose again. */
  wired(version: OfferingVersion, values: Values): Values;
  /** Of a composite, what is to be delivered for the customer's choices; undefined for everything else. */
  components(context: Context, published: Published, chosen: Values): Promise<Composed | undefined>;
  /** A version of the publisher's own, whatever its state, to be tried. */
  trial(context: Context, choice: { offeringId: string; planId: string; version: number }): Promise<Trial>;
}

/** A composite's components, with the customer's choices, and what of them the customer gets. */
export interface Composed {
  readonly components: readonly Component[];
  readonly outputs: Readonly<Record<string, OutputRef>>;
}

/** What a publisher tries. */
export interface Trial {
  readonly published: Published;
  readonly plan: Plan;
}

export interface CatalogueDeps extends MarketDeps {
  readonly partners: PartnersApi;
  readonly revenueSharing: RevenueSharingApi;
  readonly fulfilment: FulfilmentApi;
}

/** Offerings, their versions and plans. */
export function createCatalogue(deps: CatalogueDeps): { api: CatalogueApi; routes: readonly Route[] } {
  const { db } = deps.store;

  function refused(context: Pick<Context, 'language'>, problems: readonly ParameterProblem[]) {
    return catalogueTexts(context.language).parameters(problems);
  }

  const api: CatalogueApi = {
    published: async (offeringId) => (await listPublished(db, [offeringId]))[0],
    publishedAmong: (offeringIds) => listPublished(db, offeringIds),
    search: async (among, search) => listPublished(db, await searchPublished(db, among, search)),
    async version(versionId) {
      const version = await findVersion(db, versionId);
      if (version === undefined) throw notFound('Offering version', versionId);
      return version;
    },
    parameters(context, version, values) {
      const resolved = resolveParameters(version.parameters, values);
      if (resolved.problems.length === 0) return resolved.values;
      throw badRequest(refused(context, resolved.problems), { data: { problems: resolved.problems } });
    },
    wired(version, values) {
      const resolved = resolveParameters(version.parameters, values);
      if (resolved.problems.length === 0) return resolved.values;
      throw conflict(refused({ language: 'en' }, resolved.problems));
    },
    async components(context, { version }, chosen) {
      const { fulfilment, pinned = {} } = version;
      if (fulfilment.kind !== 'composite') return undefined;
      const components = await Promise.all(
        fulfilment.components.map(async ({ name, offeringId, planId, inputs }): Promise<Component> => {
          const part = await api.version(pinned[name] ?? '');
          if (part.state !== 'published') throw conflict(catalogueTexts(context.language).componentRetired(name));
          const offering = await findOffering(db, offeringId);
          const plan = (await listPlans(db, offeringId)).find(({ id }) => id === planId);
          if (offering === undefined || plan === undefined) throw notFound('Plan', planId);
          const { publisherId } = offering;
          const facts = { name, offeringId, versionId: part.id, publisherId };
          return { ...facts, plan: { id: planId, code: plan.code }, inputs: inputsWith(inputs, chosen) };
        }),
      );
      return { components, outputs: fulfilment.outputs };
    },
    async trial(context, { offeringId, planId, version: number }) {
      const texts = catalogueTexts(context.language);
      const offering = await findOffering(db, offeringId);
      const isOwn = offering !== undefined && (await deps.partners.maySee(context, offering.publisherId));
      if (!isOwn) throw new Fault('notFound', texts.offeringNotFound(offeringId));
      const version = (await listVersions(db, offeringId)).find((one) => one.number === number);
      if (version === undefined) throw new Fault('notFound', texts.versionNotFound(number));
      const plans = await listPlans(db, offeringId);
      const plan = plans.find(({ id }) => id === planId);
      if (plan === undefined) throw new Fault('notFound', texts.planNotFound(planId));
      return { published: { offering, version, plans }, plan };
    },
  };

  /** What the parts of a composite take and give; those that are not published are not there. */
  async function parts(
    offeringIds: readonly string[],
  ): Promise<Map<string, PartFacts & { readonly versionId: string }>> {
    const found = await api.publishedAmong(offeringIds);
    return new Map(
      found.map(({ offering, version, plans }) => [
        offering.id,
        {
          versionId: version.id,
          parameters: version.parameters,
          outputs: version.outputs ?? {},
          isComposite: version.fulfilment.kind === 'composite',
          planIds: plans.map(({ id }) => id),
        },
      ]),
    );
  }
  return { api, routes: offeringRoutes({ ...deps, parts }) };
}

/** What the routes ask besides. */
export interface OfferingRoutesDeps extends CatalogueDeps {
  readonly parts: (
    offeringIds: readonly string[],
  ) => Promise<ReadonlyMap<string, PartFacts & { readonly versionId: string }>>;
}
