import { Fault } from '../../../kernel/base/errors.ts';
import { containerFormats, diskFormats, visibilities } from './image.ts';

/** An attribute of an image as Glance's JSON shows it. */
interface Attribute {
  /** JSON Schema of its values. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** The column that it is kept in; none for what follows from others. */
  readonly column?: string;
  /** Who may write it: the caller; nobody; nobody, and it is no stored fact but a link. */
  readonly access: 'write' | 'read-only' | 'reserved';
  /** It may be removed by a patch: it then takes this value. */
  readonly empty?: unknown;
}

const text = (maxLength: number) => ({ type: ['null', 'string'], maxLength });
const count = { type: 'integer', minimum: 0, maximum: 2147483647 };
const time = { type: 'string', readOnly: true };

/** Every base attribute of a v2 image (Glance API reference, "Show image"). */
export const attributes: Readonly<Record<string, Attribute>> = {
  id: {
    schema: { type: 'string', pattern: '^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$' },
    access: 'read-only',
  },
  name: { schema: text(255), column: 'name', access: 'write', empty: null },
  status: {
    schema: {
      type: 'string',
      readOnly: true,
      enum: [
        'queued',
        'saving',
        'active',
        'deactivated',
        'killed',
        'deleted',
        'uploading',
        'importing',
        'pending_delete',
      ],
    },
    access: 'read-only',
  },
  visibility: { schema: { type: 'string', enum: visibilities }, column: 'visibility', access: 'write' },
  protected: { schema: { type: 'boolean' }, column: 'protected', access: 'write' },
  os_hidden: { schema: { type: 'boolean' }, column: 'os_hidden', access: 'write' },
  checksum: { schema: { ...text(32), readOnly: true }, access: 'read-only' },
  os_hash_algo: { schema: { ...text(64), readOnly: true }, access: 'read-only' },
  os_hash_value: { schema: { ...text(128), readOnly: true }, access: 'read-only' },
  owner: { schema: text(255), column: 'owner', access: 'write' },
  size: { schema: { type: ['null', 'integer'], readOnly: true }, access: 'read-only' },
  virtual_size: { schema: { type: ['null', 'integer'], readOnly: true }, access: 'read-only' },
  container_format: {
    schema: { type: ['null', 'string'], enum: [null, ...containerFormats] },
    column: 'container_format',
    access: 'write',
  },
  disk_format: {
    schema: { type: ['null', 'string'], enum: [null, ...diskFormats] },
    column: 'disk_format',
    access: 'write',
  },
  min_ram: { schema: count, column: 'min_ram', access: 'write' },
  min_disk: { schema: count, column: 'min_disk', access: 'write' },
  tags: {
    schema: { type: 'array', maxItems: 128, items: { type: 'string', maxLength: 255 } },
    column: 'tags',
    access: 'write',
    empty: [],
  },
  created_at: { schema: time, access: 'read-only' },
  updated_at: { schema: time, access: 'read-only' },
  stores: { schema: { type: 'string', readOnly: true }, access: 'read-only' },
  direct_url: { schema: { type: 'string', readOnly: true }, access: 'reserved' },
  locations: { schema: { type: 'array', readOnly: true }, access: 'reserved' },
  self: { schema: { type: 'string', readOnly: true }, access: 'reserved' },
  file: { schema: { type: 'string', readOnly: true }, access: 'reserved' },
  schema: { schema: { type: 'string', readOnly: true }, access: 'reserved' },
};

/** Whether `name` is an attribute of every image rather than a property that its owner chose. */
export function isAttribute(name: string): boolean {
  return Object.hasOwn(attributes, name);
}

/** Refuses what callers may not write, as Glance words it. */
export function refuseReadOnly(name: string): void {
  if (!isAttribute(name) && !name.startsWith('os_glance_')) return;
  const access = attributes[name]?.access ?? 'reserved';
  if (access === 'write') return;
  throw new Fault(
    'forbidden',
    access === 'reserved' ? `Attribute '${name}' is reserved.` : `Attribute '${name}' is read-only.`,
  );
}

/** Most properties that an image may have, beside its attributes. */
export const maxProperties = 128;
