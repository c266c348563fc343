import type { Readable } from 'node:stream';
import type { Context } from '../../kernel/access/context.ts';
import { systemContext } from '../../kernel/access/context.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import { badRequest, conflict, Fault, notFound } from '../../kernel/base/errors.ts';
import { isUuid, newId } from '../../kernel/base/ids.ts';
import { type Connection, emit, type Store, type Tx, tables } from '../../kernel/store/index.ts';
import type { Work } from '../../kernel/work/index.ts';
import { openedAs, refusal } from './domain/content.ts';
import { type ImageRecord, type ImageStatus, mayChange, mayRead, type Visibility } from './domain/image.ts';
import {
  findImage,
  hideOwnBefore,
  type ImageQuery,
  imageIdTaken,
  insertImage,
  listImages,
  updateImage,
} from './store/images.ts';
import { findMember } from './store/members.ts';
import { type ImageRow, type ImageTables, imageOf } from './store/tables.ts';
import { digestFile } from './work/digest.ts';
import type { ImageFiles } from './work/files.ts';
import { fileReconciler } from './work/reconcile-file.ts';

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

/** An image that comes with the cloud: a file of this machine, put in place once. */
export interface LocalImage {
  readonly id: string;
  readonly name: string;
  /** The file to copy. */
  readonly path: string;
  readonly diskFormat: 'qcow2' | 'raw';
  readonly minDisk?: number;
  readonly minRam?: number;
  readonly properties?: Readonly<Record<string, string>>;
}

/** The image service for the other services of this process; every fault is of the closed list. */
export interface ImageApi {
  /** The image, if the caller may know of it; `notFound` otherwise. */
  getImage(context: Context, id: string): Promise<ImageRecord>;
  listImages(context: Context, query: ImageQuery): Promise<ImageRecord[]>;
  /** The images that the caller may know of, with that id or exactly that name. */
  findImages(context: Context, wanted: { readonly id: string } | { readonly name: string }): Promise<ImageRecord[]>;
  /** Repeated with the same id by the same owner, it answers what exists. */
  createImage(context: Context, attributes: ImageAttributes, options?: { id?: string }): Promise<ImageRecord>;
  /** Changes what `change` says, given the image as it is, in one transaction. */
  patchImage(context: Context, id: string, change: (current: ImageRecord) => Partial<ImageRow>): Promise<ImageRecord>;
  deleteImage(context: Context, id: string): Promise<void>;
  /** Stores the bytes of a queued image and makes it active; when it fails, nothing has changed. */
  upload(context: Context, id: string, bytes: () => Readable, signal?: AbortSignal): Promise<ImageRecord>;
  /**
   * Gives a queued image the bytes of a file that an engine has written into the images' folder, which becomes the
   * image's own: a server's snapshot. Nothing changes when the image is active already.
   */
  adopt(id: string, file: string, diskFormat: 'qcow2' | 'raw'): Promise<ImageRecord>;
  setActive(context: Context, id: string, active: boolean): Promise<void>;
  /** The file that holds the image's bytes: what an engine reads. */
  localPath(id: string): string;
  /**
   * Makes a file of this machine a public image of the cloud's own, in place of those that had its name before, which are
   * hidden: a name then means the newest. Does nothing when it is one already. Undefined when an administrator has deleted
   * it.
   */
  registerLocalImage(image: LocalImage): Promise<ImageRecord | undefined>;
  /**
   * In the caller's transaction: the image is active, and its bytes stay until `holder` lets go, even when the image is
   * deleted. Repeating changes nothing.
   */
  holdImage(tx: Tx, id: string, holder: string): Promise<void>;
  /** Lets go of what `holdImage` held. */
  releaseImage(tx: Tx, id: string, holder: string): Promise<void>;
}

export interface ImageOperationsDeps {
  readonly store: Store;
  readonly work: Work;
  readonly clock: Clock;
  readonly files: ImageFiles;
  /** The largest image, in bytes. */
  readonly maxBytes: number;
}

