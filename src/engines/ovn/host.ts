import type { NicPlugger } from '../../cloud/compute/ports.ts';
import type { Logger } from '../../kernel/base/log.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { chassisReady, forgetFormerName } from './host/chassis.ts';
import { daemons } from './host/daemons.ts';
import { layoutOf } from './host/layout.ts';
import { links } from './host/links.ts';
import { metadataHost } from './host/metadata.ts';
import { externalBridge, integrationBridge } from './host/names.ts';
import { OpenVSwitch } from './host/open-vswitch.ts';
import { dropStaleDevices, nicPlugger } from './host/plugger.ts';
import { derivedMac } from './topology/names.ts';
import { nthAddress } from './topology/prefix.ts';

/** The network of one host: what the root process runs and does for it. */
export interface OvnHost {
  /** For the supervisor. Their order respects `after`. */
  readonly processes: readonly ProcessSpec[];
  /** Resolves when the whole network serves, whether the processes were started now or found running. */
  ready(signal?: AbortSignal): Promise<void>;
  readonly plugger: NicPlugger;
  /** Lets go of the switch's database; the processes are the supervisor's. */
  close(): Promise<void>;
}

/** What the host side needs to know. */
export interface OvnHostOptions {
  readonly installation: Installation;
  /**
   * The end inside the namespace of the link to the outside, which must be there before the switch starts; null for a
   * cloud without outside. The other end has the first address of the external range.
   */
  readonly externalVeth: string | null;
  readonly log: Logger;
}

/** Nothing is at the other end while there is one host. */
const tunnelAddress = '127.0.0.1';
const switchTimeoutMs = 30_000;
const readyTimeoutMs = 60_000;

/** Open vSwitch with its userspace datapath and OVN, for one host in its network namespace. Root only. */
export function createOvnHost({ installation, externalVeth, log }: OvnHostOptions): OvnHost {
  const layout = layoutOf(installation);
  const devices = links(installation.netns);
  let opened: OpenVSwitch | undefined;
  const openVSwitch = () => {
    opened ??= new OpenVSwitch(layout.ovsSocket, log);
    return opened;
  };
  const { southboundSocket } = layout;
  const metadata = metadataHost({ installation, southboundSocket, devices, openVSwitch, log });
  const configure = async () => {
    if (externalVeth !== null) await devices.up(externalVeth);
    await configureSwitch(openVSwitch(), installation, southboundSocket, externalVeth);
  };
  const switchReady = async (signal: AbortSignal) => {
    await openVSwitch().settled(switchTimeoutMs, signal);
    await devices.up(externalBridge);
    // Bridges' own devices live and die with the switch, and their addresses with them.
    await devices.address(externalBridge, nthAddress(installation.externalCidr, 2));
  };
  const switching = daemons(installation, layout, {
    async prepareSwitch() {
      await configure();
      await dropStaleDevices(devices, openVSwitch());
      await openVSwitch().demand();
    },
    switchReady,
    prepareController: () => forgetFormerName(layout, installation.hostName, tunnelAddress),
    controllerReady: (signal) => chassisReady(layout, installation.hostName, signal),
  });
  const processes = [...switching, metadata.process];
  return {
    processes,
    async ready(signal = AbortSignal.timeout(readyTimeoutMs)) {
      for (const process of processes) await process.ready?.(signal);
      // Daemons that were found running have not been prepared by this version, nor for this link to the outside.
      await configure();
      metadata.start();
    },
    plugger: nicPlugger(devices, openVSwitch),
    async close() {
      await metadata.close();
      await opened?.close();
    },
  };
}

/** Writes what the switch and the controller read when they start. */
async function configureSwitch(
  openVSwitch: OpenVSwitch,
  installation: Installation,
  southboundSocket: string,
  externalVeth: string | null,
): Promise<void> {
  await openVSwitch.configure(
    {
      'system-id': installation.hostName,
      hostname: installation.hostName,
      'ovn-remote': `unix:${southboundSocket}`,
      'ovn-encap-type': 'geneve',
      'ovn-encap-ip': tunnelAddress,
      'ovn-bridge': integrationBridge,
      'ovn-bridge-datapath-type': 'netdev',
      'ovn-bridge-mappings': `${installation.physicalNetwork}:${externalBridge}`,
    },
    {
      // Guests send segments of up to 64 KiB without checksums; without this TCP stalls while ping works.
      'userspace-tso-enable': 'true',
      // One machine's own traffic does not need more, and each thread costs memory.
      'n-handler-threads': '1',
      'n-revalidator-threads': '1',
    },
  );
  await openVSwitch.ensureBridge({
    name: integrationBridge,
    failMode: 'secure',
    otherConfig: { 'disable-in-band': 'true' },
  });
  await openVSwitch.ensureBridge({
    name: externalBridge,
    failMode: 'standalone',
    // The same after each start, so that nobody holds an old address for ours.
    otherConfig: { hwaddr: derivedMac(`bridge ${installation.hostName} ${installation.externalCidr}`) },
  });
  for (const ifname of await openVSwitch.devicesOf(externalBridge)) {
    if (ifname !== externalVeth) await openVSwitch.removePort(ifname);
  }
  if (externalVeth !== null) await openVSwitch.ensurePort(externalBridge, externalVeth);
}
