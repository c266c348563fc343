import { sql } from 'kysely';
import type Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, atLeast, type Route, route } from '../../../kernel/http/index.ts';
import { tables } from '../../../kernel/store/index.ts';
import { capabilitiesOf } from '../domain/capabilities.ts';
import { bytesPerGiB } from '../domain/volume.ts';
import { poolOf, type VolumeSettings } from '../operations/settings.ts';
import type { DisabledServiceRow, VolumeTables } from '../store/tables.ts';
import { isTrue, searchOf } from './listing.ts';
import { closed, nullable, optional, text } from './schemas.ts';
import { param } from './scoped.ts';
import { timeText } from './views.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

interface ServiceView {
  readonly binary: string;
  readonly host: string;
}

/** The parts of this service under the names of Cinder's processes; all of them are this process. */
function servicesOf({ hostName, engine }: VolumeSettings): ServiceView[] {
  return [
    { binary: 'cinder-scheduler', host: hostName },
    { binary: 'cinder-volume', host: `${hostName}@${engine.kind}` },
    { binary: 'cinder-backup', host: hostName },
  ];
}

async function disabledServices({ store }: VolumeSettings): Promise<DisabledServiceRow[]> {
  return tables<VolumeTables>(store.db).selectFrom('block_storage.disabled_service').selectAll().execute();
}

async function listServices(settings: VolumeSettings, request: Request): Promise<unknown> {
  const search = searchOf(request);
  const [binary, host] = [search.get('binary'), search.get('host')];
  const disabled = await disabledServices(settings);
  const now = timeText(settings.clock.now());
  const services = servicesOf(settings)
    .filter((service) => binary === null || service.binary === binary)
    .filter((service) => host === null || service.host === host || service.host.split('@')[0] === host)
    .map((service) => {
      const off = disabled.find((row) => row.binary === service.binary && row.host === service.host);
      const isOff = off !== undefined && off.reason !== frozenOnly;
      return {
        ...service,
        zone: settings.zone,
        status: isOff ? 'disabled' : 'enabled',
        state: 'up',
        updated_at: now,
        disabled_reason: isOff ? off.reason : null,
        ...(service.binary === 'cinder-volume'
          ? { frozen: off?.frozen ?? false, replication_status: 'disabled', active_backend_id: null }
          : {}),
        ...(atLeast(request.version, '3.7') ? { cluster: null } : {}),
        ...(atLeast(request.version, '3.49') && service.binary === 'cinder-volume' ? { backend_state: 'up' } : {}),
      };
    });
  return { services };
}

/** The reason of a row that only says that a host is frozen. */
const frozenOnly = '';

const serviceBody = closed({
  host: optional(text),
  binary: optional(text),
  service: optional(text),
  disabled_reason: optional(nullable(text)),
});

async function changeService(settings: VolumeSettings, request: Request, change: string): Promise<unknown> {
  const body = request.body as Type.Static<typeof serviceBody>;
  const binary = body.binary ?? body.service ?? '';
  const host = body.host ?? '';
  if (change === 'freeze' || change === 'thaw') return freeze(settings, host, change === 'freeze');
  const withReason = change === 'disable-log-reason';
  if (withReason && (body.disabled_reason ?? '').trim() === '') {
    throw badRequest('Disabled reason contains invalid characters or is too long, or there is none.');
  }
  if (!servicesOf(settings).some((service) => service.binary === binary && service.host === host)) {
    throw new Fault('notFound', `Service ${binary.slice(0, 64)} on host ${host.slice(0, 64)} could not be found.`);
  }
  const enabled = change === 'enable';
  const reason = withReason ? (body.disabled_reason ?? null) : null;
  if (enabled) await removeRow(settings, binary, host);
  else await writeRow(settings, { binary, host, reason, frozen: false });
  return {
    ...{ host, binary, service: binary, disabled: !enabled, status: enabled ? 'enabled' : 'disabled' },
    ...(enabled || withReason ? { disabled_reason: reason } : {}),
  };
}

