import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenStack } from '../../client/index.ts';
import type { OpenResource, ResourceEvent, ResourceEventSource, SourceDesk } from '../../cloud/telemetry/ports.ts';
import { Fault } from '../../kernel/base/errors.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { instantOf } from './notification.ts';

export interface PollingOptions {
  /** An account that sees every project's: Nova, Neutron and Cinder show that to administrators. */
  readonly cloud: OpenStack;
  readonly everySeconds: number;
  readonly log: Logger;
  readonly now: () => Date;
}

type Item = Readonly<Record<string, unknown>> & { readonly id: string };

/** One kind of thing: how it is listed, and what an item of the list says. */
interface Kind {
  readonly meter: string;
  readonly service: string;
  readonly path: string;
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly started: string;
  /** Undefined while it does not count yet. */
  event(item: Item): ResourceEvent['data'] | undefined;
  /** When what is not listed any more has ended, if the cloud says so. */
  endOf?(cloud: OpenStack, id: string): Promise<string | undefined>;
}

/** From here on Nova shows a server's flavor with the server. */
const withFlavor = { 'OpenStack-API-Version': 'compute 2.47' };

const kinds: readonly Kind[] = [
  {
    meter: 'compute.server',
    service: 'compute',
    path: '/servers/detail?all_tenants=1',
    key: 'servers',
    headers: withFlavor,
    started: 'andromede.compute.server.started.v1',
    event(item) {
      const at = instantOf(item['OS-SRV-USG:launched_at']);
      const flavor = (item.flavor ?? {}) as Readonly<Record<string, unknown>>;
      if (at === undefined) return undefined;
      return {
        ...{ projectId: String(item.tenant_id), at, launchedAt: at, name: item.name },
        ...{ flavorName: flavor.original_name, vcpus: flavor.vcpus, memoryMiB: flavor.ram, diskGiB: flavor.disk },
      };
    },
    async endOf(cloud, id) {
      const path = `/servers/detail?all_tenants=1&deleted=true&uuid=${encodeURIComponent(id)}`;
      const [server] = (await itemsAt(cloud, { service: 'compute', path, key: 'servers' })) ?? [];
      return instantOf(server?.['OS-SRV-USG:terminated_at']);
    },
  },
  {
    meter: 'network.floating-ip',
    service: 'network',
    path: '/v2.0/floatingips',
    key: 'floatingips',
    started: 'andromede.network.floating-ip.created.v1',
    event({ project_id, tenant_id, created_at, floating_ip_address: address }) {
      const at = instantOf(created_at);
      return at === undefined ? undefined : { projectId: String(project_id ?? tenant_id), at, address };
    },
  },
  {
    meter: 'volume.volume',
    service: 'block-storage',
    path: '/volumes/detail?all_tenants=1',
    key: 'volumes',
    started: 'andromede.volume.volume.created.v1',
    event(item) {
      const at = instantOf(item.created_at);
      if (at === undefined || item.status === 'creating' || item.status === 'error') return undefined;
      const projectId = String(item['os-vol-tenant-attr:tenant_id']);
      return { projectId, at, name: item.name, sizeGiB: item.size, volumeType: item.volume_type };
    },
  },
];

/** Looks at the cloud's lists now and then, and tells what has begun and what has ended since. */
export function openStackPolling({ cloud, everySeconds, log, now }: PollingOptions): ResourceEventSource {
  return {
    name: 'openstack polling',
    async run(desk, signal) {
      while (!signal.aborted) {
        await lookOnce(cloud, desk, now).catch((error: unknown) => {
          if (!signal.aborted) log.warn({ err: error }, 'the cloud could not be asked what runs; trying again');
        });
        await sleep(everySeconds * 1000, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** One look. What is metered is read before the lists: what begins in between is in the lists only. */
export async function lookOnce(cloud: OpenStack, desk: SourceDesk, now: () => Date): Promise<void> {
  const open = await desk.open();
  for (const kind of kinds) {
    const items = await itemsAt(cloud, kind);
    // Without the service nothing is known of its things, not even that they are gone.
    if (items === undefined) continue;
    const known = new Map(open.filter(({ meter }) => meter === kind.meter).map((one) => [one.resourceId, one]));
    const begun = items.flatMap((item): ResourceEvent[] => {
      const data = known.has(item.id) ? undefined : kind.event(item);
      return data === undefined ? [] : [{ type: kind.started, subject: item.id, data }];
    });
    const listed = new Set(items.map(({ id }) => id));
    const gone = [...known.values()].filter(({ resourceId }) => !listed.has(resourceId));
    const ended = await Promise.all(gone.map((one) => endEvent(cloud, kind, one, now())));
    if (begun.length + ended.length > 0) await desk.take([...begun, ...ended]);
  }
}

async function endEvent(cloud: OpenStack, kind: Kind, gone: OpenResource, seen: Date): Promise<ResourceEvent> {
  const at = (await kind.endOf?.(cloud, gone.resourceId)) ?? seen.toISOString();
  const { resourceId: subject, projectId } = gone;
  return { type: `andromede.${kind.meter}.deleted.v1`, subject, data: { projectId, at } };
}

/** Everything of a list, page by page; undefined where the cloud has no such service. */
async function itemsAt(
  cloud: OpenStack,
  { service, path, key, headers }: Pick<Kind, 'service' | 'path' | 'key' | 'headers'>,
): Promise<Item[] | undefined> {
  const items: Item[] = [];
  for (let marker: string | undefined; ; ) {
    try {
      const { json } = await cloud
        .service(service)
        .call('GET', path, { query: { marker }, ...(headers && { headers }) });
      const page = json as Readonly<Record<string, unknown>>;
      const found = (page[key] ?? []) as Item[];
      items.push(...found);
      const links = (page[`${key}_links`] ?? []) as readonly { readonly rel: string }[];
      marker = links.some(({ rel }) => rel === 'next') ? found.at(-1)?.id : undefined;
      if (marker === undefined) return items;
    } catch (error) {
      if (error instanceof Fault && error.code === 'notFound' && items.length === 0) return undefined;
      throw error;
    }
  }
}
