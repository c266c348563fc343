import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../../kernel/base/log.ts';
import { type Installation, metadataNetns } from '../../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../../kernel/supervise/process.ts';
import { type Links, links } from './links.ts';
import { metadataProxy } from './metadata-proxy.ts';
import { deviceName, integrationBridge, metadataPrefix } from './names.ts';
import type { OpenVSwitch } from './open-vswitch.ts';
import { type MetadataPort, Southbound } from './southbound.ts';

/** The metadata service's way to the guests of one host. */
export interface MetadataHost {
  /** The proxy, for the supervisor. */
  readonly process: ProcessSpec;
  /** From now on every network with a guest here has its link to the proxy; the switch must be there. */
  start(): void;
  close(): Promise<void>;
}

export interface MetadataHostOptions {
  readonly installation: Installation;
  readonly southboundSocket: string;
  /** The devices of the guests' namespace. */
  readonly devices: Links;
  readonly openVSwitch: () => OpenVSwitch;
  readonly log: Logger;
}

const retryMs = 1_000;

/**
 * Follows what OVN says of this host: a network's link is made with its first guest here and goes with the last. Every
 * round looks at the devices that there are, so that whatever a crash left is found.
 */
export function metadataHost(options: MetadataHostOptions): MetadataHost {
  const { installation, southboundSocket, log } = options;
  const proxy = metadataProxy(installation);
  const far = links(metadataNetns(installation.netns));
  const closing = new AbortController();
  let southbound: Southbound | undefined;
  let running: Promise<void> | undefined;
  let wake = () => {};

  async function follow(source: Southbound): Promise<void> {
    let settled = '';
    while (!closing.signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        const ports = await source.metadataPorts();
        const now = JSON.stringify(ports);
        if (now !== settled) await settle(ports);
        settled = now;
        await woken;
      } catch (error) {
        if (closing.signal.aborted) return;
        settled = '';
        log.warn({ err: error }, 'guests may not reach the metadata service; trying again');
        await sleep(retryMs, undefined, { signal: closing.signal }).catch(() => {});
      }
    }
  }

  async function settle(ports: readonly MetadataPort[]): Promise<void> {
    const openVSwitch = options.openVSwitch();
    const wanted = new Map(ports.map((port) => [deviceName(metadataPrefix, port.networkId), port]));
    const isStale = (ifname: string) => ifname.startsWith(metadataPrefix) && !wanted.has(ifname);
    const joined = await openVSwitch.devicesOf(integrationBridge);
    for (const ifname of joined) if (isStale(ifname)) await openVSwitch.removePort(ifname);
    const there = await far.names();
    for (const [ifname, { mac }] of wanted) {
      // Joined last, so that what is joined is whole.
      if (!there.has(ifname) || !joined.includes(ifname)) await makeLink(ifname, mac);
    }
    // Before a guest can knock, somebody is behind the door: it would be refused, and not try again.
    const served = [...wanted].map(([ifname, { networkId }]) => ({ ifname, networkId }));
    await proxy.listenOn(served, closing.signal);
    for (const [ifname, { name }] of wanted) {
      await openVSwitch.ensurePort(integrationBridge, ifname, { 'iface-id': name });
    }
    for (const ifname of there) if (isStale(ifname)) await far.remove(ifname);
  }

  async function makeLink(ifname: string, mac: string): Promise<void> {
    await far.remove(ifname);
    await options.devices.remove(ifname);
    await options.devices.pair(ifname, { netns: metadataNetns(installation.netns), mac });
    await far.defaultRoute(ifname);
    await options.devices.up(ifname);
  }

  return {
    process: proxy.process,
    start() {
      if (running !== undefined) return;
      southbound = new Southbound(southboundSocket, installation.hostName, log);
      southbound.onChange(() => wake(), closing.signal);
      running = follow(southbound);
    },
    async close() {
      closing.abort();
      wake();
      await running;
      await southbound?.close();
    },
  };
}
