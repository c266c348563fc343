import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { vi } from 'vitest';
import type { PortIntent } from '../../../cloud/network/ports.ts';
import { createLogger } from '../../../kernel/base/log.ts';
import { type Installation, metadataNetns, sockets } from '../../../kernel/supervise/installation.ts';
import { Supervisor } from '../../../kernel/supervise/supervisor.ts';
import { ovnNetworkEngine } from '../adapter.ts';
import { integrationBridge } from '../host/names.ts';
import { OpenVSwitch } from '../host/open-vswitch.ts';
import { createOvnHost, type OvnHost } from '../host.ts';
import { Namespace } from './namespace.ts';

const log = createLogger('lab', process.env.ANDROMEDE_LOG ?? 'silent');
const users = { uid: 65_534, gid: 65_534 };

/** A whole network in namespaces of its own: OVS and OVN under a supervisor, the engine, an outside, guests on demand. */
export class Lab {
  readonly installation: Installation;
  readonly host: OvnHost;
  readonly supervisor: Supervisor;
  readonly engine: ReturnType<typeof ovnNetworkEngine>;
  /** What is beyond the external network; has its gateway's address. */
  readonly outside: Namespace;
  /** Where the cloud is. */
  readonly inside: Namespace;
  /** Where guests' questions about themselves are answered. */
  readonly metadata: Namespace;
  readonly openVSwitch: OpenVSwitch;
  readonly folder: string;
  readonly log = log;
  readonly #guests: Namespace[] = [];
  readonly #up = new Map<string, boolean>();
  readonly #changes = new EventTarget();
  readonly #stop = new AbortController();

  private constructor(folder: string, inside: Namespace, outside: Namespace, metadata: Namespace) {
    this.folder = folder;
    this.inside = inside;
    this.outside = outside;
    this.metadata = metadata;
    this.installation = {
      dataDir: `${folder}/data`,
      runDir: `${folder}/run`,
      netns: inside.name,
      hostName: 'host1',
      externalCidr: '172.24.4.0/24',
      physicalNetwork: 'external',
      users: {
        ...{ api: users, postgres: users, tools: users, proxy: users },
        guests: { firstUid: 60_000, count: 10, gid: users.gid },
      },
    };
    this.host = createOvnHost({ installation: this.installation, externalVeth: 'uplink', log });
    this.supervisor = new Supervisor({ recordDir: `${folder}/records`, logDir: `${folder}/log`, log });
    this.supervisor.add(this.host.processes);
    this.openVSwitch = new OpenVSwitch(sockets.ovs(this.installation.runDir), log);
    const northboundSocket = sockets.ovnNorthbound(this.installation.runDir);
    this.engine = ovnNetworkEngine({ northboundSocket, gatewayChassis: ['host1'], log });
    this.engine.watch(({ portId, up }) => {
      this.#up.set(portId, up);
      this.#changes.dispatchEvent(new Event('change'));
    }, this.#stop.signal);
  }

  static async open(): Promise<Lab> {
    const tag = `ovn-${randomBytes(3).toString('hex')}`;
    const folder = await mkdtemp(`/tmp/${tag}-`);
    // The unprivileged among the processes look for their files here.
    await chmod(folder, 0o755);
    await mkdir(`${folder}/run`);
    const inside = await Namespace.create(tag);
    const outside = await Namespace.create(`${tag}-out`);
    const metadata = await Namespace.create(metadataNetns(tag));
    const peer = ['type', 'veth', 'peer', 'name', 'uplink', 'netns', inside.name];
    await outside.ip('link', 'add', 'eth0', ...peer);
    await outside.ip('address', 'add', '172.24.4.1/24', 'dev', 'eth0');
    await outside.ip('link', 'set', 'dev', 'eth0', 'up');
    const lab = new Lab(folder, inside, outside, metadata);
    await lab.supervisor.start();
    await lab.host.ready();
    return lab;
  }

  /** A guest's end of a port: a namespace on a veth, as a virtual machine is on a tap. Resolves when the port is up. */
  async guest(port: PortIntent): Promise<Namespace> {
    const at = this.#guests.length + 1;
    const guest = await Namespace.create(`${this.inside.name}-g${at}`);
    this.#guests.push(guest);
    const ifname = `guest${at}`;
    await this.inside.ip('link', 'add', ifname, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', guest.name);
    await this.inside.ip('link', 'set', 'dev', ifname, 'mtu', '1442', 'up');
    await guest.ip('link', 'set', 'dev', 'eth0', 'address', port.mac, 'mtu', '1442', 'up');
    // Our own copy of the switch's database may not have heard yet of the bridge that the host has made.
    const plug = () => this.openVSwitch.ensurePort(integrationBridge, ifname, { 'iface-id': port.id });
    await vi.waitFor(plug, { timeout: 10_000, interval: 20 });
    await this.portIs(port.id, true);
    return guest;
  }

  /** Resolves when the engine has said that the port is up, or down. */
  async portIs(portId: string, up: boolean): Promise<void> {
    const signal = AbortSignal.timeout(20_000);
    while (this.#up.get(portId) !== up) await once(this.#changes, 'change', { signal });
  }

  /** Kills a daemon as a crash would, and resolves when its successor serves. */
  async crash(name: string): Promise<void> {
    const before = this.#status(name);
    if (before?.pid === undefined) throw new Error(`${name} does not run`);
    process.kill(before.pid, 'SIGKILL');
    const deadline = Date.now() + 20_000;
    for (;;) {
      const now = this.#status(name);
      if (now?.state === 'ready' && now.pid !== before.pid) return;
      if (Date.now() > deadline) throw new Error(`${name} did not come back`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Proportional set size of all daemons together, in KiB, and of each. */
  async memory(): Promise<{ readonly total: number; readonly each: Readonly<Record<string, number>> }> {
    const each: Record<string, number> = {};
    for (const { name, pid } of this.supervisor.status()) {
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
      each[name] = Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]);
    }
    return { total: Object.values(each).reduce((sum, one) => sum + one, 0), each };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.engine.close();
    await this.openVSwitch.close();
    await this.host.close();
    await this.supervisor.stopAll();
    for (const namespace of [...this.#guests, this.outside, this.metadata, this.inside]) await namespace.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  #status(name: string) {
    return this.supervisor.status().find((process) => process.name === name);
  }
}
