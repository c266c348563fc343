import { createSealer } from '../../kernel/base/sealing.ts';
import { novaFault, type Service } from '../../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../../kernel/module/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import { actionRoutes } from './api/actions.ts';
import { aggregateRoutes } from './api/aggregates.ts';
import { consoleSockets, remoteConsoleRoutes } from './api/consoles.ts';
import { extensionRoutes } from './api/extensions.ts';
import { externalEventRoutes } from './api/external-events.ts';
import { extraSpecRoutes, flavorAccessRoutes } from './api/flavor-extras.ts';
import { flavorRoutes } from './api/flavors.ts';
import { goneRoutes } from './api/gone.ts';
import { hostRoutes, zoneRoutes } from './api/hosts.ts';
import { hypervisorRoutes } from './api/hypervisors.ts';
import { keypairRoutes } from './api/keypairs.ts';
import { limitRoutes } from './api/limits.ts';
import { liveMigrationRoutes } from './api/live-migrations.ts';
import { metadataService } from './api/metadata-service.ts';
import { migrationRoutes } from './api/migrations.ts';
import { floatingIpRoutes } from './api/proxies/floating-ips.ts';
import { imageRoutes } from './api/proxies/images.ts';
import { networkRoutes } from './api/proxies/networks.ts';
import { securityGroupRoutes } from './api/proxies/security-groups.ts';
import { volumeRoutes } from './api/proxies/volumes.ts';
import { quotaRoutes } from './api/quotas.ts';
import { interfaceRoutes, volumeAttachmentRoutes } from './api/server-devices.ts';
import { diagnosticsRoutes } from './api/server-diagnostics.ts';
import { serverGroupRoutes } from './api/server-groups.ts';
import { metadataRoutes, tagRoutes } from './api/server-metadata.ts';
import { serverActionRoutes, serverNetworkRoutes } from './api/server-parts.ts';
import { serverRoutes } from './api/servers.ts';
import { serviceRoutes } from './api/services.ts';
import { tenantUsageRoutes } from './api/tenant-usage.ts';
import { usageAuditRoutes } from './api/usage-audit.ts';
import { computeVersions, versionRoutes } from './api/versions.ts';
import type { Proxied, ServerImages, ServerNetworks, ServerPlacement, ServerVolumes } from './collaborators.ts';
import { type ComputeApi, computeApi } from './compute-api.ts';
import type { Overcommit } from './domain/placement.ts';
import { type ComputeQuota, type ComputeSettings, defaultQuota } from './operations/settings.ts';
import type { Hypervisor } from './ports.ts';
import { createServerReconciler, watchGuests } from './work/reconcile-server.ts';
import { roomOn } from './work/room.ts';
import type { ServerWork } from './work/server-work.ts';
import { volumeExtendedConsumer } from './work/volume-extended.ts';

export type {
  Proxied,
  ServerImages,
  ServerNetworks,
  ServerPort,
  ServerVolume,
  ServerVolumeAttachment,
  ServerVolumes,
} from './collaborators.ts';
export type { ComputeApi, KeypairView, ServerView } from './compute-api.ts';
export type { Flavor, ServerRecord } from './domain/server.ts';
export type { ServerEvent, ServerEventData } from './events.ts';
export type { ServerAttributes } from './operations/create-server.ts';
export type { RequestedNetwork, RequestedNetworks } from './operations/requested-networks.ts';
export type { ComputeQuota } from './operations/settings.ts';

