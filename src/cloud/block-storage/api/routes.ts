import type { Route } from '../../../kernel/http/index.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { attachmentRoutes } from './attachments.ts';
import { backupRoutes } from './backups.ts';
import { groupSnapshotRoutes } from './group-snapshots.ts';
import { groupTypeRoutes } from './group-types.ts';
import { groupRoutes } from './groups.ts';
import { messageRoutes } from './messages.ts';
import { metadataRoutes } from './metadata.ts';
import { qosRoutes } from './qos.ts';
import { limitRoutes, quotaRoutes } from './quotas.ts';
import { scoped } from './scoped.ts';
import { serviceRoutes } from './services.ts';
import { snapshotRoutes } from './snapshots.ts';
import { transferRoutes } from './transfers.ts';
import { encryptionRoutes, extraSpecRoutes, typeAccessRoutes } from './type-extras.ts';
import { typeRoutes } from './types.ts';
import { versionRoutes } from './versions.ts';
import { volumeActionRoute } from './volume-actions.ts';
import { volumeRoutes } from './volumes.ts';

/** The whole of Cinder's API that is served here. */
export function blockStorageRoutes(settings: VolumeSettings): Route[] {
  return [
    ...versionRoutes(),
    ...scoped([
      ...volumeRoutes(settings),
      volumeActionRoute(settings),
      ...metadataRoutes(settings),
      ...snapshotRoutes(settings),
      ...groupTypeRoutes(settings),
      ...groupRoutes(settings),
      ...groupSnapshotRoutes(settings),
      ...backupRoutes(settings),
      ...transferRoutes(settings),
      ...attachmentRoutes(settings),
      ...typeRoutes(settings),
      ...extraSpecRoutes(settings),
      ...typeAccessRoutes(settings),
      ...encryptionRoutes(settings),
      ...qosRoutes(settings),
      ...quotaRoutes(settings),
      ...limitRoutes(settings),
      ...messageRoutes(settings),
      ...serviceRoutes(settings),
    ]),
  ];
}
