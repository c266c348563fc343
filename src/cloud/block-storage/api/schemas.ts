import Type, { type TObject, type TProperties, type TSchema } from 'typebox';
import { badRequest } from '../../../kernel/base/errors.ts';

/** An object without other keys. */
export function closed<P extends TProperties>(properties: P): TObject<P> {
  return Type.Object(properties, { additionalProperties: false });
}

export const optional = Type.Optional;
export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
export const text = Type.String({ maxLength: 255 });
export const name = optional(nullable(text));
/** A boolean as Cinder's clients write it. */
export const boolean = Type.Union([
  Type.Boolean(),
  Type.String({ pattern: '^([Tt]rue|TRUE|[Ff]alse|FALSE|1|0|yes|no|on|off|t|f|y|n)$' }),
]);
export const metadata = Type.Record(Type.String({ minLength: 1, maxLength: 255 }), text);
export const uuid = Type.String({ pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' });
/** GiB, as a number or as text. */
export const gibibytes = Type.Union([Type.Integer(), Type.String({ maxLength: 20 }), Type.Null()]);

/** A positive number of GiB. */
export function sizeOf(value: number | string | null, what = 'size'): number {
  const size = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof size !== 'number' || size < 1 || size > 1_000_000) {
    throw badRequest(
      `Invalid input for field/attribute ${what}: ${String(value).slice(0, 20)}. A positive integer is expected.`,
    );
  }
  return size;
}

/** What `boolean` lets through. */
export function truth(value: boolean | string): boolean {
  return typeof value === 'boolean' ? value : /^(true|1|yes|on|t|y)$/i.test(value);
}
