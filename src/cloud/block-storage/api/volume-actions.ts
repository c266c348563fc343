import Type from 'typebox';
import { badRequest } from '../../../kernel/base/errors.ts';
import { atLeast, caller, type Route } from '../../../kernel/http/index.ts';
import { mismatch } from '../domain/capabilities.ts';
import { wrongStatus } from '../domain/faults.ts';
import { typeQuota } from '../domain/quotas.ts';
import { resettable, type VolumeStatus } from '../domain/volume.ts';
import { typeOf } from '../operations/create-volume.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { uploadVolume } from '../operations/upload-volume.ts';
import {
  alterVolume,
  deleteVolume,
  extendVolume,
  refuseBusy,
  revertVolume,
  visibleVolume,
} from '../operations/volumes.ts';
import { checkQuota } from '../store/quotas.ts';
import { type Action, action, actionRoute, unsupported } from './actions.ts';
import { attachActions } from './attach-actions.ts';
import { without } from './metadata.ts';
import { boolean, closed, gibibytes, metadata, nullable, optional, sizeOf, text, truth } from './schemas.ts';
import { timeOrNull } from './views.ts';

/** What `POST /volumes/ID/action` does. */
export function volumeActionRoute(settings: VolumeSettings): Route {
  return actionRoute('volumes', [
    ...sizeActions(settings),
    ...statusActions(settings),
    ...flagActions(settings),
    ...imageActions(settings),
    ...attachActions(settings),
    unsupported('os-migrate_volume', 'There is one backend only: a volume has nowhere else to go.'),
    unsupported('os-migrate_volume_completion', 'There is one backend only: a volume has nowhere else to go.'),
    unsupported('os-unmanage', 'Volumes are not handed over to others: their files are this service’s own.'),
    unsupported('os-reimage', 'A volume is not made of another image: make a new one.'),
  ]);
}

function sizeActions(settings: VolumeSettings): Action[] {
  return [
    action({
      name: 'os-extend',
      schema: closed({ new_size: gibibytes }),
      async run(request, id, { new_size }) {
        const attachedToo = atLeast(request.version, '3.42');
        await extendVolume(settings, caller(request), id, sizeOf(new_size, 'new_size'), attachedToo);
      },
    }),
    action({
      name: 'revert',
      since: '3.40',
      schema: closed({ snapshot_id: text }),
      run: (request, id, { snapshot_id }) => revertVolume(settings, caller(request), id, snapshot_id),
    }),
    action({
      name: 'os-retype',
      schema: closed({ new_type: text, migration_policy: optional(nullable(Type.Enum(['on-demand', 'never']))) }),
      run: (request, id, { new_type }) => retype(settings, request, id, new_type),
    }),
  ];
}

/** There is one backend: either it is fit for the new type, or the volume cannot have it. */
async function retype(
  settings: VolumeSettings,
  request: Parameters<Action['run']>[0],
  id: string,
  wanted: string,
): Promise<void> {
  const context = caller(request);
  await alterVolume(settings, context, id, async (volume, tx) => {
    if (volume.status !== 'available' && volume.status !== 'in-use') {
      throw wrongStatus('Volume', 'be retyped', 'available or in-use', volume.status);
    }
    const type = await typeOf(tx, context, wanted);
    const unfit = mismatch(type.extra_specs, settings.engine.kind);
    if (unfit !== undefined) throw badRequest(unfit);
    if (type.id !== volume.typeId) {
      await checkQuota(tx, volume.projectId, {
        [typeQuota('volumes', type.name)]: 1,
        [typeQuota('gigabytes', type.name)]: volume.sizeGiB,
      });
    }
    return { type_id: type.id };
  });
}

