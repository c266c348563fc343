import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import type { ServerImages } from '../collaborators.ts';
import type { Flavor, ServerImage } from '../domain/server.ts';

/** An image that servers can start from, and what it asks of them. */
export interface UsableImage {
  readonly image: ServerImage;
  /** MiB. */
  readonly minRam: number;
  /** GiB. */
  readonly minDisk: number;
}

const gib = 1024 ** 3;

/** The image, as the caller sees it; 400 says what is wrong with it. */
export async function usableImage(images: ServerImages, context: Context, id: string): Promise<UsableImage> {
  const found = await images.getImage(context, id).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'notFound') {
      throw badRequest(`Image ${id.slice(0, 64)} could not be found.`);
    }
    throw error;
  });
  if (found.status !== 'active') throw badRequest(`Image ${id} is not active.`);
  const format = found.contentFormat;
  if (format !== 'qcow2' && format !== 'raw') {
    throw badRequest(
      `Image ${id} is unacceptable: servers start from qcow2 and raw images whose content is what they say.`,
    );
  }
  const virtualSizeBytes = Number(found.virtualSizeBytes ?? found.sizeBytes ?? 0n);
  return { image: { id: found.id, format, virtualSizeBytes }, minRam: found.minRam, minDisk: found.minDisk };
}

/** 400 when a server of that flavor cannot start from the image. */
export function checkFlavor(flavor: Flavor, { image, minRam, minDisk }: UsableImage): void {
  if (flavor.memoryMiB < minRam) throw badRequest("Flavor's memory is too small for requested image.");
  if (flavor.diskGiB > 0 && (flavor.diskGiB < minDisk || flavor.diskGiB * gib < image.virtualSizeBytes)) {
    throw badRequest("The created instance's disk would be too small.");
  }
}

/** What the disk takes of the host. */
export function diskSize(flavor: Flavor, image: ServerImage | null): number {
  return Math.max(flavor.diskGiB, Math.ceil((image?.virtualSizeBytes ?? 0) / gib));
}
