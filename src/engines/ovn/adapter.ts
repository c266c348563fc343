import type {
  EngineAgent,
  NetworkEngine,
  NetworkIntent,
  PortIntent,
  RouterIntent,
  SecurityGroupIntent,
} from '../../cloud/network/ports.ts';
import { isUuid } from '../../kernel/base/ids.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { type LogicalSwitchPort, type Northbound, openNorthbound } from './northbound.ts';
import { type Plan, planWriter } from './ovsdb/writer.ts';
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
    agents: () => askChassis(nb, apply, options.gatewayChassis),
    watch: (listener, signal) => watchPorts(nb, listener, signal),
    close: () => nb.client.close(),
  };
}

/** Routers' ends and links to the outside come and go with their routers and networks. */
function isGuestPort(port: LogicalSwitchPort): boolean {
  return port.type === '' && isUuid(port.name);
}

/** How long a chassis may take to carry out nothing. */
const answerMs = 2_000;

/**
 * Raises the configuration's number and looks whether it is carried out. The northbound database tells of all chassis
 * together: when one of several does not answer, none is called alive.
 */
async function askChassis(
  nb: Northbound,
  apply: (plan: Plan) => Promise<void>,
  chassis: readonly string[],
): Promise<EngineAgent[]> {
  const globals = () => nb.globals.all().next().value;
  let asked = Number.POSITIVE_INFINITY;
  const alive = await apply((tx) => {
    const row = globals();
    if (row === undefined) return;
    asked = row.nb_cfg + 1;
    tx.increment('NB_Global', row._uuid, 'nb_cfg', 1);
  })
    .then(() => nb.client.waitFor(() => (globals()?.hv_cfg ?? 0) >= asked, answerMs))
    .then(() => true)
    .catch(() => false);
  const seen = globals()?.hv_cfg_timestamp ?? 0;
  return chassis.map((host) => ({ host, alive, seenAt: seen === 0 ? null : new Date(seen) }));
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
