import type { Context } from '../../../../kernel/access/context.ts';
import { badRequest, conflict } from '../../../../kernel/base/errors.ts';
import { isUuid } from '../../../../kernel/base/ids.ts';
import type { NetworkApi } from '../../../network/index.ts';

/** One thing by id or name; 400 when there is none, 409 when there are several of the name. */
export async function byIdOrName<R extends { readonly id: string }>(
  what: string,
  key: string,
  list: (filter: { id: string } | { name: string }) => Promise<readonly R[]>,
): Promise<R> {
  const byId = isUuid(key) ? await list({ id: key }) : [];
  const candidates = byId.length > 0 ? byId : await list({ name: key });
  const [only] = candidates;
  if (only === undefined) throw badRequest(`There is no ${what} ${key} in this project.`);
  if (candidates.length > 1) throw conflict(`Several ${what}s are named ${key}: use the id.`);
  return only;
}

export function findNetwork(network: NetworkApi, context: Context, key: string) {
  return byIdOrName('network', key, (filter) => network.listNetworks(context, filter));
}

export function findSubnet(network: NetworkApi, context: Context, key: string) {
  return byIdOrName('subnet', key, (filter) => network.listSubnets(context, filter));
}

export function findRouter(network: NetworkApi, context: Context, key: string) {
  return byIdOrName('router', key, (filter) => network.listRouters(context, filter));
}

export function findSecurityGroup(network: NetworkApi, context: Context, key: string) {
  return byIdOrName('security group', key, (filter) => network.listSecurityGroups(context, filter));
}
