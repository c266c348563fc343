import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { ifFound, onlyOne, pathOf, type ServiceClient } from './service.ts';

/** An image (Image API v2). */
export interface Image {
  readonly id: string;
  readonly name: string;
  /** `queued`, `saving`, `active`… */
  readonly status: string;
  readonly visibility: string;
  readonly diskFormat: string;
  /** Undefined before it has data. */
  readonly sizeBytes: number | undefined;
  readonly minDiskGiB: number;
  readonly minMemoryMiB: number;
}

export interface NewImage {
  readonly name: string;
  readonly diskFormat: 'qcow2' | 'raw';
  readonly visibility?: 'private' | 'public' | 'shared' | 'community';
}

/** The calls of Glance. */
export interface ImageClient {
  listImages(filter?: { readonly name?: string }): Promise<readonly Image[]>;
  findImage(nameOrId: string): Promise<Image | undefined>;
  createImage(image: NewImage): Promise<Image>;
  /** Streams the data; resolves when the image is complete. */
  upload(id: string, data: Readable): Promise<void>;
  /** Read it to its end, or destroy it. */
  download(id: string): Promise<IncomingMessage>;
  deleteImage(id: string): Promise<boolean>;
}

interface ImageView {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly visibility: string;
  readonly disk_format: string | null;
  readonly size: number | null;
  readonly min_disk: number;
  readonly min_ram: number;
}

export function createImageClient(glance: ServiceClient): ImageClient {
  async function listImages({ name }: { readonly name?: string } = {}): Promise<Image[]> {
    const { json } = await glance.call('GET', '/images', { query: { name } });
    return (json as { images: ImageView[] }).images.map(imageOf);
  }

  return {
    listImages,
    async findImage(nameOrId) {
      const byId = await ifFound(glance.call('GET', pathOf`/images/${nameOrId}`));
      if (byId !== undefined) return imageOf(byId.json as ImageView);
      return onlyOne('image', nameOrId, await listImages({ name: nameOrId }));
    },
    async createImage({ name, diskFormat, visibility }) {
      const json = {
        name,
        disk_format: diskFormat,
        container_format: 'bare',
        ...(visibility !== undefined && { visibility }),
      };
      return imageOf((await glance.call('POST', '/images', { json })).json as ImageView);
    },
    async upload(id, data) {
      const headers = { 'Content-Type': 'application/octet-stream' };
      await glance.call('PUT', pathOf`/images/${id}/file`, { stream: data, headers });
    },
    download: (id) => glance.open('GET', pathOf`/images/${id}/file`, { headers: { Accept: '*/*' } }),
    async deleteImage(id) {
      return (await ifFound(glance.call('DELETE', pathOf`/images/${id}`))) !== undefined;
    },
  };
}

function imageOf(view: ImageView): Image {
  return {
    id: view.id,
    name: view.name ?? '',
    status: view.status,
    visibility: view.visibility,
    diskFormat: view.disk_format ?? '',
    sizeBytes: view.size ?? undefined,
    minDiskGiB: view.min_disk,
    minMemoryMiB: view.min_ram,
  };
}
