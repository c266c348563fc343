export { type BaseImage, checkBaseImage, type DiskFormat } from './base-image.ts';
export { configDriveLabel, createConfigDrive } from './config-drive.ts';
export { draftOf, type Ownership, settleDraft, syncFolder, writeDurably } from './durable-file.ts';
export { createDisk, diskSize } from './overlay.ts';
export { runTool } from './run.ts';
export { ensureScratchDisk, type ScratchKind } from './scratch-disk.ts';
export { checkVolume, claimVolume, releaseVolume } from './volume-file.ts';
export type { OpenVolume, VolumeHolders } from './volumes.ts';
