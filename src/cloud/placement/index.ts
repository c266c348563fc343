import { apiWgFault } from '../../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../../kernel/module/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import { allocationRoutes } from './api/allocations.ts';
import { candidateRoutes } from './api/candidates.ts';
import { inventoryRoutes } from './api/inventories.ts';
import { aggregateRoutes, resourceClassRoutes, traitRoutes } from './api/names.ts';
import { providerRoutes } from './api/providers.ts';
import { reshaperRoutes } from './api/reshaper.ts';
import { placementVersions, versionRoutes } from './api/versions.ts';
import { type PlacementApi, placementApi } from './placement-api.ts';

export type { HostProvider, PlacementApi } from './placement-api.ts';
export type { Claim } from './store/allocations.ts';

export const placementMigrations: Migrations = {
  context: 'placement',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** Placement at `/placement`. */
export function createPlacement({ store }: Pick<ModuleDeps, 'store'>): Module & { readonly api: PlacementApi } {
  return {
    api: placementApi(store),
    services: [
      {
        name: 'placement',
        mount: '/placement',
        faults: apiWgFault,
        microversions: placementVersions,
        routes: [
          ...versionRoutes(),
          ...providerRoutes(store),
          ...inventoryRoutes(store),
          ...aggregateRoutes(store),
          ...traitRoutes(store),
          ...resourceClassRoutes(store),
          ...allocationRoutes(store),
          ...candidateRoutes(store),
          ...reshaperRoutes(store),
        ],
      },
    ],
  };
}
