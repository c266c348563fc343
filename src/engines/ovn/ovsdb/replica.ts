import { type Atom, applyChange, decode, defaultOf, type Row, type Schema, typeOf, type Value } from './schema.ts';

/** What to keep of a table: its columns and by what its rows are looked up. */
export interface TableSpec {
  readonly columns: readonly string[];
  /**
   * Lookups: `name` (a column; for a set, each of its members), or `external_ids:KEY` (a key of a map column).
   */
  readonly indexes?: readonly string[];
}

/** A row that came, changed or went. */
export interface RowChange {
  readonly table: string;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/** What every row has. */
export interface Identified {
  readonly _uuid: string;
}

/** A table of the replica, for reading. */
export interface Table<R extends Identified> {
  get(uuid: string): R | undefined;
  /** The rows that the index has under `key`. */
  find(index: string, key: string): R[];
  all(): IterableIterator<R>;
  readonly size: number;
}

type RowUpdate = {
  readonly initial?: Record<string, unknown>;
  readonly insert?: Record<string, unknown>;
  readonly modify?: Record<string, unknown>;
  readonly delete?: null;
};

/** `table-updates2`: table → row → what happened. */
export type TableUpdates = Record<string, Record<string, RowUpdate>>;

/** The keys under which `index` files a row. */
function keysOf(index: string, row: Row): readonly string[] {
  const [column = '', key] = index.split(/:(.*)/s, 2);
  const value: Value | undefined = row[column];
  if (value === undefined) return [];
  if (key !== undefined) {
    const item = (value as Readonly<Record<string, Atom>>)[key];
    return item === undefined ? [] : [String(item)];
  }
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

class StoredTable implements Table<Row> {
  readonly spec: TableSpec;
  readonly #rows = new Map<string, Row>();
  readonly #indexes: Map<string, Map<string, Set<string>>>;

  constructor(spec: TableSpec) {
    this.spec = spec;
    this.#indexes = new Map((spec.indexes ?? []).map((index) => [index, new Map()]));
  }

  get size(): number {
    return this.#rows.size;
  }

  get(uuid: string): Row | undefined {
    return this.#rows.get(uuid);
  }

  all(): IterableIterator<Row> {
    return this.#rows.values();
  }

  find(index: string, key: string): Row[] {
    const filed = this.#indexes.get(index);
    if (!filed) throw new Error(`there is no index ${index}`);
    return [...(filed.get(key) ?? [])].flatMap((uuid) => this.#rows.get(uuid) ?? []);
  }

  set(uuid: string, row: Row | undefined): void {
    const before = this.#rows.get(uuid);
    for (const [index, filed] of this.#indexes) {
      const column = index.split(':', 1)[0] ?? '';
      if (before && row && before[column] === row[column]) continue;
      const old = new Set(before ? keysOf(index, before) : []);
      const now = new Set(row ? keysOf(index, row) : []);
      for (const key of old) if (!now.has(key)) this.#unfile(filed, key, uuid);
      for (const key of now) if (!old.has(key)) filed.set(key, (filed.get(key) ?? new Set()).add(uuid));
    }
    if (row) this.#rows.set(uuid, row);
    else this.#rows.delete(uuid);
  }

  clear(): void {
    this.#rows.clear();
    for (const filed of this.#indexes.values()) filed.clear();
  }

  #unfile(filed: Map<string, Set<string>>, key: string, uuid: string): void {
    const uuids = filed.get(key);
    uuids?.delete(uuid);
    if (uuids?.size === 0) filed.delete(key);
  }
}

/** A copy in memory of some tables of a database, kept by the updates of a monitor. */
export class Replica {
  readonly #tables: ReadonlyMap<string, StoredTable>;

  constructor(tables: Readonly<Record<string, TableSpec>>) {
    this.#tables = new Map(Object.entries(tables).map(([name, spec]) => [name, new StoredTable(spec)]));
  }

  /** A table, its rows read as `R`: the interface that the caller wrote for the schema's table. */
  table<R extends Identified>(name: string): Table<R> {
    const table = this.#tables.get(name);
    if (!table) throw new Error(`table ${name} is not monitored`);
    return table as unknown as Table<R>;
  }

  clear(): void {
    for (const table of this.#tables.values()) table.clear();
  }

  /** Applies a monitor's updates and says what changed. */
  apply(schema: Schema, updates: TableUpdates): RowChange[] {
    const changes: RowChange[] = [];
    for (const [name, rows] of Object.entries(updates)) {
      const table = this.#tables.get(name);
      if (!table) continue;
      for (const [uuid, update] of Object.entries(rows)) {
        const before = table.get(uuid);
        const after = nextRow(schema, name, table.spec, uuid, before, update);
        table.set(uuid, after);
        changes.push({ table: name, before, after });
      }
    }
    return changes;
  }
}

function nextRow(
  schema: Schema,
  table: string,
  spec: TableSpec,
  uuid: string,
  before: Row | undefined,
  update: RowUpdate,
): Row | undefined {
  if (update.delete !== undefined) return undefined;
  const row: Record<string, Value> = { _uuid: uuid };
  const whole = update.insert ?? update.initial;
  for (const column of spec.columns) {
    const type = typeOf(schema, table, column);
    const raw = (whole ?? update.modify)?.[column];
    if (whole) row[column] = raw === undefined ? defaultOf(type) : decode(type, raw);
    else {
      const old = before?.[column] ?? defaultOf(type);
      row[column] = raw === undefined ? old : applyChange(type, old, raw);
    }
  }
  return row as Row;
}
