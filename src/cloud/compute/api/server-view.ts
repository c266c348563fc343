import { hash } from 'node:crypto';
import type { Context } from '../../../kernel/access/context.ts';
import { atLeast, type Version } from '../../../kernel/http/index.ts';
import type { ServerPort } from '../collaborators.ts';
import type { ServerRecord } from '../domain/server.ts';
import { statusOf } from '../domain/states.ts';
import { isoTime, linksOf, rawTime } from './links.ts';

/** What a view depends on besides the server. */
export interface ViewOf {
  readonly baseUrl: string;
  /** The microversion asked for. */
  readonly version: Version;
  readonly context: Context;
  /** The server's ports, in the order of its network cards. */
  readonly ports: readonly ServerPort[];
  readonly zone: string;
  /** The server groups that it is in; only for `showView`. */
  readonly groups?: readonly string[];
}

/** A server in lists without detail. */
export function basicView(
  server: Pick<ServerRecord, 'id' | 'name'>,
  { baseUrl }: Pick<ViewOf, 'baseUrl'>,
): Record<string, unknown> {
  return { id: server.id, name: server.name, links: linksOf(baseUrl, 'servers', server.id) };
}

const withProgress = new Set(['ACTIVE', 'BUILD', 'REBUILD', 'RESIZE', 'VERIFY_RESIZE', 'MIGRATING']);

/** What every version has shown since the first. */
function commonView(server: ServerRecord, view: ViewOf, extended: boolean): Record<string, unknown> {
  const status = statusOf(server);
  return {
    id: server.id,
    name: server.name,
    status,
    tenant_id: server.projectId,
    user_id: server.userId,
    metadata: server.metadata,
    hostId: hostId(server),
    image: imageView(server, view.baseUrl),
    flavor: flavorView(server, view),
    created: isoTime(server.createdAt),
    updated: isoTime(server.updatedAt),
    addresses: server.vmState === 'building' ? {} : addressesView(view.ports, extended),
    accessIPv4: server.accessIpV4 ?? '',
    accessIPv6: server.accessIpV6 ?? '',
    links: linksOf(view.baseUrl, 'servers', server.id),
    'OS-DCF:diskConfig': server.diskConfig,
    ...(server.fault !== null && status === 'ERROR' ? { fault: server.fault } : {}),
    ...(withProgress.has(status) ? { progress: 0 } : {}),
  };
}

/** What later versions added, each since its own. */
function addedView(server: ServerRecord, { version }: ViewOf): Record<string, unknown> {
  return {
    ...(atLeast(version, '2.9') ? { locked: server.lockedBy !== null } : {}),
    ...(atLeast(version, '2.73') ? { locked_reason: server.lockedReason } : {}),
    ...(atLeast(version, '2.19') ? { description: server.description } : {}),
    ...(atLeast(version, '2.26') ? { tags: server.tags } : {}),
    ...(atLeast(version, '2.63') ? { trusted_image_certificates: null } : {}),
  };
}

/** What only `GET` shows; since 2.75 also `PUT`. */
function extendedView(server: ServerRecord, view: ViewOf): Record<string, unknown> {
  const groups = [...new Set(view.ports.flatMap(({ securityGroupNames }) => securityGroupNames))];
  return {
    'OS-EXT-AZ:availability_zone': server.availabilityZone ?? (server.host === null ? '' : view.zone),
    config_drive: server.configDrive ? 'True' : '',
    key_name: server.keyName,
    'OS-SRV-USG:launched_at': server.launchedAt && rawTime(server.launchedAt),
    'OS-SRV-USG:terminated_at': server.terminatedAt && rawTime(server.terminatedAt),
    ...(groups.length === 0 ? {} : { security_groups: groups.map((name) => ({ name })) }),
    'OS-EXT-STS:task_state': server.taskState,
    'OS-EXT-STS:vm_state': server.vmState,
    'OS-EXT-STS:power_state': server.powerState,
    'os-extended-volumes:volumes_attached': server.volumes.map(({ volumeId, deleteOnTermination }) => ({
      id: volumeId,
      ...(atLeast(view.version, '2.3') ? { delete_on_termination: deleteOnTermination } : {}),
    })),
    ...(view.context.isAdmin ? adminView(server, view) : {}),
  };
}

