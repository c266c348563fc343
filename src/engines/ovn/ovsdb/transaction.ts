import type { Operation } from './client.ts';
import type { Identified } from './replica.ts';
import { type Columns, type ColumnType, encode, type Row, type Schema, same, typeOf, type Value } from './schema.ts';

const uuidColumn: ColumnType = { kind: 'atom', key: 'uuid', value: '', byDifference: false };

/**
 * A transaction in the making: gathers the operations that lead from rows as they are to rows as they should be, and
 * none where nothing differs.
 */
export class Transaction {
  readonly #schema: Schema;
  readonly #operations: Operation[] = [];
  #named = 0;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Inserts a row and returns the name by which the rest of the transaction refers to it. */
  insert(table: string, columns: Columns): string {
    const name = `row${++this.#named}`;
    this.#operations.push({ op: 'insert', table, row: this.#encodeRow(table, columns), 'uuid-name': name });
    return name;
  }

  /** Makes `columns` of the row what they should be: inserts it when there is none, writes only what differs. */
  ensure(table: string, row: Identified | undefined, columns: Columns): string {
    if (!row) return this.insert(table, columns);
    const held = row as Row;
    const changed = Object.entries(columns).filter(([name, value]) => !same(held[name] as Value, value));
    if (changed.length > 0) this.update(table, row._uuid, Object.fromEntries(changed));
    return row._uuid;
  }

  update(table: string, uuid: string, columns: Columns): void {
    this.#operations.push({ op: 'update', table, where: byUuid(uuid), row: this.#encodeRow(table, columns) });
  }

  /** Adds members to a set or map column, or takes them out. A map's entry goes only if its value matches too. */
  mutate(table: string, uuid: string, column: string, mutator: 'insert' | 'delete', value: Value): void {
    const mutation = [column, mutator, encode(typeOf(this.#schema, table, column), value)];
    this.#operations.push({ op: 'mutate', table, where: byUuid(uuid), mutations: [mutation] });
  }

  /** Adds `amount` to a numeric column. */
  increment(table: string, uuid: string, column: string, amount: number): void {
    this.#operations.push({ op: 'mutate', table, where: byUuid(uuid), mutations: [[column, '+=', amount]] });
  }

  delete(table: string, uuid: string): void {
    this.#operations.push({ op: 'delete', table, where: byUuid(uuid) });
  }

  /** Makes the whole fail when another writer has made a row with this column's value meanwhile. */
  expectNone(table: string, column: string, value: Value): void {
    const where = [[column, '==', encode(typeOf(this.#schema, table, column), value)]];
    this.#operations.push({ op: 'wait', timeout: 0, table, where, columns: [column], until: '==', rows: [] });
  }

  /**
   * Rows that belong to a parent (ACLs, routes, NAT rules…), each with a key of its own: makes those that are wanted
   * and returns their UUIDs for the parent's column. The server collects those that the parent lets go.
   */
  ensureChildren<R extends Identified>(
    table: string,
    existing: readonly R[],
    keyOf: (row: R) => string | undefined,
    wanted: ReadonlyMap<string, Columns>,
  ): string[] {
    const byKey = new Map(existing.map((row) => [keyOf(row), row]));
    return [...wanted].map(([key, columns]) => this.ensure(table, byKey.get(key), columns));
  }

  #encodeRow(table: string, columns: Columns): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(columns).map(([name, value]) => [name, encode(typeOf(this.#schema, table, name), value)]),
    );
  }
}

/** A row by its UUID, or by the name it has in this transaction. */
function byUuid(uuid: string): unknown {
  return [['_uuid', '==', encode(uuidColumn, uuid)]];
}
