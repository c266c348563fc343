import { policies } from '../../../../kernel/access/policy.ts';
import { caller, type Route, route, version } from '../../../../kernel/http/index.ts';
import type { NetworkRecord } from '../../../network/index.ts';
import type { ComputeSettings } from '../../operations/settings.ts';

const until235 = { max: version('2.35') };

/** What Nova's own networks had: networks of the network service have none of it. */
const absent = [
  ...['bridge', 'vpn_public_port', 'dhcp_start', 'bridge_interface', 'updated_at', 'cidr_v6', 'deleted_at'],
  ...['gateway', 'rxtx_base', 'priority', 'project_id', 'vpn_private_address', 'deleted', 'vlan', 'broadcast'],
  ...['netmask', 'injected', 'cidr', 'vpn_public_address', 'multi_host', 'dns2', 'created_at', 'host'],
  ...['gateway_v6', 'netmask_v6', 'dns1', 'dhcp_server', 'enable_dhcp', 'share_address', 'mtu'],
];

function networkView({ id, name }: NetworkRecord): Record<string, unknown> {
  return { ...Object.fromEntries(absent.map((key) => [key, null])), id, label: name };
}

function tenantView({ id, name }: NetworkRecord): Record<string, unknown> {
  return { id, label: name, cidr: null };
}

/** Networks as Nova passed them on until 2.35. */
export function networkRoutes(settings: ComputeSettings): Route[] {
  const { network } = settings.proxied;
  const read = { policy: policies.projectReader, versions: until235 };
  return (
    [
      ['/v2.1/os-networks', 'networks', networkView],
      ['/v2.1/os-tenant-networks', 'tenant-networks', tenantView],
    ] as const
  ).flatMap(([path, resource, view]) => [
    route({
      method: 'GET',
      path,
      operation: `compute:${resource}:list`,
      ...read,
      handler: async (request) => ({ networks: (await network.listNetworks(caller(request))).map(view) }),
    }),
    route({
      method: 'GET',
      path: `${path}/:networkId`,
      operation: `compute:${resource}:get`,
      ...read,
      async handler(request) {
        return { network: view(await network.getNetwork(caller(request), request.params.networkId ?? '')) };
      },
    }),
  ]);
}
