import type { OutboxConsumer } from '../../../kernel/store/index.ts';
import type { Work } from '../../../kernel/work/index.ts';
import type { VolumeEventData } from '../../block-storage/index.ts';
import { insertAction } from '../store/actions.ts';
import { changeServer, findServer } from '../store/servers.ts';
import { serverReconciler } from './reconcile-server.ts';

/** A volume that a server has was extended: its guest is to grow it, and to see it. */
export function volumeExtendedConsumer(jobs: Work): OutboxConsumer {
  return {
    name: 'compute.volume-extended',
    types: ['andromede.volume.volume.extended.v1'],
    async handle({ id, time, data }, tx) {
      for (const serverId of (data as VolumeEventData).serverIds) {
        const server = await findServer(tx, serverId, 'update');
        if (server === undefined || server.vmState === 'deleted') continue;
        await changeServer(tx, serverId, { devices_pending: true, updated_at: time });
        await insertAction(tx, {
          ...{ server_id: serverId, action: 'extend_volume', request_id: `req-${id}`, started_at: time },
          ...{ user_id: server.userId, project_id: server.projectId },
        });
        await jobs.wake(tx, serverReconciler, serverId);
      }
    },
  };
}