export function imageOperations(deps: ImageOperationsDeps): ImageApi {
  return {
    getImage: (context, id) => visibleImage(deps.store.db, context, id),
    listImages: (context, query) => list(deps, context, query),
    findImages: (context, wanted) => find(deps, context, wanted),
    createImage: (context, attributes, options) => create(deps, context, attributes, options?.id),
    patchImage: (context, id, change) => patch(deps, context, id, change),
    deleteImage: (context, id) => remove(deps, context, id),
    upload: (context, id, bytes, signal) => upload(deps, context, id, bytes, signal),
    adopt: (id, file, diskFormat) => adopt(deps, id, file, diskFormat),
    setActive: (context, id, active) => setActive(deps, context, id, active),
    localPath: (id) => deps.files.path(id),
    registerLocalImage: (image) => registerLocalImage(deps, image),
    holdImage,
    releaseImage: (tx, id, holder) => releaseImage(deps, tx, id, holder),
  };
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

async function list({ store }: ImageOperationsDeps, context: Context, query: ImageQuery): Promise<ImageRecord[]> {
  if (query.marker !== undefined) {
    const { marker } = query;
    await visibleImage(store.db, context, marker).catch(() => {
      throw badRequest(`Marker ${marker.slice(0, 64)} could not be found.`);
    });
  }
  return listImages(store.db, context, query);
}

async function find(
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

async function create(
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

async function patch(
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

async function remove({ store, work, clock }: ImageOperationsDeps, context: Context, id: string): Promise<void> {
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

async function upload(
  deps: ImageOperationsDeps,
  context: Context,
  id: string,
  bytes: () => Readable,
  signal?: AbortSignal,
): Promise<ImageRecord> {
  const image = await deps.store.transact((tx) => ownImage(tx, context, id));
  refuseBytes(image);
  const received = await deps.files.receive(bytes(), deps.maxBytes, signal);
  try {
    return await activate(deps, id, received);
  } finally {
    await deps.files.discard(received);
  }
}

/** Refuses bytes for an image that does not wait for any, or of which it is not said what they are. */
export function refuseBytes(image: ImageRecord, awaited: ImageStatus = 'queued'): void {
  if (image.status !== awaited)
    throw conflict(`Image status transition from ${image.status} to saving is not allowed.`);
  if (image.diskFormat === null || image.containerFormat === null) {
    throw badRequest('Properties disk_format, container_format must be set prior to saving data.');
  }
}

/**
 * Inspects the received file, then in one transaction gives it its name and makes the image active; `also` joins in. The
 * file stays where it is when that fails.
 */
export async function activate(
  deps: ImageOperationsDeps,
  id: string,
  received: string,
  awaited: ImageStatus = 'queued',
  also: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<ImageRecord> {
  const digest = await digestFile(received);
  return deps.store.transact(async (tx) => {
    const image = await findImage(tx, id, 'update');
    if (image === undefined) throw notFound('Image', id);
    refuseBytes(image, awaited);
    const declared = image.diskFormat ?? '';
    const refused = refusal(declared, digest.content);
    if (refused !== null) throw badRequest(refused);
    const now = deps.clock.now();
    const opened = openedAs(declared, digest.content);
    await updateImage(tx, id, {
      status: 'active',
      import_failed: false,
      content_format: opened,
      size_bytes: BigInt(digest.size),
      virtual_size_bytes: opened === 'raw' ? BigInt(digest.size) : digest.content.virtualSize,
      checksum: digest.md5,
      os_hash_algo: 'sha512',
      os_hash_value: digest.sha512,
      updated_at: now,
    });
    await emitImage(tx, 'activated', { ...image, sizeBytes: BigInt(digest.size) }, now);
    await also(tx);
    // Last before the commit: were the transaction lost after it, the sweep would find a file that no row wants.
    await deps.files.publish(received, id);
    return (await findImage(tx, id)) as ImageRecord;
  });
}

async function adopt(
  deps: ImageOperationsDeps,
  id: string,
  file: string,
  diskFormat: 'qcow2' | 'raw',
): Promise<ImageRecord> {
  const image = await findImage(deps.store.db, id);
  if (image === undefined) throw notFound('Image', id);
  if (image.status === 'active') return image;
  await updateImage(deps.store.db, id, { disk_format: diskFormat });
  return activate(deps, id, file);
}

async function setActive(deps: ImageOperationsDeps, context: Context, id: string, active: boolean): Promise<void> {
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

async function registerLocalImage(deps: ImageOperationsDeps, image: LocalImage): Promise<ImageRecord | undefined> {
  const { id } = image;
  if (!(await imageIdTaken(deps.store.db, id))) {
    await create(
      deps,
      systemContext('bootstrap'),
      { ...image, containerFormat: 'bare', visibility: 'public', owner: null },
      id,
    );
  }
  const known = await findImage(deps.store.db, id);
  if (known?.status !== 'queued') return known;
  const copy = await deps.files.take(image.path);
  try {
    return await activate(deps, id, copy, 'queued', (tx) => hideOwnBefore(tx, known, deps.clock.now()));
  } finally {
    await deps.files.discard(copy);
  }
}

async function holdImage(tx: Tx, id: string, holder: string): Promise<void> {
  const image = await findImage(tx, id, 'share');
  if (image?.status !== 'active') throw badRequest(`Image ${id} is not active.`);
  await tables<ImageTables>(tx)
    .insertInto('image.hold')
    .values({ image_id: id, holder })
    .onConflict((on) => on.doNothing())
    .execute();
}

async function releaseImage({ work }: ImageOperationsDeps, tx: Tx, id: string, holder: string): Promise<void> {
  const { numDeletedRows } = await tables<ImageTables>(tx)
    .deleteFrom('image.hold')
    .where('image_id', '=', id)
    .where('holder', '=', holder)
    .executeTakeFirst();
  if (numDeletedRows > 0n) await work.wake(tx, fileReconciler, id);
}

async function emitImage(tx: Tx, what: 'activated' | 'deleted', image: ImageRecord, time: Date): Promise<void> {
  await emit(tx, {
    type: `andromede.image.image.${what}.v1`,
    subject: image.id,
    time,
    data: { imageId: image.id, projectId: image.owner, sizeBytes: Number(image.sizeBytes ?? 0n), at: time },
  });
}
