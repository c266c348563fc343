/** Where documents keep what they refer to by name. */
const home = '#/components/schemas/';
/** Characters of JSON from which on a reference reads better than a repetition. */
const worthwhile = 160;

/** Keywords under which a thing stands that goes by the name of what holds it. */
const unnamed = new Set([
  ...['items', 'anyOf', 'oneOf', 'allOf', 'properties', 'patternProperties', 'additionalProperties'],
  ...['schema', 'content', 'requestBody', 'application/json', 'responses', '200', '201', '202'],
]);

/**
 * Takes schemas that stand more than once in a plain JSON document out of it, so that each is written, and read, once.
 * They are named after the property or operation that they belong to.
 */
export function shareSchemas(document: unknown): { document: unknown; schemas: Readonly<Record<string, unknown>> } {
  const repeated = repeatedSchemas(document);
  const names = new Map<string, string>();
  const schemas = new Map<string, unknown>();

  function share(value: unknown, name: string): unknown {
    if (Array.isArray(value)) return value.map((item) => share(item, name));
    if (typeof value !== 'object' || value === null) return value;
    const text = JSON.stringify(value);
    if (!repeated.has(text)) return inside(value, name);
    const known = names.get(text) ?? freeName(name, schemas);
    if (!names.has(text)) {
      names.set(text, known);
      schemas.set(known, undefined);
      schemas.set(known, inside(value, name));
    }
    return { $ref: `${home}${known}` };
  }

  function inside(value: object, name: string): unknown {
    const own = 'operationId' in value ? String(value.operationId) : name;
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [key, share(item, unnamed.has(key) ? own : key)]));
  }

  const shared = share(document, 'schema');
  return { document: shared, schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function freeName(wanted: string, taken: ReadonlyMap<string, unknown>): string {
  const base = wanted.replaceAll(/[^A-Za-z0-9._-]/g, '-');
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) if (!taken.has(`${base}-${number}`)) return `${base}-${number}`;
}

/** As JSON. What is repeated only because it is part of something repeated does not count. */
function repeatedSchemas(document: unknown): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isSchema(value)) {
      const text = JSON.stringify(value);
      if (text.length >= worthwhile && seen.has(text)) return void repeated.add(text);
      seen.add(text);
    }
    for (const item of Object.values(value)) walk(item);
  };
  walk(document);
  return repeated;
}

/** Not what merely has a property that is called `type`. */
function isSchema(value: object): boolean {
  const { type, anyOf, oneOf } = value as Readonly<Record<string, unknown>>;
  return typeof type === 'string' || Array.isArray(type) || Array.isArray(anyOf) || Array.isArray(oneOf);
}
