import { novaFault } from '../../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../../kernel/module/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import { blockStorageRoutes } from './api/routes.ts';
import { volumeVersions } from './api/versions.ts';
import { type BlockStorageApi, blockStorageApi } from './block-storage-api.ts';
import type { VolumeImages, VolumeSettings } from './operations/settings.ts';
import type { VolumeEngine } from './ports.ts';
import { createBackupReconciler } from './work/reconcile-backup.ts';
import { createSnapshotReconciler } from './work/reconcile-snapshot.ts';
import { createVolumeReconciler } from './work/reconcile-volume.ts';
import type { VolumeWork } from './work/volume-work.ts';

export type { BlockStorageApi, VolumeView } from './block-storage-api.ts';
export type { AttachmentRecord } from './domain/attachment.ts';
export type { SnapshotRecord, VolumeRecord, VolumeStatus } from './domain/volume.ts';
export type { VolumeEvent, VolumeEventData } from './events.ts';
export type { VolumeAttributes } from './operations/create-volume.ts';

export const blockStorageMigrations: Migrations = {
  context: 'block_storage',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface BlockStorageDeps extends ModuleDeps {
  readonly engine: VolumeEngine;
  readonly image: VolumeImages;
  /** The name of the host whose backend `engine` is. */
  readonly hostName: string;
  /** `nova` unless said. */
  readonly zone?: string;
  /** How long work is tried again after failures that may pass; 10 minutes unless said. */
  readonly deadlineMs?: number;
}

/** Cinder v3 at `/volume`. */
export function createBlockStorage(deps: BlockStorageDeps): Module & { readonly api: BlockStorageApi } {
  const { store, work, clock, log, engine, image: images, hostName, zone = 'nova' } = deps;
  const settings: VolumeSettings = { store, work, clock, images, engine, zone, hostName };
  const background: VolumeWork = { ...settings, log, deadlineMs: deps.deadlineMs ?? 10 * 60_000 };
  work.registerReconciler(createVolumeReconciler(background));
  work.registerReconciler(createSnapshotReconciler(background));
  work.registerReconciler(createBackupReconciler(background));
  return {
    api: blockStorageApi(settings),
    services: [
      {
        name: 'volume',
        mount: '/volume',
        faults: novaFault,
        microversions: volumeVersions,
        routes: blockStorageRoutes(settings),
      },
    ],
  };
}
