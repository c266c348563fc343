import Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import { type ApiRequest, atLeast, caller, Reply, type Route, route, version } from '../../../kernel/http/index.ts';
import type { BackupRecord } from '../domain/backup.ts';
import { alterBackup, createBackup, deleteBackup, restoreBackup, visibleBackup } from '../operations/backups.ts';
import { projectOf } from '../operations/create-volume.ts';
import { poolOf, type VolumeSettings } from '../operations/settings.ts';
import { countBackups, findBackup, insertBackup, listBackups, wantedData } from '../store/backups.ts';
import { action, actionRoute } from './actions.ts';
import { checkMarker, type Listing, readListing, searchOf } from './listing.ts';
import { boolean, closed, metadata, name, nullable, optional, text, truth, uuid } from './schemas.ts';
import { param } from './scoped.ts';
import { linksOf, nextLinks, type Seen, seenBy, timeOrNull, timeText } from './views.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

const listing: Listing = {
  filters: {
    name: { column: 'name', type: 'text' },
    status: { column: 'status', type: 'text' },
    volume_id: { column: 'volume_id', type: 'uuid' },
    snapshot_id: { column: 'snapshot_id', type: 'uuid' },
    id: { column: 'id', type: 'uuid' },
  },
  sortKeys: {
    id: 'id',
    name: 'name',
    status: 'status',
    size: 'size_gib',
    created_at: 'created_at',
    updated_at: 'updated_at',
  },
  metadata: false,
};

const createBody = closed({
  backup: closed({
    volume_id: uuid,
    name,
    description: name,
    container: name,
    incremental: optional(nullable(boolean)),
    force: optional(nullable(boolean)),
    snapshot_id: optional(nullable(uuid)),
    metadata: optional(nullable(metadata)),
    availability_zone: name,
  }),
});
const updateBody = closed({ backup: closed({ name, description: name, metadata: optional(metadata) }) });
const restoreBody = closed({ restore: closed({ volume_id: optional(nullable(uuid)), name }) });
const importBody = closed({
  'backup-record': closed({ backup_service: text, backup_url: Type.String({ maxLength: 65_536 }) }),
});

function summary(backup: BackupRecord, seen: Seen): Record<string, unknown> {
  return { id: backup.id, name: backup.name, links: linksOf(seen, 'backups', backup.id) };
}

function made(backup: BackupRecord, seen: Seen): Record<string, unknown> {
  return { ...summary(backup, seen), ...(atLeast(seen.version, '3.43') ? { metadata: backup.metadata } : {}) };
}

function detail(backup: BackupRecord, seen: Seen): Record<string, unknown> {
  const { version: asked, context } = seen;
  return {
    ...summary(backup, seen),
    status: backup.status,
    size: backup.sizeGiB,
    object_count: backup.status === 'available' ? 1 : 0,
    container: backup.container,
    description: backup.description,
    availability_zone: backup.availabilityZone,
    created_at: timeText(backup.createdAt),
    updated_at: timeOrNull(backup.updatedAt),
    volume_id: backup.volumeId,
    snapshot_id: backup.snapshotId,
    fail_reason: backup.failReason,
    is_incremental: false,
    has_dependent_backups: false,
    data_timestamp: timeText(backup.dataTimestamp),
    ...(atLeast(asked, '3.18') && context.isAdmin ? { 'os-backup-project-attr:project_id': backup.projectId } : {}),
    ...(atLeast(asked, '3.43') ? { metadata: backup.metadata } : {}),
    ...(atLeast(asked, '3.56') ? { user_id: backup.userId } : {}),
  };
}

const isTrue = (value: boolean | string | null | undefined): boolean => truth(value ?? false);

