import { isIP } from 'node:net';
import { sql } from 'kysely';
import { type Context, systemContext } from '../../../kernel/access/context.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import {
  floatingIpNotFound,
  networkNotFound,
  portNotFound,
  routerNotFound,
  securityGroupNotFound,
  securityGroupRuleNotFound,
  subnetNotFound,
} from '../domain/faults.ts';
import type { NetworkApi, RecordFilter } from '../network-api.ts';
import { portVersions, portViews } from '../store/port-views.ts';
import { filterConditions, findVisible, listRecords, visibleTo } from '../store/query.ts';
import {
  floatingIpSource,
  networkSource,
  portSource,
  routerSource,
  type Source,
  securityGroupRuleSource,
  securityGroupSource,
  subnetSource,
} from '../store/sources.ts';
import { ensureAutoTopology, ensureDefaultSubnetPool } from './auto-topology.ts';
import { type Change, type OperationDeps, perform, projectOf } from './change.ts';
import { ensureExternalNetwork } from './external-network.ts';
import { createFloatingIp, deleteFloatingIp, updateFloatingIp } from './floating-ips.ts';
import { createNetwork, deleteNetwork, updateNetwork } from './networks.ts';
import { bindPort, createPort, deletePort, unbindPort, updatePort } from './ports.ts';
import { addRouterInterface, removeRouterInterface } from './router-interfaces.ts';
import { createRouter, deleteRouter, updateRouter } from './routers.ts';
import {
  createSecurityGroup,
  createSecurityGroupRule,
  deleteSecurityGroup,
  deleteSecurityGroupRule,
  ensureDefaultGroup,
  updateSecurityGroup,
} from './security-groups.ts';
import { createSubnet, deleteSubnet, updateSubnet } from './subnets.ts';

