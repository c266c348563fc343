import { call } from './http.ts';
import { openStackList } from './list.ts';

export interface Image {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly visibility: 'public' | 'private' | 'shared' | 'community';
  readonly disk_format: string | null;
  readonly size: number | null;
  readonly created_at: string;
  readonly owner: string | null;
}

export const images = openStackList<Image>('images', {
  ...{ path: '/image/v2/images', name: 'images', query: { sort: 'name:asc' } },
  markerOf: ({ id }) => id,
});

export async function deleteImage(id: string): Promise<void> {
  await call('DELETE', `/image/v2/images/${id}`);
}

/** Makes an image of a file; when the file does not arrive, no image is left behind. */
export async function uploadImage(name: string, file: File): Promise<void> {
  const format = /\.qcow2$/i.test(file.name) ? 'qcow2' : 'raw';
  const body = { name, disk_format: format, container_format: 'bare' };
  const { id } = await call<Image>('POST', '/image/v2/images', { body });
  try {
    await call('PUT', `/image/v2/images/${id}/file`, { file });
  } catch (error) {
    await deleteImage(id);
    throw error;
  }
}
