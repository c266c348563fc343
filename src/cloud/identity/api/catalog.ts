import { policies } from '../../../kernel/access/policy.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { Catalog } from '../domain/catalog.ts';
import { catalogFor } from '../domain/catalog.ts';
import type { Environment } from '../environment.ts';
import { selfUrl } from './replies.ts';

/** The catalog of the caller's scope. */
export function catalogRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v3/auth/catalog',
      operation: 'identity:catalog:show',
      policy: policies.authenticated,
      handler: async (request) => ({
        links: { next: null, previous: null, self: selfUrl(request) },
        catalog: catalogFor(await currentCatalog(environment), caller(request).projectId),
      }),
    }),
  ];
}

/** All that the catalog is made of, as it is now. */
export async function currentCatalog({ directory }: Environment): Promise<Catalog> {
  return (await directory.catalog()).catalog;
}

/** The part of a list that was asked for, in its own order. */
export function pageOf<T extends { readonly id: string }>(
  items: readonly T[],
  { limit, marker }: { readonly limit?: number; readonly marker?: string },
): T[] {
  const first = marker === undefined ? 0 : items.findIndex(({ id }) => id === marker) + 1;
  return items.slice(first, limit === undefined ? undefined : first + limit);
}
