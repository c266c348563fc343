import type {
  NetworkEngine,
  NetworkIntent,
  PortIntent,
  RouterIntent,
  SecurityGroupIntent,
} from '../../cloud/network/ports.ts';
import { isUuid } from '../../kernel/base/ids.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { type LogicalSwitchPort, type Northbound, openNorthbound } from './northbound.ts';
import { planWriter } from './ovsdb/writer.ts';
import { idOfGroupName, idOfNeutronName } from './topology/names.ts';
import { planNetwork, planNetworkRemoval } from './topology/network.ts';
import { planPort, planPortRemoval } from './topology/port.ts';
import { planRouter, planRouterRemoval } from './topology/router.ts';
import { planSecurityGroup, planSecurityGroupRemoval } from './topology/security-group.ts';

/** What the engine needs to know. */
export interface OvnNetworkEngineOptions {
  /** Path of the northbound database's socket. */
  readonly northboundSocket: string;
  /** The chassis that carry routers' outside legs, most preferred first: host names. */
  readonly gatewayChassis: readonly string[];
  /** What external networks are joined to; `external` unless said. */
  readonly physicalNetwork?: string;
  readonly log: Logger;
}

/**
 * The network engine on OVN: states every intent in the northbound database, one transaction each, computed against a
 * replica so that what is there already costs nothing. Does not need to be root.
 */
export function ovnNetworkEngine(options: OvnNetworkEngineOptions): NetworkEngine & { close(): Promise<void> } {
  const nb = openNorthbound(options.northboundSocket, options.log);
  const physicalNetwork = options.physicalNetwork ?? 'external';
  const apply = planWriter(nb.client);
  return {
    applyNetwork: (network: NetworkIntent) => apply((tx) => planNetwork(nb, tx, network, physicalNetwork)),
    removeNetwork: (id) => apply((tx) => planNetworkRemoval(nb, tx, id)),
    applyPort: (port: PortIntent) => apply((tx) => planPort(nb, tx, port)),
    removePort: (id) => apply((tx) => planPortRemoval(nb, tx, id)),
    applySecurityGroup: (group: SecurityGroupIntent) => apply((tx) => planSecurityGroup(nb, tx, group)),
    removeSecurityGroup: (id) => apply((tx) => planSecurityGroupRemoval(nb, tx, id)),
    applyRouter: (router: RouterIntent) => apply((tx) => planRouter(nb, tx, router, options.gatewayChassis)),
    removeRouter: (id) => apply((tx) => planRouterRemoval(nb, tx, id)),
    async inventory() {
      await nb.client.synced();
      return {
        networks: [...nb.switches.all()].flatMap((row) => idOfNeutronName(row.name) ?? []),
        ports: [...nb.ports.all()].filter(isGuestPort).map((row) => row.name),
        securityGroups: [...nb.groups.all()].flatMap((row) => idOfGroupName(row.name) ?? []),
        routers: [...nb.routers.all()].flatMap((row) => idOfNeutronName(row.name) ?? []),
      };
    },
    watch: (listener, signal) => watchPorts(nb, listener, signal),
    close: () => nb.client.close(),
  };
}

/** Routers' ends and links to the outside come and go with their routers and networks. */
function isGuestPort(port: LogicalSwitchPort): boolean {
  return port.type === '' && isUuid(port.name);
}

function watchPorts(
  nb: Northbound,
  listener: (event: { readonly portId: string; readonly up: boolean }) => void,
  signal: AbortSignal,
): void {
  const tell = (port: LogicalSwitchPort) => listener({ portId: port.name, up: port.up[0] === true });
  nb.client.onSync(() => {
    for (const port of nb.ports.all()) if (isGuestPort(port)) tell(port);
  }, signal);
  nb.client.onChange((changes) => {
    for (const { table, before, after } of changes) {
      if (table !== 'Logical_Switch_Port' || !after) continue;
      const [old, now] = [before as LogicalSwitchPort | undefined, after as unknown as LogicalSwitchPort];
      if (isGuestPort(now) && old?.up[0] !== now.up[0]) tell(now);
    }
  }, signal);
}
