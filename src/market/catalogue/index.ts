import type { Context } from '../../kernel/access/context.ts';
import { badRequest, notFound } from '../../kernel/base/errors.ts';
import type { Route } from '../../kernel/http/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import type { RevenueSharingApi } from '../revenue-sharing/index.ts';
import { offeringRoutes } from './api/offerings.ts';
import type { OfferingVersion, Published } from './domain/offering.ts';
import { type ParameterValue, resolveParameters } from './domain/parameters.ts';
import type { TemplateValidator } from './ports.ts';
import { findOffering, findVersion, listPlans, listVersions } from './store/offerings.ts';
import { catalogueTexts } from './texts.ts';

export type { Fulfilment, Offering, OfferingVersion, Plan, Published } from './domain/offering.ts';
export type { ParameterValue } from './domain/parameters.ts';
export type { TemplateValidator } from './ports.ts';

export const catalogueMigrations: Migrations = {
  context: 'market_catalogue',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** What stores and orders ask of the catalogue. */
export interface CatalogueApi {
  /** The offering's newest published version and its plans; undefined when nothing is published. */
  published(offeringId: string): Promise<Published | undefined>;
  /** A version that an order refers to. */
  version(versionId: string): Promise<OfferingVersion>;
  /** A customer's choices with defaults; 400 that names everything wrong. */
  parameters(
    context: Context,
    version: OfferingVersion,
    values: Readonly<Record<string, unknown>>,
  ): Record<string, ParameterValue>;
}

export interface CatalogueDeps extends MarketDeps {
  readonly partners: PartnersApi;
  readonly revenueSharing: RevenueSharingApi;
  readonly templates: TemplateValidator;
}

/** Offerings, their versions and plans. */
export function createCatalogue(deps: CatalogueDeps): { api: CatalogueApi; routes: readonly Route[] } {
  const { db } = deps.store;
  const api: CatalogueApi = {
    async published(offeringId) {
      const offering = await findOffering(db, offeringId);
      if (offering === undefined) return undefined;
      const version = (await listVersions(db, offeringId)).find(({ publishedAt }) => publishedAt !== null);
      return version && { offering, version, plans: await listPlans(db, offeringId) };
    },
    async version(versionId) {
      const version = await findVersion(db, versionId);
      if (version === undefined) throw notFound('Offering version', versionId);
      return version;
    },
    parameters(context, version, values) {
      const resolved = resolveParameters(version.parameters, values);
      if (resolved.problems.length > 0) {
        const text = catalogueTexts(context.language).parameters(resolved.problems);
        throw badRequest(text, { data: { problems: resolved.problems } });
      }
      return resolved.values;
    },
  };
  return { api, routes: offeringRoutes(deps) };
}
