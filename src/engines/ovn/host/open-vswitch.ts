import type { Logger } from '../../../kernel/base/log.ts';
import { OvsdbClient } from '../ovsdb/client.ts';
import type { Table } from '../ovsdb/replica.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { type Plan, planWriter } from '../ovsdb/writer.ts';

type Texts = Readonly<Record<string, string>>;

/** Rows of Open vSwitch's own database (ovs-vswitchd.conf.db(5)), with the columns that we use. */
interface OpenVSwitchRow {
  readonly _uuid: string;
  readonly bridges: readonly string[];
  readonly next_cfg: number;
  readonly cur_cfg: number;
  readonly external_ids: Texts;
  readonly other_config: Texts;
}

interface BridgeRow {
  readonly _uuid: string;
  readonly name: string;
  readonly ports: readonly string[];
  readonly datapath_type: string;
  readonly fail_mode: readonly string[];
  readonly other_config: Texts;
}

interface PortRow {
  readonly _uuid: string;
  readonly name: string;
  readonly interfaces: readonly string[];
}

interface InterfaceRow {
  readonly _uuid: string;
  readonly name: string;
  readonly type: string;
  readonly external_ids: Texts;
}

/** A bridge as it should be. */
export interface BridgeIntent {
  readonly name: string;
  /** `secure`: carry nothing that no flow allows; `standalone`: switch by MAC address until told otherwise. */
  readonly failMode: 'secure' | 'standalone';
  readonly otherConfig?: Texts;
}

/** The switch's database. */
export class OpenVSwitch {
  readonly #client: OvsdbClient;
  readonly #apply: (plan: Plan) => Promise<void>;
  readonly #roots: Table<OpenVSwitchRow>;
  readonly #bridges: Table<BridgeRow>;
  readonly #ports: Table<PortRow>;
  readonly #interfaces: Table<InterfaceRow>;

  constructor(socket: string, log: Logger) {
    this.#client = new OvsdbClient({
      socket,
      database: 'Open_vSwitch',
      log,
      tables: {
        Open_vSwitch: { columns: ['bridges', 'next_cfg', 'cur_cfg', 'external_ids', 'other_config'] },
        Bridge: {
          columns: ['name', 'ports', 'datapath_type', 'fail_mode', 'other_config'],
          indexes: ['name', 'ports'],
        },
        Port: { columns: ['name', 'interfaces'], indexes: ['name'] },
        Interface: { columns: ['name', 'type', 'external_ids'], indexes: ['name'] },
      },
    });
    this.#apply = planWriter(this.#client);
    this.#roots = this.#client.table('Open_vSwitch');
    this.#bridges = this.#client.table('Bridge');
    this.#ports = this.#client.table('Port');
    this.#interfaces = this.#client.table('Interface');
  }

  /** Sets these keys, and leaves others as they are. */
  async configure(externalIds: Texts, otherConfig: Texts): Promise<void> {
    await this.#apply((tx) => {
      const root = this.#root();
      tx.ensure('Open_vSwitch', root, {
        external_ids: { ...root?.external_ids, ...externalIds },
        other_config: { ...root?.other_config, ...otherConfig },
      });
    });
  }

  /** Makes a bridge of the userspace datapath, with the port by which the namespace itself is on it. */
  async ensureBridge(bridge: BridgeIntent): Promise<void> {
    await this.#apply((tx) => {
      const existing = this.#bridges.find('name', bridge.name)[0];
      const columns = {
        name: bridge.name,
        datapath_type: 'netdev',
        fail_mode: [bridge.failMode],
        other_config: { ...existing?.other_config, ...bridge.otherConfig },
      };
      const uuid = tx.ensure('Bridge', existing, columns);
      if (!this.#ports.find('name', bridge.name)[0]) this.#addPort(tx, uuid, bridge.name, { type: 'internal' });
      const root = this.#root();
      if (!existing && root) tx.mutate('Open_vSwitch', root._uuid, 'bridges', 'insert', [uuid]);
    });
  }

  /** Makes the device a port of the bridge, with these external ids. */
  async ensurePort(bridgeName: string, ifname: string, externalIds: Texts = {}): Promise<void> {
    await this.#apply((tx) => {
      const bridge = this.#bridges.find('name', bridgeName)[0];
      if (!bridge) throw new Error(`there is no bridge ${bridgeName}`);
      const port = this.#ports.find('name', ifname)[0];
      if (port && !bridge.ports.includes(port._uuid)) this.#detach(tx, port);
      if (!port || !bridge.ports.includes(port._uuid)) {
        this.#addPort(tx, bridge._uuid, ifname, { external_ids: externalIds });
        return;
      }
      const existing = this.#interfaces.find('name', ifname)[0];
      if (existing) tx.ensure('Interface', existing, { external_ids: { ...existing.external_ids, ...externalIds } });
    });
  }

  /** Takes the port out of whichever bridge has it. */
  async removePort(ifname: string): Promise<void> {
    await this.#apply((tx) => {
      for (const port of this.#ports.find('name', ifname)) this.#detach(tx, port);
    });
  }

  /** The devices that the bridge has for ports, the bridge's own and those that OVN makes (patches, tunnels) left out. */
  async devicesOf(bridgeName: string): Promise<readonly string[]> {
    await this.#client.synced();
    const ports = this.#bridges.find('name', bridgeName).flatMap((bridge) => bridge.ports);
    return ports
      .flatMap((uuid) => this.#ports.get(uuid)?.interfaces ?? [])
      .flatMap((uuid) => this.#interfaces.get(uuid) ?? [])
      .filter((row) => row.type === '')
      .map((row) => row.name);
  }

  /** Raises the configuration's number, so that `settled` waits for a switch that starts after this. */
  async demand(): Promise<void> {
    await this.#apply((tx) => {
      const root = this.#root();
      if (root) tx.increment('Open_vSwitch', root._uuid, 'next_cfg', 1);
    });
  }

  /** Resolves when the switch has carried out what was demanded. */
  async settled(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    await this.#client.synced(timeoutMs, signal);
    const done = () => {
      const root = this.#root();
      return root !== undefined && root.cur_cfg >= root.next_cfg;
    };
    await this.#client.waitFor(done, timeoutMs, signal);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #root(): OpenVSwitchRow | undefined {
    return this.#roots.all().next().value;
  }

  #addPort(tx: Transaction, bridge: string, ifname: string, columns: { type?: string; external_ids?: Texts }): void {
    const device = tx.insert('Interface', { name: ifname, ...columns });
    const port = tx.insert('Port', { name: ifname, interfaces: [device] });
    tx.mutate('Bridge', bridge, 'ports', 'insert', [port]);
  }

  #detach(tx: Transaction, port: PortRow): void {
    for (const bridge of this.#bridges.find('ports', port._uuid)) {
      tx.mutate('Bridge', bridge._uuid, 'ports', 'delete', [port._uuid]);
    }
  }
}
