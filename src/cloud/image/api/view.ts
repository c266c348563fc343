import { type ImageRecord, storeName } from '../domain/image.ts';
import type { MemberRow } from '../store/tables.ts';

/** `2026-01-01T00:00:00Z`: Glance's times have no fraction. */
export function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** An image as Glance v2 shows it; its own properties stand beside the attributes. */
export function imageView(image: ImageRecord): Record<string, unknown> {
  return {
    ...image.properties,
    id: image.id,
    name: image.name,
    status: image.status,
    visibility: image.visibility,
    protected: image.protected,
    os_hidden: image.hidden,
    checksum: image.checksum,
    os_hash_algo: image.hashAlgorithm,
    os_hash_value: image.hashValue,
    owner: image.owner,
    size: image.sizeBytes,
    virtual_size: image.virtualSizeBytes,
    container_format: image.containerFormat,
    disk_format: image.diskFormat,
    min_disk: image.minDisk,
    min_ram: image.minRam,
    tags: image.tags,
    created_at: timeText(image.createdAt),
    updated_at: timeText(image.updatedAt),
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    schema: '/v2/schemas/image',
    ...((image.status === 'active' || image.status === 'deactivated') && { stores: storeName }),
    ...((image.status === 'importing' || image.importFailed) && {
      os_glance_importing_to_stores: image.status === 'importing' ? storeName : '',
      os_glance_failed_import: image.importFailed ? storeName : '',
    }),
  };
}

/** A member of a shared image. */
export function memberView(member: MemberRow): Record<string, unknown> {
  return {
    image_id: member.image_id,
    member_id: member.member_id,
    status: member.status,
    created_at: timeText(member.created_at),
    updated_at: timeText(member.updated_at),
    schema: '/v2/schemas/member',
  };
}
