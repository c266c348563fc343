import { CompiledQuery, type Kysely, Kysely as KyselyDatabase, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { traced } from '../base/tracing.ts';
import { PreparingClient } from './prepared.ts';

// Counts and amounts are bigint in the database and here; a JavaScript number would lose digits silently.
const int8 = 20;
const ourTypes = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === int8 && format !== 'binary'
      ? (text: string) => BigInt(text)
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};
const mostForLibraries = 10;

/** No tables: what a connection is before a context says which tables are its own (`tables<T>(connection)`). */
// biome-ignore lint/complexity/noBannedTypes: Kysely's "no tables" type is the empty object.
export type NoTables = {};
/** A pool, or the transaction one is in: functions take this so that their callers decide. */
export type Connection = Kysely<NoTables>;
/** A transaction: demanded by whatever must happen together with something else (outbox, jobs). */
export type Tx = Transaction<NoTables>;

/** The connection, seen as holding the tables `T` of one context (`{ 'identity.user': UserTable, … }`). */
export function tables<T>(connection: Connection): Kysely<T> {
  return connection as unknown as Kysely<T>;
}

/** The store of one process. */
export interface Store {
  readonly db: Connection;
  readonly pool: pg.Pool;
  /** For libraries, which expect what `pg` gives by itself: a bigint as text. Opens no connection until it is used. */
  readonly libraryPool: pg.Pool;
  /**
   * Runs `work` in one transaction; retries when PostgreSQL says that it lost a race (serialization failure,
   * deadlock), so `work` must have no effect outside the transaction.
   */
  transact<R>(work: (tx: Tx) => Promise<R>): Promise<R>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** `postgresql://…`, or `socket:FOLDER?db=NAME&user=NAME`-like settings as pg takes them. */
  readonly connection: pg.PoolConfig;
  /** The most connections of the pool; 20 unless said. */
  readonly max?: number;
  readonly onError?: (error: Error) => void;
}

const lostRace = new Set(['40001', '40P01']);
const attempts = 5;

/** Opens a pool. Connections are made when needed, so this succeeds before PostgreSQL answers. */
export function openStore(options: StoreOptions): Store {
  const max = options.max ?? 20;
  const pool = openPool({ max, types: ourTypes, Client: PreparingClient, ...options.connection }, options.onError);
  const libraryPool = openPool({ max: Math.min(max, mostForLibraries), ...options.connection }, options.onError);
  const db = new KyselyDatabase<NoTables>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    pool,
    libraryPool,
    transact: (work) => transact(db, work),
    async close() {
      await libraryPool.end();
      await db.destroy();
    },
  };
}

function openPool(config: pg.PoolConfig, onError: StoreOptions['onError']): pg.Pool {
  const pool = new pg.Pool(config);
  // A connection that PostgreSQL drops (a restart), idle or not, would otherwise end the process.
  pool.on('error', (error) => onError?.(error));
  pool.on('connect', (client) => client.on('error', (error) => onError?.(error)));
  return pool;
}

function transact<R>(db: Connection, work: (tx: Tx) => Promise<R>): Promise<R> {
  const attributes = { 'db.system.name': 'postgresql' };
  return traced('transaction', { kind: 'CLIENT', attributes, onlyInside: true }, () => raceUntilWon(db, work));
}

async function raceUntilWon<R>(db: Connection, work: (tx: Tx) => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === attempts || !lostRace.has(String((error as { code?: unknown }).code))) throw error;
    }
  }
}

/** Runs a parameterless statement; for migrations and tests. */
export async function execute(connection: Connection, statement: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(statement));
}

/** Whether the error is a violated unique constraint (optionally: that one). */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const { code, constraint: violated } = error as { code?: unknown; constraint?: unknown };
  return code === '23505' && (constraint === undefined || violated === constraint);
}

/**
 * Serialises the transactions that name the same thing until they end, e.g. quota checks of one project: cheaper and
 * clearer than retrying on serialization failures.
 */
export async function lockInTransaction(tx: Tx, ...name: readonly string[]): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${name.join('\u001f')}, 0))`.execute(tx);
}
