import { type TSchema, Type } from 'typebox';

/** Texts as PostgreSQL can keep them: without U+0000. */
const noNul = '^[^\\u0000]*$';

export const text = (maxLength: number) => Type.String({ maxLength, pattern: noNul });
/** A name: not only spaces. */
export const name = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$' });
export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

/** Something's id, or what a client tries as one: openstackclient asks for `/projects/NAME` first. */
export const ref = text(255);
export const password = Type.String({ minLength: 1, maxLength: 4096 });
/** Resource options are refused rather than kept without effect. */
export const options = Type.Optional(Type.Record(Type.String(), Type.Unknown(), { maxProperties: 0 }));

/** What all lists take; unknown keys are ignored, as in Keystone. */
export const listQuery = <P extends Record<string, TSchema>>(filters: P) =>
  Type.Object({
    ...filters,
    limit: Type.Optional(Type.Integer({ minimum: 1 })),
    marker: Type.Optional(ref),
  });

/** JSON bodies of this service are small. */
export const bodyLimit = 128 * 1024;
