import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { blockStorageMigrations, createBlockStorage } from '../../cloud/block-storage/index.ts';
import { computeMigrations, createCompute } from '../../cloud/compute/index.ts';
import { createIdentity, identityMigrations, rootVersions, tokenKeysFrom } from '../../cloud/identity/index.ts';
import { createImage, imageMigrations } from '../../cloud/image/index.ts';
import { createNetwork, networkMigrations } from '../../cloud/network/index.ts';
import { createOrchestration, orchestrationMigrations } from '../../cloud/orchestration/index.ts';
import { createPlacement, placementMigrations } from '../../cloud/placement/index.ts';
import { createTelemetry, telemetryMigrations } from '../../cloud/telemetry/index.ts';
import { createConsole } from '../../console/index.ts';
import { type Authenticate, Reply } from '../../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../../kernel/module/index.ts';
import { type Migrations, storeMigrations } from '../../kernel/store/index.ts';
import { workMigrations } from '../../kernel/work/index.ts';
import { createMarket, marketMigrations } from '../../market/index.ts';
import { createOpenStackCloud } from '../../market/openstack-cloud.ts';
import { openStackDirectory } from '../../market/openstack-directory.ts';
import type { ApiSettings } from '../api-settings.ts';
import type { Composition } from '../serve.ts';
import { usageSink } from '../usage-sink.ts';
import { bootstrapCloud } from './bootstrap.ts';
import { catalog } from './catalog.ts';
import type { Engines } from './engines.ts';
import { createHealth } from './health.ts';
import { operatorAccount } from './operator-account.ts';

/** Every context's migrations, in the order in which they run. */
export const contexts: readonly Migrations[] = [
  storeMigrations,
  workMigrations,
  identityMigrations,
  imageMigrations,
  networkMigrations,
  blockStorageMigrations,
  placementMigrations,
  computeMigrations,
  orchestrationMigrations,
  telemetryMigrations,
  ...marketMigrations,
];

/** What `GET /` answers: the console for browsers, Keystone's versions for clients that are given the root as auth URL. */
export function rootReply(publicUrl: string, request: IncomingMessage): Reply | undefined {
  const path = new URL(request.url ?? '/', publicUrl).pathname;
  if (path !== '/' || request.method !== 'GET') return undefined;
  // A person who types the address wants the console.
  const isBrowser = request.headers.accept?.includes('text/html') === true;
  return isBrowser
    ? new Reply({ status: 303, headers: { Location: '/console/', Vary: 'Accept' } })
    : rootVersions(publicUrl);
}

/** Where the set-up leaves the built console. */
const consoleDirectory = fileURLToPath(new URL('../../../console/dist', import.meta.url));

/** A composed cloud. */
export interface Cloud {
  readonly modules: readonly Module[];
  /** What guests find at 169.254.169.254: on a socket of its own, for the metadata proxy. */
  readonly apart: NonNullable<Composition['apart']>;
  readonly authenticate: Authenticate;
  /** The token of a browser's request; see `ApiServerOptions`. */
  readonly tokenOf: (request: IncomingMessage) => string | undefined;
}

/** Joins services and engines, and makes what every cloud has from its first start. */
export async function compose(settings: ApiSettings, deps: ModuleDeps, engines: Engines): Promise<Cloud> {
  const masterKey = Buffer.from(readFileSync(settings.secrets.masterKey, 'utf8').trim(), 'hex');
  const { modules, metadata, apis, tokenOf } = createModules({ ...settings, masterKey }, deps, engines);
  await bootstrapCloud(settings, apis);
  const apart = { service: metadata, socket: settings.sockets.metadata, publicUrl: 'http://169.254.169.254' };
  return { modules, apart, authenticate: apis.identity.authenticate, tokenOf };
}

/** Joins services and engines. Asks nothing of database, disk and engines yet: contracts are made from what it returns. */
export function createModules(settings: ApiSettings & { masterKey: Buffer }, deps: ModuleDeps, engines: Engines) {
  const { masterKey } = settings;
  const identity = createIdentity({
    ...deps,
    tokenKeys: tokenKeysFrom(masterKey),
    masterKey,
    catalog,
    ...(settings.passwordRules === undefined ? {} : { passwordRules: settings.passwordRules }),
  });
  const image = createImage({
    ...deps,
    directory: settings.imagesDir,
    importSources: settings.importSources ?? [],
  });
  const network = createNetwork({ ...deps, engine: engines.network });
  const blockStorage = createBlockStorage({
    ...deps,
    engine: engines.volumes,
    image: image.api,
    hostName: settings.hostName,
  });
  const placement = createPlacement(deps);
  const compute = createCompute({
    ...deps,
    masterKey,
    hypervisor: engines.hypervisor,
    network: network.api,
    image: image.api,
    placement: placement.api,
    volumes: blockStorage.api,
    proxied: { network: network.api, image: image.api, volume: blockStorage.api },
    hostName: settings.hostName,
  });
  const orchestration = createOrchestration({
    ...deps,
    masterKey,
    contextFor: identity.api.contextFor,
    compute: compute.api,
    image: image.api,
    network: network.api,
  });
  const cloud = createOpenStackCloud({ authUrl: `${settings.publicUrl}/identity/v3` });
  const { outboundAllow = [] } = settings;
  const operator = operatorAccount(settings);
  const directory = openStackDirectory(operator.open);
  const market = createMarket({ ...deps, cloud, masterKey, outboundAllow, directory });
  const connections: Module = {
    services: [],
    async close() {
      cloud.close();
      operator.close();
    },
  };
  const telemetry = createTelemetry({ ...deps, usageSink: usageSink(settings.publicUrl, operator.open) });
  const console = createConsole({ ...deps, directory: consoleDirectory });
  const modules: Module[] = [
    identity,
    image,
    network,
    blockStorage,
    placement,
    compute,
    orchestration,
    telemetry,
    connections,
    market,
    console,
    createHealth(deps, engines),
  ];
  const apis = { identity: identity.api, image: image.api, network: network.api };
  return { modules, metadata: compute.metadata, apis, tokenOf: console.tokenOf };
}
