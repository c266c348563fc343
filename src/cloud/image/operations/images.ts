import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, conflict, Fault, notFound } from '../../../kernel/base/errors.ts';
import { isUuid, newId } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import { type ImageRecord, mayChange, mayRead, type Visibility } from '../domain/image.ts';
import { emitImage } from '../events.ts';
import { findImage, type ImageQuery, insertImage, listImages, updateImage } from '../store/images.ts';
import { findMember } from '../store/members.ts';
import { type ImageRow, imageOf } from '../store/tables.ts';
import { fileReconciler } from '../work/reconcile-file.ts';
import type { ImageOperationsDeps } from './settings.ts';

/** What may be said of an image at its creation; what is absent takes Glance's default. */
export interface ImageAttributes {
  readonly name?: string | null;
  /** Only an administrator may name another project than its own. */
  readonly owner?: string | null;
  readonly visibility?: Visibility;
  readonly diskFormat?: string | null;
  readonly containerFormat?: string | null;
  /** GiB. */
  readonly minDisk?: number;
  /** MiB. */
  readonly minRam?: number;
  readonly protected?: boolean;
  readonly hidden?: boolean;
  readonly tags?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
}

/** The image, or `notFound` when it is not there for this caller. */
export async function visibleImage(
  connection: Connection,
  context: Context,
  id: string,
  lock?: 'update',
): Promise<ImageRecord> {
  const image = isUuid(id) ? await findImage(connection, id, lock) : undefined;
  if (image === undefined) throw notFound('Image', id.slice(0, 64));
  const asMember = image.visibility === 'shared' && context.projectId !== null;
  const member = asMember ? await findMember(connection, id, context.projectId ?? '') : undefined;
  if (!mayRead(context, image, member !== undefined)) throw notFound('Image', id);
  return image;
}

/** The image locked for a change by this caller; `forbidden` when it is visible but somebody else's. */
export async function ownImage(tx: Tx, context: Context, id: string): Promise<ImageRecord> {
  const image = await visibleImage(tx, context, id, 'update');
  if (!mayChange(context, image)) throw new Fault('forbidden', 'You are not permitted to modify this image.');
  return image;
}

export async function imagesFor(
  { store }: ImageOperationsDeps,
  context: Context,
  query: ImageQuery,
): Promise<ImageRecord[]> {
  if (query.marker !== undefined) {
    const { marker } = query;
    await visibleImage(store.db, context, marker).catch(() => {
      throw badRequest(`Marker ${marker.slice(0, 64)} could not be found.`);
    });
  }
  return listImages(store.db, context, query);
}

export async function lookUp(
  { store }: ImageOperationsDeps,
  context: Context,
  wanted: { readonly id: string } | { readonly name: string },
): Promise<ImageRecord[]> {
  if ('name' in wanted)
    return listImages(store.db, context, { ...everything, columns: new Map([['name', [wanted.name]]]) });
  const image = await visibleImage(store.db, context, wanted.id).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'notFound') return undefined;
    throw error;
  });
  return image === undefined ? [] : [image];
}

const everything: ImageQuery = {
  columns: new Map(),
  properties: new Map(),
  tags: [],
  sizeMin: undefined,
  sizeMax: undefined,
  times: [],
  visibility: 'all',
  memberStatus: 'all',
  hidden: false,
  sort: [{ column: 'created_at', direction: 'desc' }],
  limit: 1000,
  marker: undefined,
};

export async function createImage(
  deps: ImageOperationsDeps,
  context: Context,
  attributes: ImageAttributes,
  id: string = newId(),
): Promise<ImageRecord> {
  if (!isUuid(id)) throw badRequest('Invalid image id format.');
  const owner = attributes.owner ?? context.projectId;
  if (!context.isAdmin && owner !== context.projectId) {
    throw new Fault('forbidden', 'You are not permitted to create images owned by another project.');
  }
  const visibility = attributes.visibility ?? 'shared';
  refusePublic(context, visibility);
  const row = newRow(deps.clock.now(), id, owner, visibility, attributes);
  return deps.store.transact(async (tx) => {
    if (await insertImage(tx, row)) return imageOf(row);
    const existing = await findImage(tx, id);
    if (existing?.owner === owner && existing.name === row.name) return existing;
    throw conflict(`Image ID ${id} already exists!`);
  });
}

function newRow(
  now: Date,
  id: string,
  owner: string | null,
  visibility: Visibility,
  attributes: ImageAttributes,
): ImageRow {
  return {
    id,
    owner,
    visibility,
    status: 'queued',
    name: attributes.name ?? null,
    disk_format: attributes.diskFormat ?? null,
    container_format: attributes.containerFormat ?? null,
    content_format: null,
    size_bytes: null,
    virtual_size_bytes: null,
    checksum: null,
    os_hash_algo: null,
    os_hash_value: null,
    min_disk: attributes.minDisk ?? 0,
    min_ram: attributes.minRam ?? 0,
    protected: attributes.protected ?? false,
    os_hidden: attributes.hidden ?? false,
    tags: [...new Set(attributes.tags)],
    properties: attributes.properties ?? {},
    import_failed: false,
    created_at: now,
    updated_at: now,
    deleted_at: null,
  };
}

export async function patchImage(
  deps: ImageOperationsDeps,
  context: Context,
  id: string,
  change: (current: ImageRecord) => Partial<ImageRow>,
): Promise<ImageRecord> {
  return deps.store.transact(async (tx) => {
    const image = await ownImage(tx, context, id);
    const changed = change(image);
    if (!context.isAdmin && changed.owner !== undefined && changed.owner !== image.owner) {
      throw new Fault('forbidden', 'You are not permitted to give an image to another project.');
    }
    if (changed.visibility !== image.visibility) refusePublic(context, changed.visibility);
    await updateImage(tx, id, { ...changed, updated_at: deps.clock.now() });
    return (await findImage(tx, id)) as ImageRecord;
  });
}

function refusePublic(context: Context, visibility: Visibility | undefined): void {
  if (visibility === 'public' && !context.isAdmin) {
    throw new Fault('forbidden', 'You are not authorized to complete publicize_image action.');
  }
}

export async function deleteImage(
  { store, work, clock }: ImageOperationsDeps,
  context: Context,
  id: string,
): Promise<void> {
  await store.transact(async (tx) => {
    const image = await ownImage(tx, context, id);
    if (image.protected)
      throw new Fault('forbidden', `Image ${id} is protected and cannot be deleted: set protected to false first.`);
    const now = clock.now();
    await updateImage(tx, id, { status: 'deleted', deleted_at: now, updated_at: now });
    await emitImage(tx, 'deleted', image, now);
    await work.wake(tx, fileReconciler, id);
  });
}

export async function setActive(
  deps: ImageOperationsDeps,
  context: Context,
  id: string,
  active: boolean,
): Promise<void> {
  await deps.store.transact(async (tx) => {
    const image = await ownImage(tx, context, id);
    const wanted = active ? 'active' : 'deactivated';
    if (image.status === wanted) return;
    if (image.status !== 'active' && image.status !== 'deactivated') {
      const action = active ? 'reactivate' : 'deactivate';
      throw new Fault('forbidden', `Not allowed to ${action} image in status '${image.status}'.`);
    }
    await updateImage(tx, id, { status: wanted, updated_at: deps.clock.now() });
  });
}
