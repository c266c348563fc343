import type { Module, ModuleDeps } from '../../kernel/module/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import { networkService } from './api/service.ts';
import type { NetworkApi } from './network-api.ts';
import { networkOperations } from './operations/index.ts';
import type { NetworkEngine } from './ports.ts';
import { watchPorts } from './work/port-status.ts';
import { networkReconcilers } from './work/reconcilers.ts';

export type * from './domain/attributes.ts';
export type { AllocationPool } from './domain/pools.ts';
export type * from './domain/records.ts';
export type * from './network-api.ts';

export const networkMigrations: Migrations = {
  context: 'network',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface NetworkDeps extends ModuleDeps {
  readonly engine: NetworkEngine;
}

/** The Networking API v2.0 at `/network`. */
export function createNetwork(deps: NetworkDeps): Module & { readonly api: NetworkApi } {
  const operationDeps = { store: deps.store, work: deps.work, clock: deps.clock };
  for (const reconciler of networkReconcilers(deps)) deps.work.registerReconciler(reconciler);
  const closing = new AbortController();
  let settled = async (): Promise<void> => undefined;
  return {
    api: networkOperations(operationDeps),
    services: [networkService(operationDeps, deps.engine)],
    async start() {
      ({ settled } = watchPorts(deps, closing.signal));
    },
    async close() {
      closing.abort();
      await settled();
    },
  };
}
