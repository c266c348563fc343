import type { OpenStack } from '../../client/index.ts';

/** What a project sees of what costs something or stands in somebody's way: `server 6f3c…`, `port 0a1b…`. */
export type Inventory = ReadonlySet<string>;

/** Where each kind is listed, and under which key. */
const lists = [
  { service: 'compute', path: '/servers', key: 'servers' },
  { service: 'orchestration', path: '/stacks', key: 'stacks' },
  { service: 'network', path: '/v2.0/ports', key: 'ports' },
  { service: 'network', path: '/v2.0/floatingips', key: 'floatingips' },
  { service: 'network', path: '/v2.0/networks', key: 'networks' },
  { service: 'network', path: '/v2.0/subnets', key: 'subnets' },
  { service: 'network', path: '/v2.0/routers', key: 'routers' },
  { service: 'network', path: '/v2.0/security-groups', key: 'security_groups' },
] as const;

interface Item {
  readonly id: string;
  readonly stack_status?: string;
}

/** Looks with the ordinary APIs of Nova, Neutron and Heat. */
export async function inventory(cloud: OpenStack): Promise<Inventory> {
  const found = await Promise.all(
    lists.map(async ({ service, path, key }) => {
      const { json } = await cloud.service(service).call('GET', path);
      const items = (json as Record<string, Item[]>)[key] ?? [];
      // Heat may list a stack for a moment after it is gone.
      const there = items.filter(({ stack_status: status }) => status !== 'DELETE_COMPLETE');
      return there.map(({ id }) => `${key} ${id}`);
    }),
  );
  return new Set(found.flat());
}
