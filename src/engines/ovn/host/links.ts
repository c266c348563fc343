import { run } from './command.ts';

interface Link {
  readonly ifname: string;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { readonly user?: string | number } };
}

/** The network devices of a named network namespace, through iproute2. */
export interface Links {
  names(): Promise<ReadonlySet<string>>;
  /** Brings the device up, without IPv6 of its own. */
  up(ifname: string): Promise<void>;
  /** Gives the device this address, with its prefix length, if it does not have it. */
  address(ifname: string, cidr: string): Promise<void>;
  /** Makes a tap that `uid` may open, unless it is there, and brings it up with `mtu` bytes. */
  tap(ifname: string, uid: number, mtu: number): Promise<void>;
  /** Makes two joined devices of this name, the far one, which is up and has this MAC address, in another namespace. */
  pair(ifname: string, far: { readonly netns: string; readonly mac: string }): Promise<void>;
  /** Lets everything be reached over the device, as long as a socket is bound to it: several devices may have such a route. */
  defaultRoute(ifname: string): Promise<void>;
  remove(ifname: string): Promise<void>;
}

/** `links('andromede-1a2b3c4d')` */
export function links(netns: string): Links {
  const ip = (...args: readonly string[]) => run('ip', ['-n', netns, ...args]);
  const list = async () => JSON.parse(await ip('-json', '-details', 'link', 'show')) as readonly Link[];
  return {
    names: async () => new Set((await list()).map((link) => link.ifname)),
    up: async (ifname) => void (await ip('link', 'set', 'dev', ifname, 'addrgenmode', 'none', 'up')),
    address: async (ifname, cidr) => void (await ip('address', 'replace', cidr, 'dev', ifname)),
    async tap(ifname, uid, mtu) {
      const there = (await list()).find((link) => link.ifname === ifname);
      if (there && Number(there.linkinfo?.info_data?.user) !== uid) await ip('link', 'delete', 'dev', ifname);
      if (Number(there?.linkinfo?.info_data?.user) !== uid) {
        await ip('tuntap', 'add', 'dev', ifname, 'mode', 'tap', 'user', String(uid));
      }
      await ip('link', 'set', 'dev', ifname, 'addrgenmode', 'none', 'mtu', String(mtu), 'up');
    },
    async pair(ifname, far) {
      const peer = ['type', 'veth', 'peer', 'name', ifname, 'netns', netns];
      await run('ip', ['-n', far.netns, 'link', 'add', ifname, 'address', far.mac, ...peer]);
      await run('ip', ['-n', far.netns, 'link', 'set', 'dev', ifname, 'up']);
    },
    defaultRoute: async (ifname) => void (await ip('route', 'append', 'default', 'dev', ifname)),
    async remove(ifname) {
      if ((await list()).some((link) => link.ifname === ifname)) await ip('link', 'delete', 'dev', ifname);
    },
  };
}
