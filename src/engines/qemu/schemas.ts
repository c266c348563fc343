import type { XStatic } from 'typebox/schema';

// Plain JSON Schema, typed by TypeBox: the host process need not load TypeBox itself (20 MB and a quarter of a second).

const uuid = { type: 'string', pattern: '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' } as const;

const nic = {
  type: 'object',
  properties: {
    portId: uuid,
    networkId: uuid,
    mac: { type: 'string', pattern: '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$' },
    mtu: { type: 'integer', minimum: 68, maximum: 65535 },
  },
  required: ['portId', 'networkId', 'mac', 'mtu'],
  additionalProperties: false,
} as const;

const path = { type: 'string', pattern: '^/', maxLength: 4096 } as const;
const format = { enum: ['qcow2', 'raw'] } as const;
const sizeBytes = { type: 'integer', minimum: 512, maximum: 2 ** 50 } as const;
const bytes = {
  type: 'object',
  properties: { base64: { type: 'string' } },
  required: ['base64'],
  additionalProperties: false,
} as const;
const configDrive = {
  anyOf: [{ type: 'object', additionalProperties: { anyOf: [{ type: 'string' }, bytes] } }, { type: 'null' }],
} as const;

const disk = {
  type: 'object',
  properties: {
    baseImage: { anyOf: [path, { type: 'null' }] },
    baseFormat: format,
    sizeBytes,
    generation: { type: 'integer', minimum: 0 },
  },
  required: ['baseImage', 'baseFormat', 'sizeBytes'],
  additionalProperties: false,
} as const;

const scratchDisk = {
  type: 'object',
  properties: { kind: { enum: ['ephemeral', 'swap'] }, sizeBytes },
  required: ['kind', 'sizeBytes'],
  additionalProperties: false,
} as const;

const volume = {
  type: 'object',
  properties: {
    volumeId: uuid,
    connection: {
      type: 'object',
      properties: { driver: { const: 'file' }, path, format },
      required: ['driver', 'path', 'format'],
      additionalProperties: false,
    },
    readOnly: { type: 'boolean' },
    sizeBytes,
  },
  required: ['volumeId', 'connection', 'readOnly', 'sizeBytes'],
  additionalProperties: false,
} as const;

const rescue = {
  type: 'object',
  properties: { disk, configDrive },
  required: ['disk', 'configDrive'],
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
    disk: { anyOf: [disk, { type: 'null' }] },
    scratchDisks: { type: 'array', items: scratchDisk, maxItems: 2 },
    nics: { type: 'array', items: nic, maxItems: 16 },
    volumes: { type: 'array', items: volume, maxItems: 26 },
    configDrive,
    rescue: { anyOf: [rescue, { type: 'null' }] },
    power: { enum: ['on', 'off', 'paused', 'suspended'] },
  },
  required: ['id', 'name', 'vcpus', 'memoryMiB', 'disk', 'nics', 'volumes', 'configDrive', 'rescue', 'power'],
  additionalProperties: false,
} as const;

export const guestReboot = {
  type: 'object',
  properties: { id: uuid, how: { enum: ['soft', 'hard'] } },
  required: ['id', 'how'],
  additionalProperties: false,
} as const;

export const guestSnapshot = {
  type: 'object',
  properties: { id: uuid, target: path },
  required: ['id', 'target'],
  additionalProperties: false,
} as const;

export const guestRemove = {
  type: 'object',
  properties: { id: uuid },
  required: ['id'],
  additionalProperties: false,
} as const;

/** Arguments of the stream `guest.console`. */
export const guestScreen = {
  type: 'object',
  properties: { id: uuid, kind: { enum: ['vnc', 'serial'] } },
  required: ['id', 'kind'],
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
export type GuestSnapshot = XStatic<typeof guestSnapshot>;
export type GuestRemove = XStatic<typeof guestRemove>;
export type GuestScreen = XStatic<typeof guestScreen>;
export type GuestConsole = XStatic<typeof guestConsole>;
