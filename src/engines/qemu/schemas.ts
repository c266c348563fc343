import { type Static, Type } from 'typebox';

const uuid = Type.String({ pattern: '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' });
const closed = { additionalProperties: false };

const nic = Type.Object(
  {
    portId: uuid,
    mac: Type.String({ pattern: '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$' }),
    mtu: Type.Integer({ minimum: 68, maximum: 65535 }),
  },
  closed,
);

const disk = Type.Object(
  {
    baseImage: Type.Union([Type.String({ pattern: '^/', maxLength: 4096 }), Type.Null()]),
    baseFormat: Type.Union([Type.Literal('qcow2'), Type.Literal('raw')]),
    sizeBytes: Type.Integer({ minimum: 512, maximum: 2 ** 50 }),
  },
  closed,
);

/** Arguments of `guest.ensure`: a `GuestSpec`. */
export const guestSpec = Type.Object(
  {
    id: uuid,
    name: Type.String({ maxLength: 255 }),
    vcpus: Type.Integer({ minimum: 1, maximum: 128 }),
    memoryMiB: Type.Integer({ minimum: 16, maximum: 4 * 1024 * 1024 }),
    disk,
    nics: Type.Array(nic, { maxItems: 16 }),
    configDrive: Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()]),
    power: Type.Union([Type.Literal('on'), Type.Literal('off')]),
  },
  closed,
);

export const guestReboot = Type.Object(
  { id: uuid, how: Type.Union([Type.Literal('soft'), Type.Literal('hard')]) },
  closed,
);

export const guestRemove = Type.Object({ id: uuid }, closed);

export const guestConsole = Type.Object(
  { id: uuid, lines: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })) },
  closed,
);

export const nothing = Type.Object({}, closed);

export type GuestReboot = Static<typeof guestReboot>;
export type GuestRemove = Static<typeof guestRemove>;
export type GuestConsole = Static<typeof guestConsole>;
