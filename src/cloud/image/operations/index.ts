import type { Readable } from 'node:stream';
import type { Context } from '../../../kernel/access/context.ts';
import type { Tx } from '../../../kernel/store/index.ts';
import type { ImageRecord } from '../domain/image.ts';
import type { ImageQuery } from '../store/images.ts';
import type { ImageRow } from '../store/tables.ts';
import { adopt, type LocalImage, registerLocalImage, upload } from './bytes.ts';
import { holdImage, releaseImage } from './holds.ts';
import {
  createImage,
  deleteImage,
  type ImageAttributes,
  imagesFor,
  lookUp,
  patchImage,
  setActive,
  visibleImage,
} from './images.ts';
import type { ImageOperationsDeps } from './settings.ts';

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

export function imageOperations(deps: ImageOperationsDeps): ImageApi {
  return {
    getImage: (context, id) => visibleImage(deps.store.db, context, id),
    listImages: (context, query) => imagesFor(deps, context, query),
    findImages: (context, wanted) => lookUp(deps, context, wanted),
    createImage: (context, attributes, options) => createImage(deps, context, attributes, options?.id),
    patchImage: (context, id, change) => patchImage(deps, context, id, change),
    deleteImage: (context, id) => deleteImage(deps, context, id),
    upload: (context, id, bytes, signal) => upload(deps, context, id, bytes, signal),
    adopt: (id, file, diskFormat) => adopt(deps, id, file, diskFormat),
    setActive: (context, id, active) => setActive(deps, context, id, active),
    localPath: (id) => deps.files.path(id),
    registerLocalImage: (image) => registerLocalImage(deps, image),
    holdImage,
    releaseImage: (tx, id, holder) => releaseImage(deps, tx, id, holder),
  };
}
