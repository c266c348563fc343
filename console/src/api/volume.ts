import { queryOptions } from '@tanstack/react-query';
import { call } from './http.ts';
import { openStackList } from './list.ts';

const storage = '/volume/v3';
// The first microversion whose URLs need no project.
const headers = { 'OpenStack-API-Version': 'volume 3.67' };

/** A volume as Cinder 3.67 shows it, as far as the pages read it. */
export interface Volume {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  /** GiB */
  readonly size: number;
  readonly bootable: 'true' | 'false';
  readonly volume_type: string;
  readonly created_at: string;
  readonly attachments: readonly { readonly server_id: string; readonly device: string | null }[];
}

export interface Snapshot {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly volume_id: string;
  /** GiB */
  readonly size: number;
  readonly created_at: string;
}

export const volumes = openStackList<Volume>('volumes', {
  ...{ path: `${storage}/volumes/detail`, name: 'volumes', headers },
  markerOf: ({ id }) => id,
});

export const snapshots = openStackList<Snapshot>('snapshots', {
  ...{ path: `${storage}/snapshots/detail`, name: 'snapshots', headers },
  markerOf: ({ id }) => id,
});

export const snapshotsOf = (volumeId: string) =>
  openStackList<Snapshot>(`snapshots-${volumeId}`, {
    ...{ path: `${storage}/snapshots/detail`, name: 'snapshots', headers, query: { volume_id: volumeId } },
    markerOf: ({ id }) => id,
  });

export const volumeQuery = (id: string) =>
  queryOptions({
    queryKey: ['cloud', 'volume', id],
    queryFn: async () => (await call<{ volume: Volume }>('GET', `${storage}/volumes/${id}`, { headers })).volume,
  });

/** What a new volume holds: nothing, an image or a snapshot. */
export type Source = { readonly imageRef: string } | { readonly snapshot_id: string } | Record<string, never>;

export async function createVolume(name: string, size: number, source: Source): Promise<void> {
  await call('POST', `${storage}/volumes`, { body: { volume: { name, size, ...source } }, headers });
}

export async function extendVolume(id: string, size: number): Promise<void> {
  const body = { 'os-extend': { new_size: size } };
  // Since 3.42 a volume grows while a server has it.
  await call('POST', `${storage}/volumes/${id}/action`, { body, headers });
}

export async function deleteVolume(id: string): Promise<void> {
  await call('DELETE', `${storage}/volumes/${id}`, { headers });
}

export async function createSnapshot(volumeId: string, name: string): Promise<void> {
  const snapshot = { volume_id: volumeId, name, force: true };
  await call('POST', `${storage}/snapshots`, { body: { snapshot }, headers });
}

export async function deleteSnapshot(id: string): Promise<void> {
  await call('DELETE', `${storage}/snapshots/${id}`, { headers });
}

const attachmentsOf = (serverId: string) => `/compute/v2.1/servers/${serverId}/os-volume_attachments`;

export async function attachVolume(volumeId: string, serverId: string): Promise<void> {
  await call('POST', attachmentsOf(serverId), { body: { volumeAttachment: { volumeId } } });
}

export async function detachVolume(volumeId: string, serverId: string): Promise<void> {
  await call('DELETE', `${attachmentsOf(serverId)}/${volumeId}`);
}
