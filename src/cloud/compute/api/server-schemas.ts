import Type, { type TProperties, type TSchema } from 'typebox';
import { atLeast, type MicroversionRange, type Version, version } from '../../../kernel/http/index.ts';
import { boolean, describedAs, exact, integer, ipv4, ipv6, metadata, name, tag, uuid } from './schemas.ts';

const text = (maxLength = 255) => Type.String({ maxLength });
const image = Type.Union([uuid, Type.Literal('')]);
export const flavorRef = Type.Unsafe<string | number>({
  anyOf: [{ type: 'string', minLength: 1, maxLength: 255 }, { type: 'integer' }],
});
export const diskConfig = Type.Union([Type.Literal('AUTO'), Type.Literal('MANUAL')]);
export const password = Type.String({ maxLength: 255 });
export const base64 = Type.String({ maxLength: 65_535, pattern: '^[A-Za-z0-9+/\\s]*={0,2}\\s*$' });
/** Names that a host may have (RFC 1123). */
const fqdn = Type.String({ minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9-._]*$' });

const optional = <S extends TSchema>(schema: S) => Type.Optional(schema);

function networks(asked: Version): TSchema {
  const tagged = (atLeast(asked, '2.32') && !atLeast(asked, '2.37')) || atLeast(asked, '2.42');
  const one = exact({
    fixed_ip: optional(Type.Union([ipv4, ipv6])),
    port: optional(Type.Union([uuid, Type.Null()])),
    uuid: optional(atLeast(asked, '2.37') ? uuid : text()),
    ...(tagged ? { tag: optional(tag) } : {}),
  });
  const list = Type.Array(one, { maxItems: 64 });
  return atLeast(asked, '2.37') ? Type.Union([list, Type.Literal('none'), Type.Literal('auto')]) : optional(list);
}

const files = Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 64 });
const number = Type.Union([
  Type.Integer({ minimum: -1, maximum: 2147483647 }),
  Type.String({ pattern: '^-?[0-9]{0,10}$' }),
  Type.Null(),
]);
const bootIndex = Type.Union([number, Type.Literal('None')]);
const nullable = (schema: TSchema) => Type.Union([schema, Type.Null()]);

/** What both syntaxes of block devices have. */
const deviceBase = {
  device_name: optional(nullable(text())),
  no_device: optional(Type.Unknown()),
  delete_on_termination: optional(boolean),
  volume_size: optional(number),
  virtual_name: optional(nullable(text())),
};
const oldDevice = exact({
  ...deviceBase,
  volume_id: optional(nullable(uuid)),
  snapshot_id: optional(nullable(uuid)),
});

function device(asked: Version): TSchema {
  const tagged = (atLeast(asked, '2.32') && !atLeast(asked, '2.33')) || atLeast(asked, '2.42');
  return exact({
    ...deviceBase,
    source_type: Type.Union(['volume', 'image', 'snapshot', 'blank'].map((type) => Type.Literal(type))),
    destination_type: optional(Type.Union([Type.Literal('local'), Type.Literal('volume')])),
    uuid: optional(nullable(text())),
    boot_index: optional(bootIndex),
    device_type: optional(nullable(text())),
    disk_bus: optional(nullable(text())),
    guest_format: optional(nullable(text())),
    image_id: optional(nullable(uuid)),
    ...(tagged ? { tag: optional(tag) } : {}),
    ...(atLeast(asked, '2.67') ? { volume_type: optional(nullable(text())) } : {}),
  });
}

function serverProperties(asked: Version): TProperties {
  const since = (first: string, properties: TProperties) => (atLeast(asked, first) ? properties : {});
  return {
    name,
    flavorRef,
    imageRef: optional(image),
    adminPass: optional(password),
    metadata: optional(metadata),
    networks: networks(asked),
    'OS-DCF:diskConfig': optional(diskConfig),
    accessIPv4: optional(ipv4),
    accessIPv6: optional(ipv6),
    availability_zone: optional(name),
    block_device_mapping: optional(Type.Array(oldDevice, { maxItems: 25 })),
    block_device_mapping_v2: optional(Type.Array(device(asked), { maxItems: 25 })),
    config_drive: optional(boolean),
    key_name: optional(name),
    min_count: optional(integer(1)),
    max_count: optional(integer(1)),
    return_reservation_id: optional(boolean),
    security_groups: optional(Type.Array(exact({ name: optional(name) }), { maxItems: 100 })),
    user_data: optional(base64),
    ...(atLeast(asked, '2.57') ? {} : { personality: optional(files) }),
    ...since('2.19', { description: optional(describedAs(255)) }),
    ...since('2.52', { tags: optional(Type.Array(tag, { maxItems: 50 })) }),
    ...since('2.63', { trusted_image_certificates: optional(Type.Union([Type.Array(text()), Type.Null()])) }),
    ...since('2.74', { host: optional(fqdn), hypervisor_hostname: optional(fqdn) }),
  };
}

