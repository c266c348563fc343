import type { Context } from '../../../kernel/access/context.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { bootVolume, canonicalIpv6, type ServerRecord, scratchGiB } from '../domain/server.ts';
import type { ServerChange } from '../store/servers.ts';
import { holderOf, rescueHolder } from '../work/remove.ts';
import { chooseKeypair, newPassword } from './create-server.ts';
import { checkMetadata } from './quotas.ts';
import { checkFlavor, diskSize, type UsableImage, usableImage } from './server-images.ts';
import { act, visibleServer } from './servers.ts';
import type { ComputeSettings } from './settings.ts';

/** What a server is asked to be anew; what is absent stays. */
export interface RebuildAttributes {
  readonly imageRef: string;
  readonly name?: string;
  readonly adminPass?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly diskConfig?: 'AUTO' | 'MANUAL';
  readonly accessIpV4?: string;
  readonly accessIpV6?: string;
  readonly description?: string | null;
  /** Null: none any more. */
  readonly keyName?: string | null;
  /** Base64. */
  readonly userData?: string | null;
}

/** Begins to give the server a new disk; answers it with the password that its system will be told. */
export async function rebuildServer(
  settings: ComputeSettings,
  context: Context,
  id: string,
  asked: RebuildAttributes,
): Promise<{ readonly server: ServerRecord; readonly adminPass: string }> {
  const current = await visibleServer(settings.store.db, context, id);
  const image = await usableImage(settings.images, context, asked.imageRef);
  const keypair = await chooseKeypair(settings.store.db, context, asked.keyName ?? undefined);
  await checkMetadata(settings, current.projectId, asked.metadata ?? {});
  const adminPass = asked.adminPass ?? newPassword();
  const server = await act(settings, context, id, 'rebuild', async (before, tx) => {
    const disk = newDisk(before, image);
    const diskGiB = disk.disk_gib ?? before.diskGiB;
    if (before.host !== null && diskGiB !== before.diskGiB) await settings.room.change(tx, { ...before, diskGiB });
    for (const old of [before.image, before.diskImage]) {
      if (old !== null) await settings.images.releaseImage(tx, old.id, holderOf(id));
    }
    await settings.images.holdImage(tx, image.image.id, holderOf(id));
    const kept = {
      name: asked.name,
      metadata: asked.metadata,
      disk_config: asked.diskConfig,
      access_ip_v4: asked.accessIpV4,
      access_ip_v6: canonicalIpv6(asked.accessIpV6),
      description: asked.description,
      user_data: asked.userData,
      key_name: asked.keyName,
      public_key: asked.keyName === undefined ? undefined : (keypair?.public_key ?? null),
    };
    const given = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
    return { ...given, ...disk, admin_pass: settings.sealer.seal(adminPass, id) };
  });
  return { server, adminPass };
}

/** A server that starts from a volume keeps that: only its system is told anew. */
function newDisk(server: ServerRecord, wanted: UsableImage): ServerChange {
  const { image } = wanted;
  if (bootVolume(server) !== undefined) {
    throw badRequest('Unable to rebuild with a different image for a volume-backed server.');
  }
  checkFlavor(server.flavor, wanted);
  return {
    image,
    image_id: image.id,
    disk_image: null,
    disk_generation: server.diskGeneration + 1,
    disk_gib: Math.max(server.diskGiB, diskSize(server.flavor, image) + scratchGiB(server.flavor)),
  };
}

/** Begins to run another system, with the server's own disk beside its own; answers that system's password. */
export async function rescueServer(
  settings: ComputeSettings,
  context: Context,
  id: string,
  asked: { readonly adminPass?: string; readonly imageRef?: string },
): Promise<string> {
  const current = await visibleServer(settings.store.db, context, id);
  if (bootVolume(current) !== undefined) throw badRequest('Cannot rescue a volume-backed instance');
  const base = current.image;
  const chosen = asked.imageRef === undefined ? undefined : await usableImage(settings.images, context, asked.imageRef);
  const image = chosen?.image ?? base;
  if (image === null) throw badRequest('The server has no image to be rescued with: give rescue_image_ref.');
  const adminPass = asked.adminPass ?? newPassword();
  await act(settings, context, id, 'rescue', async (_server, tx) => {
    // Its own image may be deleted: its bytes are held already.
    if (chosen !== undefined) await settings.images.holdImage(tx, image.id, rescueHolder(id));
    return { rescue: { image, sealedAdminPass: settings.sealer.seal(adminPass, id) } };
  });
  return adminPass;
}