async function create(settings: VolumeSettings, request: Request): Promise<unknown> {
  const { backup: asked } = request.body as Type.Static<typeof createBody>;
  if (isTrue(asked.incremental)) {
    throw new Fault('notSupported', 'Backups are whole copies: incremental ones are not supported.');
  }
  const backup = await createBackup(settings, caller(request), {
    volumeId: asked.volume_id,
    snapshotId: asked.snapshot_id ?? null,
    name: asked.name ?? null,
    description: asked.description ?? null,
    container: asked.container ?? null,
    availabilityZone: asked.availability_zone ?? settings.zone,
    metadata: asked.metadata ?? {},
    force: isTrue(asked.force),
  });
  return { backup: made(backup, seenBy(request, poolOf(settings))) };
}

async function list(settings: VolumeSettings, request: Request, detailed: boolean): Promise<unknown> {
  const { db } = settings.store;
  const search = searchOf(request);
  const context = caller(request);
  const { conditions, page, withCount } = readListing(listing, search, context, request.version);
  await checkMarker(page.marker, (id) => visibleBackup(db, context, id));
  const backups = await listBackups(db, conditions, page);
  const seen = seenBy(request, poolOf(settings));
  return {
    backups: backups.map((backup) => (detailed ? detail : summary)(backup, seen)),
    ...nextLinks(seen, detailed ? 'backups/detail' : 'backups', search, backups, page.limit),
    ...(withCount ? { count: await countBackups(db, conditions) } : {}),
  };
}

/** The driver's name as exports have it: Cinder's own of files in a folder. */
const backupService = 'cinder.backup.drivers.posix.PosixBackupDriver';

/** All that is needed to know a backup again after the loss of the database. */
function recordOf(backup: BackupRecord): string {
  const { id, volumeId, snapshotId, name: called, description, container, sizeGiB, dataId, metadata: pairs } = backup;
  const facts = { volumeFacts: backup.volumeFacts, dataTimestamp: backup.dataTimestamp.toISOString() };
  const record = { id, volumeId, snapshotId, name: called, description, container, sizeGiB, dataId, metadata: pairs };
  return Buffer.from(JSON.stringify({ ...record, ...facts })).toString('base64');
}

type Exported = ReturnType<typeof parseRecord>;

function parseRecord(url: string) {
  try {
    const record = JSON.parse(Buffer.from(url, 'base64').toString('utf8')) as Partial<BackupRecord>;
    const { id, volumeId, dataId, sizeGiB, dataTimestamp, volumeFacts } = record;
    const at = new Date(String(dataTimestamp));
    const ids = [id, volumeId, dataId].every((value) => typeof value === 'string' && isUuid(value));
    if (ids && Number.isInteger(sizeGiB) && !Number.isNaN(at.getTime()) && typeof volumeFacts === 'object') {
      return { ...record, at } as Partial<BackupRecord> &
        Pick<BackupRecord, 'id' | 'volumeId' | 'dataId' | 'sizeGiB' | 'volumeFacts'> & { at: Date };
    }
  } catch {
    // Said below.
  }
  throw badRequest('The backup record is not one that this service has exported.');
}

async function importRecord(settings: VolumeSettings, context: Context, requestId: string, record: Exported) {
  const { store, clock } = settings;
  return store.transact(async (tx) => {
    const { backups } = await settings.engine.inventory();
    const there = backups.includes(record.dataId) || (await wantedData(tx, [record.dataId])).has(record.dataId);
    if (!there) throw badRequest('The bytes of this backup are not here (any more).');
    const now = clock.now();
    const inserted = await insertBackup(tx, {
      ...{ id: record.id, volume_id: record.volumeId, snapshot_id: record.snapshotId ?? null },
      ...{ name: record.name ?? null, description: record.description ?? null, container: record.container ?? null },
      ...{ project_id: projectOf(context), user_id: context.userId, request_id: requestId },
      ...{ size_gib: record.sizeGiB, status: 'available', fail_reason: null, availability_zone: settings.zone },
      ...{ metadata: record.metadata ?? {}, volume_facts: record.volumeFacts, restore_to: null },
      ...{ data_id: record.dataId, data_timestamp: record.at, created_at: now, updated_at: null, deleted_at: null },
    });
    if (!inserted) throw badRequest(`Invalid backup: Backup already exists in database: ${record.id}.`);
    return (await findBackup(tx, record.id)) as BackupRecord;
  });
}

