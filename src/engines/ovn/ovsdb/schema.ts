/** An OVSDB atom; UUIDs are strings here and told apart by the column's type. */
export type Atom = string | number | boolean;

/**
 * A column's value: an atom where exactly one is allowed, an array for any other set (so an optional value is an array
 * of none or one), an object for a map.
 */
export type Value = Atom | readonly Atom[] | Readonly<Record<string, Atom>>;

/** A row of the replica. */
export interface Row {
  readonly _uuid: string;
  readonly [column: string]: Value;
}

/** Some columns of a row, by name. */
export type Columns = Readonly<Record<string, Value>>;

/** A column's type, reduced to what encoding, decoding and differences need. */
export interface ColumnType {
  readonly kind: 'atom' | 'set' | 'map';
  /** `string`, `uuid`, `integer`, `real` or `boolean`. */
  readonly key: string;
  /** A map's value type. */
  readonly value: string;
  /** Whether a change arrives as a difference (sets of more than one, maps) and not as the new value. */
  readonly byDifference: boolean;
}

/** The schema of the tables that are used: table → column → type. */
export type Schema = ReadonlyMap<string, ReadonlyMap<string, ColumnType>>;

interface RawType {
  readonly key?: string | { readonly type: string };
  readonly value?: string | { readonly type: string };
  readonly min?: number;
  readonly max?: number | 'unlimited';
}

const atomName = (type: string | { readonly type: string } | undefined): string =>
  typeof type === 'object' ? type.type : (type ?? '');

function columnType(raw: string | RawType): ColumnType {
  if (typeof raw === 'string') return { kind: 'atom', key: raw, value: '', byDifference: false };
  const { min = 1, max = 1 } = raw;
  const several = max === 'unlimited' || max > 1;
  const single = min === 1 && max === 1;
  const kind = raw.value !== undefined ? 'map' : single ? 'atom' : 'set';
  return { kind, key: atomName(raw.key), value: atomName(raw.value), byDifference: several };
}

/** Reads the answer of `get_schema` (RFC 7047 section 3.2). */
export function parseSchema(answer: unknown): Schema {
  const { tables } = answer as { tables: Record<string, { columns: Record<string, { type: string | RawType }> }> };
  return new Map(
    Object.entries(tables).map(([name, table]) => [
      name,
      new Map(Object.entries(table.columns).map(([column, { type }]) => [column, columnType(type)])),
    ]),
  );
}

/** The type of `table.column`; throws when the server's schema has none, which means a version that is too old. */
export function typeOf(schema: Schema, table: string, column: string): ColumnType {
  const type = schema.get(table)?.get(column);
  if (!type) throw new Error(`the database's schema has no column ${table}.${column}`);
  return type;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function encodeAtom(type: string, atom: Atom): unknown {
  if (type !== 'uuid') return atom;
  return [uuidPattern.test(String(atom)) ? 'uuid' : 'named-uuid', atom];
}

/** A value as it goes on the wire (RFC 7047 section 5.1). A UUID that does not look like one is taken for a row's name. */
export function encode(type: ColumnType, value: Value): unknown {
  if (type.kind === 'map') {
    const entries = Object.entries(value as Record<string, Atom>);
    return ['map', entries.map(([key, item]) => [encodeAtom(type.key, key), encodeAtom(type.value, item)])];
  }
  if (type.kind === 'set') return ['set', (value as readonly Atom[]).map((atom) => encodeAtom(type.key, atom))];
  return encodeAtom(type.key, value as Atom);
}

function decodeAtom(raw: unknown): Atom {
  return Array.isArray(raw) ? (raw[1] as string) : (raw as Atom);
}

/** The atoms of a set, which the wire writes without brackets when there is one. */
function decodeSet(raw: unknown): Atom[] {
  if (Array.isArray(raw) && raw[0] === 'set') return (raw[1] as unknown[]).map(decodeAtom);
  return [decodeAtom(raw)];
}

/** A value from the wire. */
export function decode(type: ColumnType, raw: unknown): Value {
  if (type.kind === 'atom') return decodeAtom(raw);
  if (type.kind === 'set') return decodeSet(raw);
  const pairs = (raw as [string, [unknown, unknown][]])[1];
  return Object.fromEntries(pairs.map(([key, item]) => [String(decodeAtom(key)), decodeAtom(item)]));
}

/** What a column holds when nothing was said, which servers leave out of new rows. */
export function defaultOf(type: ColumnType): Value {
  if (type.kind === 'set') return [];
  if (type.kind === 'map') return {};
  if (type.key === 'boolean') return false;
  if (type.key === 'string') return '';
  return type.key === 'uuid' ? '00000000-0000-0000-0000-000000000000' : 0;
}

/** The value after a change, as `update2` and `update3` describe it (ovsdb-server(7), section 4.1.15). */
export function applyChange(type: ColumnType, old: Value, raw: unknown): Value {
  const change = decode(type, raw);
  if (!type.byDifference) return change;
  if (type.kind === 'set') {
    const result = new Set(old as readonly Atom[]);
    for (const atom of change as readonly Atom[]) if (!result.delete(atom)) result.add(atom);
    return [...result];
  }
  const result: Record<string, Atom> = { ...(old as Record<string, Atom>) };
  for (const [key, item] of Object.entries(change as Record<string, Atom>)) {
    if (result[key] === item) delete result[key];
    else result[key] = item;
  }
  return result;
}

/** Whether two values of one column are the same; sets have no order. */
export function same(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    const other = new Set(b as readonly Atom[]);
    return other.size === new Set(a as readonly Atom[]).size && (a as readonly Atom[]).every((atom) => other.has(atom));
  }
  if (typeof a === 'object' && typeof b === 'object') {
    const [left, right] = [a as Record<string, Atom>, b as Record<string, Atom>];
    const keys = Object.keys(left);
    return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
  }
  return a === b;
}
