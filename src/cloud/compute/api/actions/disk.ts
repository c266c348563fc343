import Type, { type TProperties, type TSchema } from 'typebox';
import { atLeast, Reply, type Version } from '../../../../kernel/http/index.ts';
import { type RebuildAttributes, rebuildServer, rescueServer } from '../../operations/rebuild.ts';
import { act } from '../../operations/servers.ts';
import type { ComputeSettings } from '../../operations/settings.ts';
import { shelveServer, snapshotServer } from '../../operations/snapshot.ts';
import { boolean, describedAs, exact, integer, ipv4, ipv6, metadata, name, uuid } from '../schemas.ts';
import { base64, diskConfig, password } from '../server-schemas.ts';
import { rebuiltView } from '../server-view.ts';
import { viewOfServer } from '../servers.ts';
import { type ActionHandlers, action, nullOr, plain } from './action.ts';

const optional = Type.Optional;
const files = Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 0 });

function rebuildSchema(asked: string): TSchema {
  const at: Version = { major: 2, minor: Number(asked.slice(2)) };
  const since = (first: string, properties: TProperties) => (atLeast(at, first) ? properties : {});
  return exact({
    imageRef: uuid,
    name: optional(name),
    adminPass: optional(password),
    metadata: optional(metadata),
    preserve_ephemeral: optional(boolean),
    'OS-DCF:diskConfig': optional(diskConfig),
    accessIPv4: optional(ipv4),
    accessIPv6: optional(ipv6),
    ...(atLeast(at, '2.57') ? {} : { personality: optional(files) }),
    ...since('2.19', { description: optional(describedAs(255)) }),
    ...since('2.54', { key_name: optional(nullOr(name)) }),
    ...since('2.57', { user_data: optional(nullOr(base64)) }),
    ...since('2.63', { trusted_image_certificates: optional(Type.Null()) }),
  });
}

interface Rebuild {
  readonly imageRef: string;
  readonly name?: string;
  readonly adminPass?: string;
  readonly metadata?: Record<string, string>;
  readonly 'OS-DCF:diskConfig'?: 'AUTO' | 'MANUAL';
  readonly accessIPv4?: string;
  readonly accessIPv6?: string;
  readonly description?: string | null;
  readonly key_name?: string | null;
  readonly user_data?: string | null;
}

function attributesOf(body: Rebuild): RebuildAttributes {
  return {
    imageRef: body.imageRef,
    name: body.name?.trim(),
    adminPass: body.adminPass,
    metadata: body.metadata,
    diskConfig: body['OS-DCF:diskConfig'],
    accessIpV4: body.accessIPv4,
    accessIpV6: body.accessIPv6,
    description: body.description,
    keyName: body.key_name,
    userData: body.user_data,
  };
}

const rescue = exact({ adminPass: optional(password), rescue_image_ref: optional(uuid) });
const image = exact({ name, metadata: optional(metadata) });
const backup = exact({
  name,
  backup_type: Type.String({ maxLength: 255 }),
  rotation: integer(0),
  metadata: optional(metadata),
});

/** Until 2.44 the image's address, since then its id. */
function imageReply(imageId: string, asked: Version, baseUrl: string): Reply {
  if (atLeast(asked, '2.45')) return new Reply({ body: { image_id: imageId } });
  return new Reply({ headers: { Location: `${baseUrl}/images/${imageId}` } });
}

/** What becomes of a server's disk. */
export function diskActions(settings: ComputeSettings): ActionHandlers {
  return {
    rebuild: action<Rebuild>({
      schemas: Object.fromEntries(
        ['2.1', '2.19', '2.54', '2.57', '2.63'].map((first) => [first, rebuildSchema(first)]),
      ),
      async run({ context, id, argument, version, baseUrl }) {
        const { server, adminPass } = await rebuildServer(settings, context, id, attributesOf(argument));
        const view = await viewOfServer(settings, { context, version, baseUrl }, server);
        return new Reply({
          headers: { Location: `${baseUrl}/v2.1/servers/${id}` },
          body: { server: { ...rebuiltView(server, view), adminPass } },
        });
      },
    }),
    rescue: action<{ readonly adminPass?: string; readonly rescue_image_ref?: string } | null>({
      schemas: { '2.1': nullOr(rescue) },
      async run({ context, id, argument }) {
        const asked = { adminPass: argument?.adminPass, imageRef: argument?.rescue_image_ref };
        return new Reply({ status: 200, body: { adminPass: await rescueServer(settings, context, id, asked) } });
      },
    }),
    unrescue: plain(({ context, id }) => act(settings, context, id, 'unrescue')),
    createImage: action<{ readonly name: string; readonly metadata?: Record<string, string> }>({
      schemas: { '2.1': image },
      run: async ({ context, id, argument, version, baseUrl }) =>
        imageReply(await snapshotServer(settings, context, id, argument), version, baseUrl),
    }),
    createBackup: action<{
      readonly name: string;
      readonly backup_type: string;
      readonly rotation: number | string;
      readonly metadata?: Record<string, string>;
    }>({
      schemas: { '2.1': backup },
      async run({ context, id, argument, version, baseUrl }) {
        const imageId = await snapshotServer(settings, context, id, {
          name: argument.name,
          metadata: argument.metadata,
          backup: { type: argument.backup_type, rotation: Number(argument.rotation) },
        });
        return imageReply(imageId, version, baseUrl);
      },
    }),
    shelve: plain(({ context, id }) => shelveServer(settings, context, id)),
    shelveOffload: plain(({ context, id }) => act(settings, context, id, 'shelveOffload'), { admin: true }),
    unshelve: plain(({ context, id }) => act(settings, context, id, 'unshelve'), {
      schemas: { '2.1': Type.Unknown(), '2.77': nullOr(exact({ availability_zone: name })) },
    }),
  };
}