export const computeMigrations: Migrations = {
  context: 'compute',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface ComputeDeps extends ModuleDeps {
  /** Seals initial passwords. */
  readonly masterKey: Uint8Array;
  readonly hypervisor: Hypervisor;
  readonly network: ServerNetworks;
  readonly image: ServerImages;
  /** The services that Nova's API also shows. */
  readonly proxied: Proxied;
  readonly placement: ServerPlacement;
  /** None in a cloud without block storage. */
  readonly volumes?: ServerVolumes;
  /** The name of the host that `hypervisor` is. */
  readonly hostName: string;
  /** 16 virtual processors a real one, 1.5 MiB a MiB, 1 GiB a GiB unless said: Nova's defaults. */
  readonly overcommit?: Overcommit;
  /** `nova` unless said. */
  readonly zone?: string;
  readonly quota?: ComputeQuota;
  /** How long a build is tried again after failures that may pass; 10 minutes unless said. */
  readonly buildDeadlineMs?: number;
}

const defaultOvercommit: Overcommit = { vcpus: 16, memory: 1.5, disk: 1 };

/** The compute service. */
export interface Compute extends Module {
  readonly api: ComputeApi;
  /** What guests find at 169.254.169.254, for the metadata proxy alone. */
  readonly metadata: Service;
}

/** Nova v2.1 at `/compute`. */
export function createCompute(deps: ComputeDeps): Compute {
  const { store, work: jobs, clock, log, hypervisor, hostName, network: networks, image: images } = deps;
  const { volumes, proxied, placement } = deps;
  const zone = deps.zone ?? 'nova';
  const sealer = createSealer(deps.masterKey, 'compute.admin-pass');
  const overcommit = deps.overcommit ?? defaultOvercommit;
  const room = roomOn({ placement, hypervisor, hostName, overcommit });
  const settings: ComputeSettings = {
    room,
    ...{ store, work: jobs, clock, networks, images, volumes, proxied, hostName, zone, sealer },
    quota: deps.quota ?? defaultQuota,
  };
  const work: ServerWork = {
    ...{ store, clock, log, hypervisor, networks, images, volumes, hostName, zone, sealer },
    room,
    buildDeadlineMs: deps.buildDeadlineMs ?? 10 * 60_000,
  };
  jobs.registerReconciler(createServerReconciler(work));
  const watching = new AbortController();
  return {
    api: computeApi(settings),
    metadata: metadataService(settings),
    services: [
      {
        name: 'compute',
        mount: '/compute',
        faults: novaFault,
        microversions: { ...computeVersions, legacyHeader: 'X-OpenStack-Nova-API-Version' },
        routes: [
          ...versionRoutes(),
          ...flavorRoutes(settings),
          ...extraSpecRoutes(settings),
          ...flavorAccessRoutes(settings),
          ...keypairRoutes(settings),
          ...serverRoutes(settings),
          ...actionRoutes(settings, hypervisor),
          ...remoteConsoleRoutes(settings),
          ...serverNetworkRoutes(settings),
          ...serverActionRoutes(settings),
          ...metadataRoutes(settings),
          ...tagRoutes(settings),
          ...diagnosticsRoutes(settings, hypervisor),
          ...interfaceRoutes(settings),
          ...volumeAttachmentRoutes(settings),
          ...liveMigrationRoutes(settings),
          ...limitRoutes(settings),
          ...quotaRoutes(settings),
          ...serverGroupRoutes(settings),
          ...tenantUsageRoutes(settings),
          ...zoneRoutes(settings, hypervisor),
          ...aggregateRoutes(settings),
          ...hostRoutes(settings, hypervisor),
          ...serviceRoutes(settings, hypervisor),
          ...hypervisorRoutes(settings, hypervisor),
          ...migrationRoutes(settings),
          ...usageAuditRoutes(settings),
          ...externalEventRoutes(settings),
          ...extensionRoutes(),
          ...securityGroupRoutes(settings),
          ...floatingIpRoutes(settings),
          ...networkRoutes(settings),
          ...imageRoutes(settings),
          ...volumeRoutes(settings),
          ...goneRoutes(),
        ],
        webSockets: consoleSockets(settings, hypervisor),
      },
    ],
    consumers: [volumeExtendedConsumer(jobs)],
    async start() {
      watchGuests(work, jobs, watching.signal);
    },
    async close() {
      watching.abort();
    },
  };
}
