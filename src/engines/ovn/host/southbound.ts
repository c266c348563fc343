import type { Logger } from '../../../kernel/base/log.ts';
import { OvsdbClient } from '../ovsdb/client.ts';
import type { Table } from '../ovsdb/replica.ts';
import { networkOfMetadataPort } from '../topology/names.ts';

/** Rows of OVN's southbound database (ovn-sb(5)), with the columns that we use. */
interface PortBinding {
  readonly _uuid: string;
  readonly logical_port: string;
  readonly type: string;
  readonly datapath: string;
  /** None, or the host that carries it. */
  readonly chassis: readonly string[];
  /** `fa:16:3e:… 169.254.169.254` */
  readonly mac: readonly string[];
}

interface Chassis {
  readonly _uuid: string;
  readonly name: string;
}

/** Where a network's guests on this host look for the metadata service. */
export interface MetadataPort {
  readonly networkId: string;
  /** The logical port's name: OVN knows the device behind it by this. */
  readonly name: string;
  readonly mac: string;
}

/** What OVN has decided for one host. */
export class Southbound {
  readonly #client: OvsdbClient;
  readonly #bindings: Table<PortBinding>;
  readonly #chassis: Table<Chassis>;
  readonly #hostName: string;

  constructor(socket: string, hostName: string, log: Logger) {
    this.#hostName = hostName;
    this.#client = new OvsdbClient({
      socket,
      database: 'OVN_Southbound',
      log,
      tables: {
        Port_Binding: {
          columns: ['logical_port', 'type', 'datapath', 'chassis', 'mac'],
          indexes: ['type', 'chassis'],
        },
        Chassis: { columns: ['name'], indexes: ['name'] },
      },
    });
    this.#bindings = this.#client.table('Port_Binding');
    this.#chassis = this.#client.table('Chassis');
  }

  /** The metadata ports of the networks that have a guest's card on this host. */
  async metadataPorts(): Promise<MetadataPort[]> {
    await this.#client.synced();
    const [chassis] = this.#chassis.find('name', this.#hostName);
    const here = this.#bindings.find('chassis', chassis?._uuid ?? '').filter(({ type }) => type === '');
    const datapaths = new Set(here.map(({ datapath }) => datapath));
    return this.#bindings.find('type', 'localport').flatMap(({ logical_port: name, datapath, mac: [address = ''] }) => {
      const networkId = networkOfMetadataPort(name);
      return networkId === undefined || !datapaths.has(datapath)
        ? []
        : [{ networkId, name, mac: address.split(' ')[0] ?? '' }];
    });
  }

  /** Calls `listener` whenever that may have changed, and after each (re)connection, until the signal aborts. */
  onChange(listener: () => void, signal: AbortSignal): void {
    this.#client.onSync(listener, signal);
    this.#client.onChange(listener, signal);
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
