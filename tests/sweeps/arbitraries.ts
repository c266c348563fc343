import fc from 'fast-check';

/** As much of JSON Schema as the routing tables use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

export interface Making {
  /** Values worth trying for a property of that name, e.g. the ids of networks for `network_id`. */
  readonly values: (property: string) => readonly unknown[];
  /** How often, in a hundred, something else stands where the schema says what should; 0: only what is valid. */
  readonly wildness: number;
  /** How often, in a hundred, an optional property is there. */
  readonly optional: number;
}

/** Values that the schema describes, or nearly. */
export function valuesOf(schema: Schema, making: Making, property = ''): fc.Arbitrary<unknown> {
  const tame = tameValuesOf(schema, making, property);
  if (making.wildness === 0) return tame;
  return fc.oneof({ weight: 100 - making.wildness, arbitrary: tame }, { weight: making.wildness, arbitrary: wild });
}

function tameValuesOf(schema: Schema, making: Making, property: string): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => valuesOf(choice, making, property)));
  if (schema.allOf !== undefined) return valuesOf(Object.assign({}, ...schema.allOf) as Schema, making, property);
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  if (types.length === 0) return fc.jsonValue({ maxDepth: 2 });
  return fc.oneof(...types.map((type) => ofType(type, schema, making, property)));
}

function ofType(type: string, schema: Schema, making: Making, property: string): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object':
      return objects(schema, making);
    case 'array':
      return arrays(schema, making, property);
    case 'string':
      return strings(schema, making.values(property));
    case 'integer':
      return fc.integer(numberBounds(schema));
    case 'number':
      return fc.double({ ...numberBounds(schema), noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constant(null);
  }
}

const greatestInt = 2 ** 31 - 1;

function numberBounds({ minimum, maximum, exclusiveMinimum }: Schema): { min: number; max: number } {
  const min = minimum ?? (exclusiveMinimum === undefined ? -5 : exclusiveMinimum + 1);
  return { min, max: Math.max(min, Math.min(maximum ?? min + 100, greatestInt)) };
}

function objects(schema: Schema, making: Making): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], patternProperties = {}, minProperties = 0, maxProperties = 3 } = schema;
  // A body of Neutron's holds one thing or several, never both.
  const wanted = Object.entries(properties).filter(
    ([name]) => !(name.endsWith('s') && name.slice(0, -1) in properties),
  );
  const entries = wanted.map(([name, inner]) => {
    const value = valuesOf(inner, making, name);
    const there = required.includes(name) ? 100 - Math.ceil(making.wildness / 4) : making.optional;
    return [name, fc.oneof({ weight: there, arbitrary: value }, { weight: 100 - there, arbitrary: absent })] as const;
  });
  const declared = fc.record(Object.fromEntries(entries)).map(withoutAbsent);
  const [pattern] = Object.entries(patternProperties);
  const more =
    pattern === undefined
      ? fc.constant({})
      : fc.dictionary(
          strings({ pattern: pattern[0], maxLength: 20 }, making.values('key')) as fc.Arbitrary<string>,
          valuesOf(pattern[1], making),
          {
            minKeys: minProperties,
            maxKeys: Math.max(minProperties, Math.min(3, maxProperties)),
          },
        );
  const whole = fc.tuple(declared, more).map(([one, other]) => ({ ...one, ...other }));
  if (making.wildness === 0) return whole;
  const stray = fc.dictionary(wildText, wild, { minKeys: 1, maxKeys: 2 });
  const strayed = fc.tuple(whole, stray).map(([one, other]) => ({ ...one, ...other }));
  return fc.oneof({ weight: 200, arbitrary: whole }, { weight: making.wildness, arbitrary: strayed });
}

const nothing = Symbol('absent');
const absent = fc.constant(nothing);

function withoutAbsent(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== nothing));
}

