import Type from 'typebox';
import { badRequest } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { caller } from '../../../kernel/http/index.ts';
import { statusWith } from '../domain/attachment.ts';
import { wrongStatus } from '../domain/faults.ts';
import { refuseComputes } from '../operations/attachments.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { alterVolume, visibleVolume } from '../operations/volumes.ts';
import { attachmentsOf, insertAttachment, removeAttachment } from '../store/attachments.ts';
import { type Action, action } from './actions.ts';
import { closed, nullable, optional, text, uuid } from './schemas.ts';

const connector = Type.Record(Type.String(), Type.Unknown());

/** Attaching as it was before the attachments API: by actions, each of which only notes what the caller says. */
export function attachActions(settings: VolumeSettings): Action[] {
  return [...reservation(settings), ...attaching(settings), ...connecting(settings)];
}

function reservation(settings: VolumeSettings): Action[] {
  return [
    {
      name: 'os-reserve',
      async run(request, id) {
        await alterVolume(settings, caller(request), id, (volume) => {
          if (volume.status !== 'available') throw wrongStatus('Volume', 'be reserved', 'available', volume.status);
          return { status: 'attaching' };
        });
      },
    },
    {
      name: 'os-unreserve',
      async run(request, id) {
        await alterVolume(settings, caller(request), id, async (volume, tx) => {
          if (volume.status !== 'attaching') return {};
          const places = await attachmentsOf(tx, [id]);
          places.filter(({ status }) => status === 'attaching').forEach(refuseComputes);
          return { status: statusWith(places) };
        });
      },
    },
    {
      name: 'os-begin_detaching',
      async run(request, id) {
        await alterVolume(settings, caller(request), id, (volume) => {
          if (volume.status !== 'in-use') throw wrongStatus('Volume', 'be detached', 'in-use', volume.status);
          return { status: 'detaching' };
        });
      },
    },
    {
      name: 'os-roll_detaching',
      async run(request, id) {
        await alterVolume(settings, caller(request), id, (volume) =>
          volume.status === 'detaching' ? { status: 'in-use' } : {},
        );
      },
    },
  ];
}

const attachArguments = closed({
  instance_uuid: optional(uuid),
  host_name: optional(text),
  mountpoint: optional(text),
  mode: optional(Type.Enum(['rw', 'ro'])),
});

function attaching(settings: VolumeSettings): Action[] {
  return [
    action({
      name: 'os-attach',
      schema: attachArguments,
      run: (request, id, asked) => attach(settings, request, id, asked),
    }),
    ...['os-detach', 'os-force_detach'].map((name) =>
      action({
        name,
        admin: name === 'os-force_detach',
        schema: Type.Object({ attachment_id: optional(nullable(uuid)) }),
        run: (request, id, { attachment_id }) => detach(settings, request, id, attachment_id ?? undefined),
      }),
    ),
  ];
}

async function attach(
  settings: VolumeSettings,
  request: Parameters<Action['run']>[0],
  id: string,
  asked: Type.Static<typeof attachArguments>,
): Promise<void> {
  if (asked.instance_uuid === undefined && asked.host_name === undefined) {
    throw badRequest('Invalid request to attach volume to an invalid target: instance_uuid or host_name is needed.');
  }
  await alterVolume(settings, caller(request), id, async (volume, tx, now) => {
    const places = await attachmentsOf(tx, [id]);
    const free = volume.status === 'available' || volume.status === 'attaching';
    if (places.length > 0 || !free) throw wrongStatus('Volume', 'be attached', 'available or attaching', volume.status);
    await insertAttachment(tx, {
      ...{ id: newId(now.getTime()), volume_id: id, project_id: volume.projectId, by_compute: false },
      ...{ server_id: asked.instance_uuid ?? null, host_name: asked.host_name ?? null },
      ...{ device: asked.mountpoint ?? null, mode: asked.mode ?? 'rw', status: 'attached', connector: null },
      ...{ created_at: now, attached_at: now },
    });
    return { status: 'in-use' };
  });
}

async function detach(
  settings: VolumeSettings,
  request: Parameters<Action['run']>[0],
  id: string,
  attachmentId: string | undefined,
): Promise<void> {
  await alterVolume(settings, caller(request), id, async (volume, tx) => {
    const places = await attachmentsOf(tx, [id]);
    const wanted = attachmentId === undefined ? places : places.filter((place) => place.id === attachmentId);
    // Whoever detaches twice has what it wants.
    if (wanted.length === 0 && attachmentId === undefined && volume.status === 'available') return {};
    if (wanted.length === 0) throw wrongStatus('Volume', 'be detached', 'in-use', volume.status);
    wanted.forEach(refuseComputes);
    for (const place of wanted) await removeAttachment(tx, place.id);
    return { status: statusWith(places.filter((place) => !wanted.includes(place))) };
  });
}

function connecting(settings: VolumeSettings): Action[] {
  const schema = Type.Object({ connector: optional(connector) });
  return [
    action({
      name: 'os-initialize_connection',
      status: 200,
      schema,
      async run(request, id) {
        const volume = await visibleVolume(settings.store.db, caller(request), id);
        return { connection_info: connectionInfo(settings, volume.id) };
      },
    }),
    action({
      name: 'os-terminate_connection',
      schema,
      async run(request, id) {
        await visibleVolume(settings.store.db, caller(request), id);
        const places = await attachmentsOf(settings.store.db, [id]);
        places.forEach(refuseComputes);
      },
    }),
  ];
}

/**
 * How a volume is opened, as the API tells it: not by the path of its file, which means something on the host only, and to
 * those whom compute has open it.
 */
export function connectionInfo({ engine, hostName }: VolumeSettings, volumeId: string): Record<string, unknown> {
  const { format } = engine.connectionOf(volumeId);
  return {
    driver_volume_type: engine.kind,
    data: { volume_id: volumeId, host: hostName, format, access_mode: 'rw', encrypted: false, qos_specs: null },
  };
}
