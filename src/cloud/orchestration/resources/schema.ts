import { type Static, type TObject, type TProperties, Type } from 'typebox';

/** The properties of a resource type; unknown ones are refused. */
export function properties<P extends TProperties>(fields: P): TObject<P> {
  return Type.Object(fields, { additionalProperties: false }) as unknown as TObject<P>;
}

/** Resolved properties, which have been checked against the schema, with its type. */
export function typed<S extends TObject>(_schema: S, values: unknown): Static<S> {
  return values as Static<S>;
}

/** Booleans come from parameters as booleans or as words. */
export const flag = Type.Union([Type.Boolean(), Type.Literal('true'), Type.Literal('false')]);
/** Whole numbers come from parameters as numbers or as digits. */
export const whole = Type.Union([Type.Integer(), Type.String({ pattern: '^-?\\d+$' })]);

export function isTrue(value: boolean | string): boolean {
  return value === true || value === 'true';
}

/** Keeps only what is there: what a template leaves out (or a null from a function) takes the service's default. */
export function present<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
