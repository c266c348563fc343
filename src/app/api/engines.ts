import type { VolumeEngine } from '../../cloud/block-storage/ports.ts';
import type { Hypervisor } from '../../cloud/compute/ports.ts';
import type { NetworkEngine } from '../../cloud/network/ports.ts';
import { localDiskVolumes } from '../../engines/local-disk/volume-adapter.ts';
import { ovnNetworkEngine } from '../../engines/ovn/index.ts';
import { qemuHypervisor } from '../../engines/qemu/adapter.ts';
import { simulatedHypervisor } from '../../engines/simulated/hypervisor.ts';
import { simulatedNetworkEngine } from '../../engines/simulated/network.ts';
import { simulatedVolumeEngine } from '../../engines/simulated/volumes.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { connectHost } from '../../kernel/hostlink/client.ts';
import type { ApiSettings } from '../api-settings.ts';
import type { HostStatus } from '../host/status.ts';

/** What does the work behind the services. */
export interface Engines {
  readonly hypervisor: Hypervisor;
  readonly network: NetworkEngine;
  readonly volumes: VolumeEngine;
  /** What the host process says of itself and of what it runs; there is none on simulated engines. */
  hostStatus?(): Promise<HostStatus>;
  close(): Promise<void>;
}

/** The engines that the settings name: QEMU and OVN, or simulated ones for tests. */
export function createEngines(settings: ApiSettings, log: Logger): Engines {
  if (settings.engine === 'simulated') return simulatedEngines({ dir: `${settings.dataDir}/simulated` });
  const link = connectHost(settings.sockets.host);
  const network = ovnNetworkEngine({
    northboundSocket: settings.sockets.ovnNorthbound,
    gatewayChassis: [settings.hostName],
    physicalNetwork: settings.physicalNetwork,
    log,
  });
  return {
    hypervisor: qemuHypervisor(link),
    network,
    volumes: localDiskVolumes(link, settings.dataDir),
    hostStatus: () => link.call('host.status', {}),
    async close() {
      await network.close();
      link.close();
    },
  };
}

/** Without a folder their world is in memory and ends with the process. */
export function simulatedEngines(options: { readonly dir?: string } = {}): Engines {
  return {
    hypervisor: simulatedHypervisor(options),
    network: simulatedNetworkEngine(options),
    volumes: simulatedVolumeEngine(options),
    close: async () => undefined,
  };
}