function recordRoutes(settings: VolumeSettings): Route[] {
  return [
    route({
      method: 'GET',
      path: '/backups/:id/export_record',
      operation: 'volume:backups:export',
      policy: policies.admin,
      async handler(request) {
        const backup = await visibleBackup(settings.store.db, caller(request), param(request, 'id'));
        if (backup.status !== 'available')
          throw badRequest(`Backup status must be available, but is ${backup.status}.`);
        return { 'backup-record': { backup_service: backupService, backup_url: recordOf(backup) } };
      },
    }),
    route({
      method: 'POST',
      path: '/backups/import_record',
      operation: 'volume:backups:import',
      policy: policies.admin,
      status: 201,
      body: importBody,
      async handler(request) {
        const { backup_service, backup_url } = request.body['backup-record'];
        if (backup_service !== backupService)
          throw badRequest(`The backup service ${backup_service} is not known here.`);
        const record = parseRecord(backup_url);
        const backup = await importRecord(settings, caller(request), request.requestId, record);
        return { backup: summary(backup, seenBy(request, poolOf(settings))) };
      },
    }),
  ];
}

function backupActions(settings: VolumeSettings): Route {
  return actionRoute('backups', [
    action({
      name: 'os-reset_status',
      admin: true,
      schema: closed({ status: Type.Enum(['available', 'error']) }),
      async run(request, id, { status }) {
        await alterBackup(settings, caller(request), id, () => ({ status }));
      },
    }),
    {
      name: 'os-force_delete',
      admin: true,
      run: (request, id) => deleteBackup(settings, caller(request), id, true),
    },
  ]);
}

/** Backups. */
export function backupRoutes(settings: VolumeSettings): Route[] {
  const { db } = settings.store;
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  return [
    route({
      method: 'POST',
      path: '/backups',
      operation: 'volume:backups:create',
      policy: policies.projectMember,
      status: 202,
      body: createBody,
      handler: (request) => create(settings, request),
    }),
    ...[false, true].map((detailed) =>
      route({
        method: 'GET',
        path: detailed ? '/backups/detail' : '/backups',
        operation: `volume:backups:${detailed ? 'detail' : 'list'}`,
        policy: policies.projectReader,
        handler: (request) => list(settings, request, detailed),
      }),
    ),
    route({
      method: 'GET',
      path: '/backups/:id',
      operation: 'volume:backups:get',
      policy: policies.projectReader,
      handler: async (request) => ({
        backup: detail(await visibleBackup(db, caller(request), id(request)), seenBy(request, poolOf(settings))),
      }),
    }),
    route({
      method: 'PUT',
      path: '/backups/:id',
      operation: 'volume:backups:update',
      policy: policies.projectMember,
      versions: { min: version('3.9') },
      body: updateBody,
      async handler(request) {
        const { backup: asked } = request.body;
        const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
        const backup = await alterBackup(settings, caller(request), id(request), () => given);
        return { backup: made(backup, seenBy(request, poolOf(settings))) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/backups/:id',
      operation: 'volume:backups:delete',
      policy: policies.projectMember,
      status: 202,
      async handler(request) {
        await deleteBackup(settings, caller(request), id(request));
        return new Reply({});
      },
    }),
    route({
      method: 'POST',
      path: '/backups/:id/restore',
      operation: 'volume:backups:restore',
      policy: policies.projectMember,
      status: 202,
      body: restoreBody,
      async handler(request) {
        const { restore } = request.body;
        const target = { volumeId: restore.volume_id ?? undefined, name: restore.name ?? undefined };
        const volume = await restoreBackup(settings, caller(request), id(request), target);
        return { restore: { backup_id: id(request), volume_id: volume.id, volume_name: volume.name ?? '' } };
      },
    }),
    ...recordRoutes(settings),
    backupActions(settings),
  ];
}