function statusActions(settings: VolumeSettings): Action[] {
  const status = Type.String({ enum: [...resettable] });
  return [
    action({
      name: 'os-reset_status',
      admin: true,
      schema: closed({
        status: optional(nullable(status)),
        attach_status: optional(nullable(Type.Enum(['attached', 'detached']))),
        migration_status: optional(nullable(text)),
      }),
      async run(request, id, asked) {
        if (Object.keys(asked).length === 0) throw badRequest('Must specify a status to set.');
        await alterVolume(settings, caller(request), id, () =>
          asked.status === undefined || asked.status === null ? {} : { status: asked.status as VolumeStatus },
        );
      },
    }),
    {
      name: 'os-force_delete',
      admin: true,
      run: (request, id) => deleteVolume(settings, caller(request), id, { force: true }),
    },
  ];
}

function flagActions(settings: VolumeSettings): Action[] {
  return [
    action({
      name: 'os-set_bootable',
      status: 200,
      schema: closed({ bootable: boolean }),
      async run(request, id, { bootable }) {
        await alterVolume(settings, caller(request), id, () => ({ bootable: truth(bootable) }));
      },
    }),
    action({
      name: 'os-update_readonly_flag',
      schema: closed({ readonly: boolean }),
      async run(request, id, { readonly }) {
        await alterVolume(settings, caller(request), id, (volume) => {
          refuseBusy(volume, 'be made read-only or writable');
          return { read_only: truth(readonly) };
        });
      },
    }),
  ];
}

const uploadArguments = closed({
  image_name: text,
  force: optional(boolean),
  disk_format: optional(Type.Enum(['raw', 'qcow2', 'vmdk', 'vdi', 'vhd', 'vhdx', 'ploop'])),
  container_format: optional(Type.Enum(['bare', 'ovf', 'aki', 'ari', 'ami', 'ova', 'docker', 'compressed'])),
  visibility: optional(Type.Enum(['public', 'private', 'shared', 'community'])),
  protected: optional(boolean),
});

function imageActions(settings: VolumeSettings): Action[] {
  return [
    action({
      name: 'os-volume_upload_image',
      schema: uploadArguments,
      run: (request, id, asked) => upload(settings, request, id, asked),
    }),
    action({
      name: 'os-set_image_metadata',
      status: 200,
      schema: closed({ metadata }),
      async run(request, id, { metadata: added }) {
        const volume = await alterVolume(settings, caller(request), id, ({ imageMetadata }) => ({
          image_metadata: { ...imageMetadata, ...added },
        }));
        return { metadata: volume.imageMetadata };
      },
    }),
    action({
      name: 'os-unset_image_metadata',
      status: 200,
      schema: closed({ key: text }),
      async run(request, id, { key }) {
        await alterVolume(settings, caller(request), id, ({ imageMetadata }) => ({
          image_metadata: without(imageMetadata ?? {}, key),
        }));
      },
    }),
    {
      name: 'os-show_image_metadata',
      status: 200,
      run: async (request, id) => ({
        metadata: (await visibleVolume(settings.store.db, caller(request), id)).imageMetadata ?? {},
      }),
    },
  ];
}

async function upload(
  settings: VolumeSettings,
  request: Parameters<Action['run']>[0],
  id: string,
  asked: Type.Static<typeof uploadArguments>,
): Promise<unknown> {
  const { volume, type, image } = await uploadVolume(settings, caller(request), id, {
    name: asked.image_name,
    diskFormat: asked.disk_format ?? 'raw',
    containerFormat: asked.container_format ?? 'bare',
    visibility: asked.visibility ?? 'shared',
    protected: asked.protected !== undefined && truth(asked.protected),
    force: asked.force !== undefined && truth(asked.force),
  });
  return {
    'os-volume_upload_image': {
      id,
      status: 'uploading',
      updated_at: timeOrNull(volume.updatedAt),
      display_description: volume.description,
      size: volume.sizeGiB,
      volume_type: type,
      image_id: image.id,
      image_name: image.name,
      container_format: image.containerFormat,
      disk_format: image.diskFormat,
      ...(atLeast(request.version, '3.1') ? { visibility: image.visibility, protected: image.protected } : {}),
    },
  };
}