function arrays(schema: Schema, making: Making, property: string): fc.Arbitrary<unknown> {
  const { items, minItems = 0, maxItems = 3, uniqueItems = false } = schema;
  const bounds = { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, minItems + 2)) };
  const item = items === undefined ? fc.jsonValue({ maxDepth: 1 }) : valuesOf(items, making, property);
  if (!uniqueItems) return fc.array(item, bounds);
  return fc.uniqueArray(item, {
    ...bounds,
    minLength: Math.min(minItems, 1),
    selector: (value) => JSON.stringify(value),
  });
}

/** Texts of which one or the other fits most patterns. */
const candidates = [
  ...['swept', 'a', '1', '10', '0.5', '12.34', 'true', 'fr', 'en', 'EUR', 'FR', 'now', '#0a7d55', 'HARD', 'raw', 'tcp'],
  ...['10.99.0.0/24', '10.99.0.5', 'fd00::/64', 'fd00::5', 'fa:16:3e:00:00:01', '2026-11-01T00:00:00Z', '2026-11'],
  ...['http://127.0.0.1:1/x', 'x@example.org', 'dGV4dA==', '00000000-0000-4000-8000-000000000000', '0'.repeat(32)],
];

const formats: Readonly<Record<string, fc.Arbitrary<string>>> = {
  uuid: fc.uuid(),
  ipv4: fc.ipV4(),
  ipv6: fc.ipV6(),
  'date-time': fc.constantFrom('2026-11-01T00:00:00Z', '2030-01-01T00:00:00+01:00'),
  date: fc.constant('2026-11-01'),
  uri: fc.webUrl(),
  email: fc.emailAddress(),
};

function strings(schema: Schema, values: readonly unknown[]): fc.Arbitrary<unknown> {
  const { minLength = 0, maxLength = 40, pattern, format } = schema;
  const shape = pattern === undefined ? undefined : new RegExp(pattern, 'u');
  const fits = (text: unknown): boolean =>
    typeof text === 'string' &&
    text.length >= minLength &&
    text.length <= (schema.maxLength ?? 1e6) &&
    (shape?.test(text) ?? true);
  const known = values.filter(fits);
  if (known.length > 0) {
    return fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...known) },
      { weight: 1, arbitrary: formats[format ?? 'uuid'] ?? fc.uuid() },
    );
  }
  const formed = format === undefined ? undefined : formats[format];
  if (formed !== undefined) return formed;
  const fitting = candidates.filter(fits);
  const free = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) });
  if (shape === undefined) return fc.oneof(fc.constantFrom(...(fitting.length > 0 ? fitting : [''])), free);
  return fitting.length > 0 ? fc.constantFrom(...fitting) : free;
}

let deep: unknown = 'deep';
for (let level = 0; level < 1000; level += 1) deep = level % 2 === 0 ? [deep] : { a: deep };

/** Texts that have broken something somewhere. */
export const wildText = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      ' ',
      '\u0000',
      'a\u0000b',
      '\ud800',
      'x\udfffy',
      '\u202e',
      '😀'.repeat(100),
      'x'.repeat(256),
      'x'.repeat(70_000),
    ],
    ...["'; drop table identity.user; --", '../../../etc/passwd', '<script>alert(1)</script>', '%s%n%00', '{{7*7}}'],
    ...['__proto__', 'constructor', 'toString', 'null', 'NaN', '-0', '1e999', '0x10', '9'.repeat(40), '0'.repeat(32)],
    ...['٣', '1970-01-01T00:00:00Z', '+275760-09-13', '0000-00-00', '255.255.255.255/33', '::/0', '0.0.0.0/0'],
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** What no schema expects. */
export const wild: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: wildText },
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(
      ...[
        null,
        true,
        false,
        0,
        -0,
        -1,
        1,
        0.1,
        255,
        65_536,
        2 ** 31,
        -(2 ** 31) - 1,
        2 ** 53,
        2 ** 63,
        1e21,
        1e308,
        -1e308,
      ],
      ...[[], {}, [[]], [null], { a: null }, JSON.parse('{"__proto__":{"x":1}}'), [1, 'a', null, {}]],
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constant(deep) },
);