/** Any scheduler hint; those that matter are looked at by the handler. */
const hints = optional(Type.Record(Type.String(), Type.Unknown()));

/** The body of `POST /servers` in a version. */
function createSchema(asked: Version): TSchema {
  return exact({
    server: exact(serverProperties(asked)),
    'os:scheduler_hints': hints,
    'OS-SCH-HNT:scheduler_hints': hints,
  });
}

/** A device in the second syntax. */
export interface BlockDevice {
  readonly source_type: 'volume' | 'image' | 'snapshot' | 'blank';
  readonly destination_type?: 'local' | 'volume';
  readonly uuid?: string | null;
  readonly boot_index?: number | string | null;
  readonly volume_size?: number | string | null;
  readonly delete_on_termination?: boolean | string;
  readonly volume_type?: string | null;
  readonly tag?: string;
}

/** A device in the first syntax. */
export interface OldBlockDevice {
  readonly device_name?: string | null;
  readonly volume_id?: string | null;
  readonly snapshot_id?: string | null;
  readonly volume_size?: number | string | null;
  readonly delete_on_termination?: boolean | string;
}

/** What the schemas above let through, in any version. */
export interface CreateServerBody {
  readonly server: {
    readonly name: string;
    readonly flavorRef: string | number;
    readonly imageRef?: string;
    readonly adminPass?: string;
    readonly metadata?: Record<string, string>;
    readonly networks?:
      | 'auto'
      | 'none'
      | { readonly uuid?: string; readonly port?: string | null; readonly fixed_ip?: string; readonly tag?: string }[];
    readonly 'OS-DCF:diskConfig'?: 'AUTO' | 'MANUAL';
    readonly accessIPv4?: string;
    readonly accessIPv6?: string;
    readonly availability_zone?: string;
    readonly block_device_mapping?: readonly OldBlockDevice[];
    readonly block_device_mapping_v2?: readonly BlockDevice[];
    readonly personality?: unknown[];
    readonly config_drive?: boolean | string;
    readonly key_name?: string;
    readonly min_count?: number | string;
    readonly max_count?: number | string;
    readonly return_reservation_id?: boolean | string;
    readonly security_groups?: { readonly name?: string }[];
    readonly user_data?: string;
    readonly description?: string | null;
    readonly tags?: string[];
    readonly trusted_image_certificates?: string[] | null;
    readonly host?: string;
    readonly hypervisor_hostname?: string;
  };
  readonly 'os:scheduler_hints'?: Record<string, unknown>;
  readonly 'OS-SCH-HNT:scheduler_hints'?: Record<string, unknown>;
}

/** The versions from which the body of a creation was another. */
const createChanges = ['2.1', '2.19', '2.32', '2.33', '2.37', '2.42', '2.52', '2.57', '2.63', '2.67', '2.74'];

/** Ranges of versions, and the schema of each. */
export function createSchemas(): { readonly versions: Partial<MicroversionRange>; readonly schema: TSchema }[] {
  return createChanges.map((first, index) => {
    const next = createChanges[index + 1];
    const max = next === undefined ? {} : { max: before(version(next)) };
    return { versions: { min: version(first), ...max }, schema: createSchema(version(first)) };
  });
}

function before({ major, minor }: Version): Version {
  return { major, minor: minor - 1 };
}

const updatable = {
  name: optional(name),
  'OS-DCF:diskConfig': optional(diskConfig),
  accessIPv4: optional(Type.Union([ipv4, Type.Literal('')])),
  accessIPv6: optional(Type.Union([ipv6, Type.Literal('')])),
};

/** The body of `PUT /servers/ID`: before and since 2.19. */
export const updateSchema = exact({ server: exact(updatable) });
export const updateSchemaWithDescription = exact({
  server: exact({ ...updatable, description: optional(describedAs(255)) }),
});

/** What they let through. */
export interface UpdateServerBody {
  readonly server: {
    readonly name?: string;
    readonly 'OS-DCF:diskConfig'?: 'AUTO' | 'MANUAL';
    readonly accessIPv4?: string;
    readonly accessIPv6?: string;
    readonly description?: string | null;
  };
}