/** The operations, each in a transaction of its own. */
export function networkOperations(deps: OperationDeps): NetworkApi {
  const { db } = deps.store;
  const run = <R>(context: Context, work: (change: Change) => Promise<R>) => perform(deps, context, work);

  async function get<R>(source: Source<R>, missing: (id: string) => Fault, context: Context, id: string): Promise<R> {
    const record = await findVisible(db, source, context, id);
    if (record === undefined) throw missing(id);
    return record;
  }

  function list<R>(source: Source<R>, context: Context, filter: RecordFilter<R> = {}): Promise<R[]> {
    return listRecords(db, source, { conditions: [...visibleTo(source, context), ...filterConditions(filter)] });
  }

  /** True when it is gone by this, false when there was nothing. */
  async function remove(
    context: Context,
    id: string,
    operation: (change: Change, id: string) => Promise<void>,
  ): Promise<boolean> {
    try {
      await run(context, (change) => operation(change, id));
      return true;
    } catch (error) {
      if (error instanceof Fault && error.code === 'notFound') return false;
      throw error;
    }
  }

  async function portView(context: Context, id: string) {
    const [view] = await portViews(db, [sql`v.id = ${id}`, ...visibleTo(portSource, context)]);
    if (view === undefined) throw portNotFound(id);
    return view;
  }

  return {
    createNetwork: (context, attributes, options) => run(context, (c) => createNetwork(c, attributes, options?.id)),
    updateNetwork: (context, id, changes) => run(context, (c) => updateNetwork(c, id, changes)),
    getNetwork: (context, id) => get(networkSource, networkNotFound, context, id),
    listNetworks: (context, filter) => list(networkSource, context, filter),
    deleteNetwork: (context, id) => remove(context, id, deleteNetwork),
    defaultNetworks: (context) =>
      listRecords(db, networkSource, {
        conditions: [networkSource.visible(context.projectId ?? ''), sql`not v.external and v."adminStateUp"`],
      }),

    ensureAutoNetwork: (context) => run(context, (c) => ensureAutoTopology(c, projectOf(c, undefined))),

    createSubnet: (context, attributes, options) => run(context, (c) => createSubnet(c, attributes, options?.id)),
    updateSubnet: (context, id, changes) => run(context, (c) => updateSubnet(c, id, changes)),
    getSubnet: (context, id) => get(subnetSource, subnetNotFound, context, id),
    listSubnets: (context, filter) => list(subnetSource, context, filter),
    deleteSubnet: (context, id) => remove(context, id, deleteSubnet),

    createPort: (context, attributes, options) => run(context, (c) => createPort(c, attributes, options?.id)),
    updatePort: (context, id, changes) => run(context, (c) => updatePort(c, id, changes)),
    getPort: (context, id) => get(portSource, portNotFound, context, id),
    listPorts: (context, filter = {}) =>
      portViews(db, [...visibleTo(portSource, context), ...filterConditions(filter)]),
    portVersions: (deviceIds) => portVersions(db, deviceIds),
    async portAt(networkId, address) {
      if (!isUuid(networkId) || isIP(address) === 0) return undefined;
      const holder = sql`select a.port_id from network.ip_allocation a join network.subnet s on s.id = a.subnet_id
        where s.network_id = ${networkId} and a.address = ${address}::inet`;
      const [view] = await portViews(db, [sql`v.id = (${holder})`]);
      return view;
    },
    deletePort: (context, id) => remove(context, id, deletePort),
    async bindPort(context, id, binding) {
      await run(context, (c) => bindPort(c, id, binding));
      return portView(context, id);
    },
    async unbindPort(context, id) {
      await remove(context, id, unbindPort);
    },

    createRouter: (context, attributes, options) => run(context, (c) => createRouter(c, attributes, options?.id)),
    updateRouter: (context, id, changes) => run(context, (c) => updateRouter(c, id, changes)),
    getRouter: (context, id) => get(routerSource, routerNotFound, context, id),
    listRouters: (context, filter) => list(routerSource, context, filter),
    deleteRouter: (context, id) => remove(context, id, deleteRouter),
    setRouterGateway: (context, id, gateway) => run(context, (c) => updateRouter(c, id, { gateway })),
    addRouterInterface: (context, routerId, attributes, options) =>
      run(context, (c) => addRouterInterface(c, routerId, attributes, options?.id)),
    removeRouterInterface: (context, routerId, attributes) =>
      run(context, (c) => removeRouterInterface(c, routerId, attributes)),

    createSecurityGroup: (context, attributes, options) =>
      run(context, (c) => createSecurityGroup(c, attributes, options?.id)),
    updateSecurityGroup: (context, id, changes) => run(context, (c) => updateSecurityGroup(c, id, changes)),
    getSecurityGroup: (context, id) => get(securityGroupSource, securityGroupNotFound, context, id),
    async listSecurityGroups(context, filter) {
      const { projectId } = context;
      if (projectId !== null) await run(context, (c) => ensureDefaultGroup(c, projectId));
      return list(securityGroupSource, context, filter);
    },
    deleteSecurityGroup: (context, id) => remove(context, id, deleteSecurityGroup),
    createSecurityGroupRule: (context, attributes, options) =>
      run(context, (c) => createSecurityGroupRule(c, attributes, options?.id)),
    getSecurityGroupRule: (context, id) => get(securityGroupRuleSource, securityGroupRuleNotFound, context, id),
    deleteSecurityGroupRule: (context, id) => remove(context, id, deleteSecurityGroupRule),

    createFloatingIp: (context, attributes, options) =>
      run(context, (c) => createFloatingIp(c, attributes, options?.id)),
    updateFloatingIp: (context, id, changes) => run(context, (c) => updateFloatingIp(c, id, changes)),
    getFloatingIp: (context, id) => get(floatingIpSource, floatingIpNotFound, context, id),
    listFloatingIps: (context, filter) => list(floatingIpSource, context, filter),
    deleteFloatingIp: (context, id) => remove(context, id, deleteFloatingIp),

    ensureExternalNetwork: (settings) => run(systemContext('bootstrap'), (c) => ensureExternalNetwork(c, settings)),
    ensureDefaultSubnetPool: (settings) => run(systemContext('bootstrap'), (c) => ensureDefaultSubnetPool(c, settings)),
  };
}