/** A frozen host is told as such; what is there goes on. */
async function freeze(settings: VolumeSettings, host: string, frozen: boolean): Promise<unknown> {
  const service = servicesOf(settings).find((known) => known.binary === 'cinder-volume' && known.host === host);
  if (service === undefined) throw badRequest(`Host ${host.slice(0, 64)} could not be found.`);
  if (frozen) await writeRow(settings, { ...service, reason: frozenOnly, frozen });
  else await removeRow(settings, service.binary, host);
  return undefined;
}

async function writeRow({ store }: VolumeSettings, row: DisabledServiceRow): Promise<void> {
  await tables<VolumeTables>(store.db)
    .insertInto('block_storage.disabled_service')
    .values(row)
    .onConflict((on) => on.columns(['binary', 'host']).doUpdateSet({ reason: row.reason, frozen: row.frozen }))
    .execute();
}

async function removeRow({ store }: VolumeSettings, binary: string, host: string): Promise<void> {
  await tables<VolumeTables>(store.db)
    .deleteFrom('block_storage.disabled_service')
    .where('binary', '=', binary)
    .where('host', '=', host)
    .execute();
}

async function pools(settings: VolumeSettings, request: Request): Promise<unknown> {
  const detailed = isTrue(searchOf(request).get('detail') ?? 'false', 'detail');
  const name = poolOf(settings);
  if (!detailed) return { pools: [{ name }] };
  const { totalBytes, freeBytes } = await settings.engine.capacity();
  const now = timeText(settings.clock.now());
  const capabilities = {
    ...capabilitiesOf(settings.engine.kind),
    ...{ updated: now, timestamp: now, reserved_percentage: 0, QoS_support: false, multiattach: true },
    total_capacity_gb: Math.floor(totalBytes / bytesPerGiB),
    free_capacity_gb: Math.floor(freeBytes / bytesPerGiB),
  };
  return { pools: [{ name, capabilities }] };
}

/** What is where of each project, for an administrator. */
async function hostUsage({ store, hostName, engine }: VolumeSettings, request: Request): Promise<unknown> {
  const host = param(request, 'host');
  if (host !== `${hostName}@${engine.kind}`) {
    throw new Fault('notFound', `Host ${host.slice(0, 64)} could not be found.`);
  }
  const { rows } = await sql<{ project: string; volumes: string; gib: string; snapshots: string; snapshotGib: string }>`
    select project_id as project, count(*) filter (where kind = 'v') as volumes,
      coalesce(sum(size_gib) filter (where kind = 'v'), 0) as gib, count(*) filter (where kind = 's') as snapshots,
      coalesce(sum(size_gib) filter (where kind = 's'), 0) as "snapshotGib"
    from (select 'v' as kind, project_id, size_gib from block_storage.volume where deleted_at is null
      union all select 's', project_id, size_gib from block_storage.snapshot where deleted_at is null) t
    group by rollup (project_id) order by project_id nulls first`.execute(store.db);
  return {
    host: rows.map(({ project, volumes, gib, snapshots, snapshotGib }) => ({
      resource: {
        ...{ host, project: project ?? '(total)', volume_count: String(volumes), total_volume_gb: String(gib) },
        ...{ snapshot_count: String(snapshots), total_snapshot_gb: String(snapshotGib) },
      },
    })),
  };
}

function hosts(settings: VolumeSettings): unknown {
  const now = timeText(settings.clock.now());
  return {
    hosts: servicesOf(settings).map(({ binary, host }) => ({
      ...{ host_name: host, service: binary, zone: settings.zone, 'last-update': now },
      ...{ 'service-status': 'available', 'service-state': 'enabled' },
    })),
  };
}

