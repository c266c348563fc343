import type { XStatic } from 'typebox/schema';

// Plain JSON Schema, typed by TypeBox: the host process need not load TypeBox itself (20 MB and a quarter of a second).

const uuid = { type: 'string', pattern: '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' } as const;

const nic = {
  type: 'object',
  properties: {
    portId: uuid,
    mac: { type: 'string', pattern: '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$' },
    mtu: { type: 'integer', minimum: 68, maximum: 65535 },
  },
  required: ['portId', 'mac', 'mtu'],
  additionalProperties: false,
} as const;

const disk = {
  type: 'object',
  properties: {
    baseImage: { anyOf: [{ type: 'string', pattern: '^/', maxLength: 4096 }, { type: 'null' }] },
    baseFormat: { enum: ['qcow2', 'raw'] },
    sizeBytes: { type: 'integer', minimum: 512, maximum: 2 ** 50 },
  },
  required: ['baseImage', 'baseFormat', 'sizeBytes'],
  additionalProperties: false,
} as const;

/** Arguments of `guest.ensure`: a `GuestSpec`. */
export const guestSpec = {
  type: 'object',
  properties: {
    id: uuid,
    name: { type: 'string', maxLength: 255 },
    vcpus: { type: 'integer', minimum: 1, maximum: 128 },
    memoryMiB: { type: 'integer', minimum: 16, maximum: 4 * 1024 * 1024 },
    disk,
    nics: { type: 'array', items: nic, maxItems: 16 },
    configDrive: { anyOf: [{ type: 'object', additionalProperties: { type: 'string' } }, { type: 'null' }] },
    power: { enum: ['on', 'off'] },
  },
  required: ['id', 'name', 'vcpus', 'memoryMiB', 'disk', 'nics', 'configDrive', 'power'],
  additionalProperties: false,
} as const;

export const guestReboot = {
  type: 'object',
  properties: { id: uuid, how: { enum: ['soft', 'hard'] } },
  required: ['id', 'how'],
  additionalProperties: false,
} as const;

export const guestRemove = {
  type: 'object',
  properties: { id: uuid },
  required: ['id'],
  additionalProperties: false,
} as const;

export const guestConsole = {
  type: 'object',
  properties: { id: uuid, lines: { type: 'integer', minimum: 0, maximum: 1_000_000 } },
  required: ['id'],
  additionalProperties: false,
} as const;

export const nothing = { type: 'object', properties: {}, additionalProperties: false } as const;

export type GuestReboot = XStatic<typeof guestReboot>;
export type GuestRemove = XStatic<typeof guestRemove>;
export type GuestConsole = XStatic<typeof guestConsole>;
