import type { Hypervisor } from '../../cloud/compute/ports.ts';
import type { NetworkEngine } from '../../cloud/network/ports.ts';
import { ovnNetworkEngine } from '../../engines/ovn/index.ts';
import { qemuHypervisor } from '../../engines/qemu/adapter.ts';
import { simulatedHypervisor } from '../../engines/simulated/hypervisor.ts';
import { simulatedNetworkEngine } from '../../engines/simulated/network.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { connectHost } from '../../kernel/hostlink/client.ts';
import type { ApiSettings } from '../api-settings.ts';

/** What does the work behind the services. */
export interface Engines {
  readonly hypervisor: Hypervisor;
  readonly network: NetworkEngine;
  close(): Promise<void>;
}

/** The engines that the settings name: QEMU and OVN, or simulated ones for tests. */
export function createEngines(settings: ApiSettings, log: Logger): Engines {
  if (settings.engine === 'simulated') {
    const dir = `${settings.dataDir}/simulated`;
    return {
      hypervisor: simulatedHypervisor({ dir }),
      network: simulatedNetworkEngine({ dir }),
      close: async () => undefined,
    };
  }
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
    async close() {
      await network.close();
      link.close();
    },
  };
}
