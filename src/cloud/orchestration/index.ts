import { createSealer } from '../../kernel/base/sealing.ts';
import { heatFault, type Service } from '../../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../../kernel/module/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import { resourceRoutes } from './api/resources.ts';
import { stackRoutes } from './api/stacks.ts';
import { versionRoutes } from './api/versions.ts';
import { createOrchestrationApi, type OrchestrationApi } from './operations.ts';
import { type CloudServices, resourceTypes } from './resources/index.ts';
import type { StackDeps } from './work/stack-state.ts';

export type { OrchestrationApi, StackAttributes, StackOutput } from './operations.ts';
export type { CloudServices } from './resources/index.ts';

export const orchestrationMigrations: Migrations = {
  context: 'orchestration',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface OrchestrationDeps extends ModuleDeps, CloudServices, Pick<StackDeps, 'contextFor'> {
  /** Seals parameters and files, which may be secrets. */
  readonly masterKey: Uint8Array;
}

/** Heat's API v1 over the cloud's own services. */
export function createOrchestration(deps: OrchestrationDeps): Module & { readonly api: OrchestrationApi } {
  const types = resourceTypes(deps);
  const sealer = createSealer(deps.masterKey, 'orchestration.given');
  const api = createOrchestrationApi({ ...deps, sealer, types });
  const service: Service = {
    name: 'orchestration',
    mount: '/orchestration',
    faults: heatFault,
    routes: [...versionRoutes(), ...stackRoutes(api), ...resourceRoutes(api, [...types.keys()])],
  };
  return { services: [service], api };
}