function adminView(server: ServerRecord, { version }: ViewOf): Record<string, unknown> {
  return {
    'OS-EXT-SRV-ATTR:host': server.host,
    'OS-EXT-SRV-ATTR:instance_name': `instance-${server.id}`,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': server.host,
    ...(atLeast(version, '2.3')
      ? {
          'OS-EXT-SRV-ATTR:reservation_id': server.reservationId,
          'OS-EXT-SRV-ATTR:launch_index': server.launchIndex,
          'OS-EXT-SRV-ATTR:hostname': server.hostname,
          'OS-EXT-SRV-ATTR:kernel_id': '',
          'OS-EXT-SRV-ATTR:ramdisk_id': '',
          'OS-EXT-SRV-ATTR:root_device_name': '/dev/vda',
          'OS-EXT-SRV-ATTR:user_data': server.userData,
        }
      : {}),
    ...(atLeast(version, '2.16') ? { host_status: server.host === null ? '' : 'UP' } : {}),
  };
}

/** A server as a list with details shows it. */
export function detailView(server: ServerRecord, view: ViewOf): Record<string, unknown> {
  return { ...commonView(server, view, true), ...addedView(server, view), ...extendedView(server, view) };
}

/** A server as `GET` of one shows it. */
export function showView(server: ServerRecord, view: ViewOf): Record<string, unknown> {
  return {
    ...detailView(server, view),
    ...(atLeast(view.version, '2.71') ? { server_groups: view.groups ?? [] } : {}),
  };
}

/** A server as `PUT` answers it: less than `GET` before 2.75. */
export function updatedView(server: ServerRecord, view: ViewOf): Record<string, unknown> {
  if (atLeast(view.version, '2.75')) return showView(server, view);
  return {
    ...commonView(server, view, false),
    ...addedView(server, view),
    ...(atLeast(view.version, '2.71') ? { server_groups: view.groups ?? [] } : {}),
  };
}

/** A server as its rebuild answers it. */
export function rebuiltView(server: ServerRecord, view: ViewOf): Record<string, unknown> {
  const { 'OS-EXT-SRV-ATTR:user_data': _shownBelow, ...updated } = updatedView(server, view);
  return {
    ...updated,
    ...(atLeast(view.version, '2.54') ? { key_name: server.keyName } : {}),
    ...(atLeast(view.version, '2.57') ? { user_data: server.userData } : {}),
  };
}

/** Tells whether two servers of a project share a host, and nothing else (Nova's `generate_hostid`). */
function hostId({ host, projectId }: ServerRecord): string {
  return host === null ? '' : hash('sha224', `${projectId}${host}`);
}

function imageView({ image }: ServerRecord, baseUrl: string): unknown {
  if (image === null) return '';
  return { id: image.id, links: [{ rel: 'bookmark', href: `${baseUrl}/images/${image.id}` }] };
}

function flavorView({ flavor }: ServerRecord, { baseUrl, version }: ViewOf): unknown {
  if (atLeast(version, '2.47')) {
    return {
      vcpus: flavor.vcpus,
      ram: flavor.memoryMiB,
      disk: flavor.diskGiB,
      ephemeral: flavor.ephemeralGiB,
      swap: flavor.swapMiB,
      original_name: flavor.name,
      extra_specs: flavor.extraSpecs,
    };
  }
  return { id: flavor.id, links: linksOf(baseUrl, 'flavors', flavor.id).slice(1) };
}

/** Addresses by network: fixed ones, then the floating ones that lead to them. */
export function addressesView(ports: readonly ServerPort[], extended: boolean): Record<string, unknown[]> {
  const byNetwork: Record<string, unknown[]> = {};
  for (const port of ports) {
    const entry = (addr: string, type: string) => ({
      version: addr.includes(':') ? 6 : 4,
      addr,
      ...(extended ? { 'OS-EXT-IPS:type': type, 'OS-EXT-IPS-MAC:mac_addr': port.mac } : {}),
    });
    const list = byNetwork[port.networkName] ?? [];
    byNetwork[port.networkName] = list;
    list.push(...port.fixedIps.map(({ ipAddress }) => entry(ipAddress, 'fixed')));
    list.push(...port.floatingIps.map(({ address }) => entry(address, 'floating')));
  }
  return byNetwork;
}
