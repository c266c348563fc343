import type { Context } from '../../../kernel/access/context.ts';
import { type ApiRequest, atLeast, caller, type Version } from '../../../kernel/http/index.ts';
import type { AttachmentRecord } from '../domain/attachment.ts';
import type { SnapshotRecord, VolumeRecord } from '../domain/volume.ts';

type Json = Record<string, unknown>;

/** What a view depends on besides the thing. */
export interface Seen {
  readonly baseUrl: string;
  readonly version: Version;
  readonly context: Context;
  /** `HOST@BACKEND#POOL` */
  readonly pool: string;
}

export function seenBy(request: ApiRequest<unknown, unknown, unknown>, pool: string): Seen {
  return { baseUrl: request.baseUrl, version: request.version, context: caller(request), pool };
}

/** `2026-01-01T00:00:00.000000`: as Cinder writes times. */
export function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 23)}000`;
}

export function timeOrNull(time: Date | null): string | null {
  return time === null ? null : timeText(time);
}

/** `self` and `bookmark`, as every resource of Cinder carries them. */
export function linksOf({ baseUrl, context }: Seen, collection: string, id: string): { rel: string; href: string }[] {
  const path = `${context.projectId ?? ''}/${collection}/${id}`;
  return [
    { rel: 'self', href: `${baseUrl}/v3/${path}` },
    { rel: 'bookmark', href: `${baseUrl}/${path}` },
  ];
}

/** `{ KIND_links: […] }` when the page is full, so that there may be more. */
export function nextLinks(
  { baseUrl, context }: Seen,
  collection: string,
  search: URLSearchParams,
  page: readonly { readonly id: string }[],
  limit: number,
): Json {
  const last = page.at(-1);
  // Without a limit that was asked for, a page that is not cut off is the last one.
  if (last === undefined || page.length < limit) return {};
  const query = new URLSearchParams(search);
  query.set('marker', last.id);
  const href = `${baseUrl}/v3/${context.projectId ?? ''}/${collection}?${query}`;
  return { [`${collection.split('/')[0]}_links`]: [{ rel: 'next', href }] };
}

/** A volume in a list without details. */
export function volumeSummary(volume: VolumeRecord, seen: Seen): Json {
  return { id: volume.id, name: volume.name, links: linksOf(seen, 'volumes', volume.id) };
}

/** What the answer to a creation or change says of a volume. */
export function volumeView(volume: VolumeRecord, attachments: readonly AttachmentRecord[], seen: Seen): Json {
  const { version, context } = seen;
  return {
    id: volume.id,
    status: volume.status,
    size: volume.sizeGiB,
    availability_zone: volume.availabilityZone,
    created_at: timeText(volume.createdAt),
    updated_at: timeOrNull(volume.updatedAt),
    name: volume.name,
    description: volume.description,
    volume_type: volume.typeName,
    snapshot_id: volume.snapshotId,
    source_volid: volume.sourceVolumeId,
    metadata: { ...volume.metadata, ...readOnlyOf(volume) },
    links: linksOf(seen, 'volumes', volume.id),
    user_id: volume.userId,
    bootable: String(volume.bootable),
    encrypted: false,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: volume.multiattach,
    attachments: attachments.filter(({ status }) => status === 'attached' || status === 'detaching').map(placeOf(seen)),
    migration_status: null,
    ...(atLeast(version, '3.13') ? { group_id: volume.groupId } : {}),
    ...(atLeast(version, '3.21') && context.isAdmin ? { provider_id: null } : {}),
    ...(atLeast(version, '3.48') ? { service_uuid: null, shared_targets: false } : {}),
    ...(atLeast(version, '3.61') && context.isAdmin ? { cluster_name: null } : {}),
    ...(atLeast(version, '3.63') ? { volume_type_id: volume.typeId } : {}),
    ...(atLeast(version, '3.65') ? { consumes_quota: true } : {}),
  };
}

/** A volume shown, or listed with details. */
export function volumeDetail(volume: VolumeRecord, attachments: readonly AttachmentRecord[], seen: Seen): Json {
  return {
    ...volumeView(volume, attachments, seen),
    'os-vol-tenant-attr:tenant_id': volume.projectId,
    ...(volume.imageMetadata === null ? {} : { volume_image_metadata: volume.imageMetadata }),
    ...(seen.context.isAdmin
      ? {
          'os-vol-host-attr:host': seen.pool,
          'os-vol-mig-status-attr:migstat': null,
          'os-vol-mig-status-attr:name_id': null,
        }
      : {}),
  };
}

function readOnlyOf({ readOnly }: VolumeRecord): Json {
  return readOnly === null ? {} : { readonly: readOnly ? 'True' : 'False' };
}

/** Where the volume is, as a volume tells it. */
function placeOf({ context }: Seen) {
  return (attachment: AttachmentRecord): Json => ({
    id: attachment.volumeId,
    attachment_id: attachment.id,
    volume_id: attachment.volumeId,
    server_id: attachment.serverId,
    host_name: context.isAdmin ? attachment.hostName : null,
    device: attachment.device,
    attached_at: timeOrNull(attachment.attachedAt),
  });
}

/** A snapshot in the answer to a creation or change, or listed without details. */
export function snapshotView(snapshot: SnapshotRecord, { version }: Pick<Seen, 'version'>): Json {
  return {
    id: snapshot.id,
    volume_id: snapshot.volumeId,
    name: snapshot.name,
    description: snapshot.description,
    status: snapshot.status,
    size: snapshot.sizeGiB,
    metadata: snapshot.metadata,
    created_at: timeText(snapshot.createdAt),
    updated_at: timeOrNull(snapshot.updatedAt),
    ...(atLeast(version, '3.14') ? { group_snapshot_id: snapshot.groupSnapshotId } : {}),
    ...(atLeast(version, '3.41') ? { user_id: snapshot.userId } : {}),
    ...(atLeast(version, '3.65') ? { consumes_quota: true } : {}),
  };
}

/** A snapshot shown, or listed with details. */
export function snapshotDetail(snapshot: SnapshotRecord, seen: Pick<Seen, 'version'>): Json {
  return {
    ...snapshotView(snapshot, seen),
    'os-extended-snapshot-attributes:progress': snapshot.progress ?? (snapshot.status === 'creating' ? '0%' : '100%'),
    'os-extended-snapshot-attributes:project_id': snapshot.projectId,
  };
}
