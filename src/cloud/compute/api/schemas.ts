import Type, { type TSchema } from 'typebox';

/** Nova's parameter types (its `api/validation/parameter_types`): what many routes share. */

/** No control characters, no white space at either end. */
const printable = '^(?! )[^\\u0000-\\u001f\\u007f]+(?<! )$';

/** A name of 1 to 255 printable characters. */
export const name = Type.String({ minLength: 1, maxLength: 255, pattern: printable });

/** The name of a keypair (Nova allows these since the beginning; 2.92 adds more). */
export const keypairName = Type.String({ minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9 \\-_@.]+$' });

/** A text of several lines, or null. */
export function describedAs(maxLength: number) {
  return Type.Union([Type.String({ maxLength, pattern: '^[^\\u0000-\\u0009\\u000b-\\u001f\\u007f]*$' }), Type.Null()]);
}

/** A boolean, or one of the words that Nova takes for one. */
export const boolean = Type.Union([
  Type.Boolean(),
  Type.Unsafe<string>({
    type: 'string',
    enum: [
      'True',
      'TRUE',
      'true',
      '1',
      'ON',
      'On',
      'on',
      'YES',
      'Yes',
      'yes',
      'y',
      't',
      'False',
      'FALSE',
      'false',
      '0',
      'OFF',
      'Off',
      'off',
      'NO',
      'No',
      'no',
      'n',
      'f',
    ],
  }),
]);

/** What `boolean` accepted, as one. */
export function truth(value: boolean | string): boolean {
  return typeof value === 'boolean' ? value : /^(true|1|on|yes|y|t)$/i.test(value);
}

/** A whole number, or the digits of one. */
export function integer(minimum: number, maximum = 2147483647): TSchema {
  return Type.Unsafe<number | string>({
    anyOf: [
      { type: 'integer', minimum, maximum },
      { type: 'string', pattern: minimum < 0 ? '^-?[0-9]{1,10}$' : '^[0-9]{1,10}$' },
    ],
  });
}

export const metadata = Type.Record(
  Type.String({ pattern: '^[a-zA-Z0-9-_:. ]{1,255}$' }),
  Type.String({ maxLength: 255 }),
  {
    additionalProperties: false,
  },
);

/** One item of it, as `meta`. */
export const metadataItem = Type.Unsafe<Record<string, string>>({ ...metadata, minProperties: 1, maxProperties: 1 });

/** A tag: 1 to 80 characters without comma or slash. */
export const tag = Type.String({ minLength: 1, maxLength: 60, pattern: '^[^,/]*$' });

export const ipv4 = Type.String({ format: 'ipv4' });
export const ipv6 = Type.String({ format: 'ipv6' });
export const uuid = Type.String({ format: 'uuid' });

/** An object with exactly these members; those whose schema is optional may be missing. */
export function exact<P extends Record<string, TSchema>>(properties: P) {
  return Type.Object(properties, { additionalProperties: false });
}
