import type { Readable } from 'node:stream';
import { type Context, systemContext } from '../../../kernel/access/context.ts';
import { badRequest, conflict, notFound } from '../../../kernel/base/errors.ts';
import type { Tx } from '../../../kernel/store/index.ts';
import { openedAs, refusal } from '../domain/content.ts';
import type { ImageRecord, ImageStatus } from '../domain/image.ts';
import { emitImage } from '../events.ts';
import { findImage, hideOwnBefore, imageIdTaken, updateImage } from '../store/images.ts';
import { digestFile } from '../work/digest.ts';
import { createImage, ownImage } from './images.ts';
import type { ImageOperationsDeps } from './settings.ts';

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

/** Takes in the bytes of a queued image from a caller. */
export async function upload(
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

/** Takes in a file that an engine has written into the images' folder. */
export async function adopt(
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

/** Takes in a file of this machine, once. */
export async function registerLocalImage(
  deps: ImageOperationsDeps,
  image: LocalImage,
): Promise<ImageRecord | undefined> {
  const { id } = image;
  if (!(await imageIdTaken(deps.store.db, id))) {
    await createImage(
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