function capabilities({ engine, hostName }: VolumeSettings, request: Request): unknown {
  const host = param(request, 'host');
  if (host.split('#')[0] !== `${hostName}@${engine.kind}`) {
    throw new Fault('notFound', `Host ${host.slice(0, 64)} could not be found.`);
  }
  return {
    ...capabilitiesOf(engine.kind),
    ...{ namespace: `OS::Storage::Capabilities::${host}`, pool_name: null, description: null, visibility: null },
    ...{ display_name: null, replication_targets: [], properties: {} },
  };
}

/** Extensions of Cinder's API that are served here. */
const extensions = {
  'os-availability-zone': ['AvailabilityZones', 'Describe Availability Zones.'],
  backups: ['Backups', 'Backups support.'],
  capabilities: ['Capabilities', 'Capabilities support.'],
  'os-extended-snapshot-attributes': ['ExtendedSnapshotAttributes', 'Extended SnapshotAttributes support.'],
  'os-hosts': ['Hosts', 'Admin-only host administration.'],
  'qos-specs': ['Qos_specs_manage', 'QoS specs support.'],
  'os-quota-sets': ['Quotas', 'Quota management support.'],
  'os-quota-class-sets': ['QuotaClasses', 'Quota classes management support.'],
  'scheduler-stats': ['Scheduler_stats', 'Scheduler stats support.'],
  'os-services': ['Services', 'Services support.'],
  'os-snapshot-actions': ['SnapshotActions', 'Enable snapshot manager actions.'],
  'os-types-extra-specs': ['TypesExtraSpecs', 'Type extra specs support.'],
  'os-types-manage': ['TypesManage', 'Types manage support.'],
  'os-used-limits': ['UsedLimits', 'Provide data on limited resources that are being used.'],
  'os-vol-host-attr': ['VolumeHostAttribute', 'Expose host as an attribute of a volume.'],
  'os-vol-image-meta': ['VolumeImageMetadata', 'Show image metadata associated with the volume.'],
  'os-vol-tenant-attr': ['VolumeTenantAttribute', 'Expose the internal project_id as an attribute of a volume.'],
  'os-volume-actions': ['VolumeActions', 'Enable volume actions.'],
  'os-volume-transfer': ['VolumeTransfer', 'Volume transfer management support.'],
  'os-volume-type-access': ['VolumeTypeAccess', 'Volume type access support.'],
} as const;

/** What the service is made of, as an administrator, or a client that picks a zone, asks. */
export function serviceRoutes(settings: VolumeSettings): Route[] {
  const changes = ['enable', 'disable', 'disable-log-reason', 'freeze', 'thaw'];
  const get = (
    path: string,
    operation: string,
    handler: (request: Request) => unknown,
    policy = policies.admin as Route['policy'],
  ) => route({ method: 'GET', path, operation: `volume:${operation}`, policy, handler });
  return [
    get('/os-services', 'services:list', (request) => listServices(settings, request)),
    ...changes.map((change) =>
      route({
        method: 'PUT',
        path: `/os-services/${change}`,
        operation: `volume:services:${change}`,
        policy: policies.admin,
        body: serviceBody,
        handler: (request) => changeService(settings, request, change),
      }),
    ),
    get('/scheduler-stats/get_pools', 'pools:list', (request) => pools(settings, request)),
    get('/os-hosts', 'hosts:list', () => hosts(settings)),
    get('/os-hosts/:host', 'hosts:get', (request) => hostUsage(settings, request)),
    get('/capabilities/:host', 'capabilities:get', (request) => capabilities(settings, request)),
    get(
      '/os-availability-zone',
      'availability-zones:list',
      () => ({ availabilityZoneInfo: [{ zoneName: settings.zone, zoneState: { available: true } }] }),
      policies.projectReader,
    ),
    get(
      '/extensions',
      'extensions:list',
      () => ({
        extensions: Object.entries(extensions).map(([alias, [name, description]]) => ({
          ...{ alias, name, description, links: [], updated: '2016-01-01T00:00:00+00:00' },
        })),
      }),
      policies.projectReader,
    ),
  ];
}
