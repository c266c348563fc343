import Type from 'typebox';
import type { Context } from '../../../../kernel/access/context.ts';
import { policies } from '../../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../../kernel/base/errors.ts';
import { isUuid } from '../../../../kernel/base/ids.ts';
import { caller, type Route, route, version } from '../../../../kernel/http/index.ts';
import type { FloatingIpRecord, NetworkRecord } from '../../../network/index.ts';
import type { ComputeSettings } from '../../operations/settings.ts';
import { exact } from '../schemas.ts';

const until235 = { max: version('2.35') };

/** The networks that floating IPs come from: Nova's pools. */
function pools({ proxied }: ComputeSettings, context: Context): Promise<NetworkRecord[]> {
  return proxied.network.listNetworks(context, { external: true });
}

async function view(
  { proxied }: ComputeSettings,
  context: Context,
  floating: FloatingIpRecord,
  networks: readonly NetworkRecord[],
): Promise<Record<string, unknown>> {
  const port = floating.fixedPortId === null ? undefined : await proxied.network.getPort(context, floating.fixedPortId);
  return {
    id: floating.id,
    ip: floating.address,
    fixed_ip: floating.fixedAddress,
    instance_id: port?.deviceId || null,
    pool: networks.find(({ id }) => id === floating.floatingNetworkId)?.name ?? null,
  };
}

/** The pool of that name or id, or the one that is the default. */
async function poolOf(settings: ComputeSettings, context: Context, pool: string | undefined): Promise<NetworkRecord> {
  const networks = await pools(settings, context);
  const found =
    pool === undefined
      ? (networks.find(({ isDefault }) => isDefault) ?? networks[0])
      : networks.find(({ id, name }) => id === pool || name === pool);
  if (found === undefined) throw new Fault('notFound', 'Floating IP pool not found.');
  return found;
}

/** Floating IPs as Nova passed them on until 2.35. */
export function floatingIpRoutes(settings: ComputeSettings): Route[] {
  const { network } = settings.proxied;
  const path = '/v2.1/os-floating-ips';
  const read = { policy: policies.projectReader, versions: until235 };
  const write = { policy: policies.projectMember, versions: until235 };
  const idOf = (params: Record<string, string>) => {
    const { floatingIpId = '' } = params;
    if (!isUuid(floatingIpId)) {
      throw new Fault('notFound', `Floating IP not found for ID ${floatingIpId.slice(0, 64)}`);
    }
    return floatingIpId;
  };
  return [
    route({
      method: 'GET',
      path: '/v2.1/os-floating-ip-pools',
      operation: 'compute:floating-ip-pools:list',
      ...read,
      handler: async (request) => ({
        floating_ip_pools: (await pools(settings, caller(request))).map(({ name }) => ({ name })),
      }),
    }),
    route({
      method: 'GET',
      path,
      operation: 'compute:floating-ips:list',
      ...read,
      async handler(request) {
        const context = caller(request);
        const networks = await pools(settings, context);
        const own = context.projectId === null ? {} : { projectId: context.projectId };
        const found = await network.listFloatingIps(context, own);
        return { floating_ips: await Promise.all(found.map((one) => view(settings, context, one, networks))) };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:floatingIpId`,
      operation: 'compute:floating-ips:get',
      ...read,
      async handler(request) {
        const context = caller(request);
        const found = await network.getFloatingIp(context, idOf(request.params));
        return { floating_ip: await view(settings, context, found, await pools(settings, context)) };
      },
    }),
    route({
      method: 'POST',
      path,
      operation: 'compute:floating-ips:create',
      ...write,
      body: Type.Unsafe<{ pool?: string } | null>({
        anyOf: [exact({ pool: Type.Optional(Type.String({ maxLength: 255 })) }), { type: 'null' }],
      }),
      async handler(request) {
        const context = caller(request);
        const pool = await poolOf(settings, context, request.body?.pool);
        const made = await network.createFloatingIp(context, { floatingNetworkId: pool.id }).catch((error: unknown) => {
          if (!(error instanceof Fault) || error.code !== 'conflict') throw error;
          if (error.data.type === 'OverQuota') throw new Fault('forbidden', error.message);
          throw badRequest(error.message);
        });
        return { floating_ip: await view(settings, context, made, [pool]) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:floatingIpId`,
      operation: 'compute:floating-ips:delete',
      ...write,
      status: 202,
      async handler(request) {
        const id = idOf(request.params);
        if (!(await network.deleteFloatingIp(caller(request), id))) {
          throw new Fault('notFound', `Floating IP not found for ID ${id}`);
        }
      },
    }),
  ];
}
