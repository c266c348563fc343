import { Fault } from '../../../kernel/base/errors.ts';
import type { Logger } from '../../../kernel/base/log.ts';
import { traced } from '../../../kernel/base/tracing.ts';
import { ConnectionLost, RpcConnection, RpcError } from './connection.ts';
import { type Identified, Replica, type RowChange, type Table, type TableSpec, type TableUpdates } from './replica.ts';
import { parseSchema, type Schema } from './schema.ts';

/** How to reach a database and what to keep of it. */
export interface OvsdbClientOptions {
  /** Path of the server's unix socket. */
  readonly socket: string;
  /** `OVN_Northbound`, `Open_vSwitch`, … */
  readonly database: string;
  readonly tables: Readonly<Record<string, TableSpec>>;
  readonly log: Logger;
  /** How long a call may take, and how long `synced` waits for a connection. Milliseconds; 10 s unless said. */
  readonly timeoutMs?: number;
}

/** An operation of a transaction, as RFC 7047 section 5.2 writes it. */
export type Operation = Readonly<Record<string, unknown>>;

/** The result of one operation, e.g. `{ uuid: ['uuid', '…'] }` or `{ count: 1 }`. */
export type OperationResult = Readonly<Record<string, unknown>>;

/** A transaction that the server refused and undid, e.g. `constraint violation`, or `timed out` for a failed `wait`. */
export class TransactionError extends Error {
  readonly code: string;
  constructor(code: string, details: string) {
    super(details === '' ? code : `${code}: ${details}`);
    this.name = 'TransactionError';
    this.code = code;
  }
}

const noTransaction = '00000000-0000-0000-0000-000000000000';
const backoffMs = { first: 50, most: 1_000 };

/**
 * A client of an OVSDB server (RFC 7047 with the extensions of ovsdb-server(7)): keeps a replica of some tables, carries
 * out transactions, and reconnects for ever. It starts at once; `close` ends it.
 */
export class OvsdbClient {
  readonly #options: OvsdbClientOptions;
  readonly #timeoutMs: number;
  readonly #replica: Replica;
  readonly #changeListeners = new Set<(changes: readonly RowChange[]) => void>();
  readonly #syncListeners = new Set<() => void>();
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  #connection: RpcConnection | undefined;
  #schema: Schema | undefined;
  #lastTransaction = noTransaction;
  #isSynced = false;
  /** Updates that came with the answer to the request for the whole, which they come after. */
  #early: (() => void)[] = [];
  /** Since when there is no server, on the monotonic clock. */
  #lostAt = performance.now();

  constructor(options: OvsdbClientOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#replica = new Replica(options.tables);
    this.#loop = this.#keepConnected();
  }

  /** The database's schema; there is one as soon as `synced` has resolved. */
  get schema(): Schema {
    if (!this.#schema) throw new Error('the schema is not known yet');
    return this.#schema;
  }

  /** Whether there is a connection and the replica follows it. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** A table of the replica, its rows read as `R`. It outlives reconnections and never shows half a transaction. */
  table<R extends Identified>(name: string): Table<R> {
    return this.#replica.table<R>(name);
  }

  /**
   * Resolves when the replica follows a connection; `engineUnavailable` when that takes longer than the time allowed,
   * counted from the loss of the connection unless given, so that a queue of callers does not wait for one another.
   */
  async synced(timeoutMs?: number, signal?: AbortSignal): Promise<void> {
    if (this.#isSynced) return;
    const allowedMs = timeoutMs ?? Math.max(0, Math.ceil(this.#timeoutMs - (performance.now() - this.#lostAt)));
    const { database, socket } = this.#options;
    await this.#until('sync', () => this.#isSynced, allowedMs, signal).catch((cause: unknown) => {
      if (signal?.aborted) throw cause;
      throw unavailable(`${database} does not answer at ${socket}`, cause);
    });
  }

  /**
   * Resolves as soon as `condition`, asked again after each change of the replica, is true; rejects after `timeoutMs`
   * or with the signal's reason.
   */
  async waitFor(condition: () => boolean, timeoutMs = this.#timeoutMs, signal?: AbortSignal): Promise<void> {
    await this.#until('change', condition, timeoutMs, signal);
  }

  /** Calls `listener` with what each update changed, until `signal` aborts. Nothing is said of a first load. */
  onChange(listener: (changes: readonly RowChange[]) => void, signal: AbortSignal): void {
    listenUntil(this.#changeListeners, listener, signal);
  }

  /** Calls `listener` after each (re)connection, when the replica holds everything, until `signal` aborts. */
  onSync(listener: () => void, signal: AbortSignal): void {
    listenUntil(this.#syncListeners, listener, signal);
    if (this.#isSynced && !signal.aborted) listener();
  }

  /**
   * Carries out one transaction: all of it or nothing. When it resolves the replica shows its effect. Rejects with
   * `TransactionError` when the server refuses it, and with `engineUnavailable` when there is no server, or when it went
   * away before it answered (the transaction may have been carried out then: look before trying again).
   */
  async transact(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    await this.synced();
    const connection = this.#connection;
    if (!connection) throw unavailable(`${this.#options.database} went away`);
    try {
      const { database } = this.#options;
      const results = await traced(`ovsdb ${database}`, { kind: 'CLIENT', onlyInside: true }, () =>
        connection.call('transact', [database, ...operations], this.#timeoutMs),
      );
      return checkResults(results as readonly (OperationResult | null)[]);
    } catch (error) {
      if (error instanceof ConnectionLost) throw unavailable(`${this.#options.database}: ${error.message}`, error);
      if (error instanceof RpcError) throw new TransactionError('refused', error.message);
      throw error;
    }
  }

  /** Disconnects for good. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#connection?.close();
    await this.#loop;
  }

  async #keepConnected(): Promise<void> {
    const { log, database } = this.#options;
    const signal = this.#stop.signal;
    let waitMs = backoffMs.first;
    while (!signal.aborted) {
      try {
        const connection = await this.#connect(signal);
        waitMs = backoffMs.first;
        log.debug({ database }, 'connected to the database');
        const reason = await connection.closed;
        if (!signal.aborted) log.warn({ database, reason: reason.message }, 'lost the connection to the database');
      } catch (error) {
        if (!signal.aborted) log.debug({ database, error: String(error) }, 'cannot connect to the database yet');
      }
      if (this.#isSynced) this.#lostAt = performance.now();
      this.#isSynced = false;
      this.#connection?.close();
      this.#connection = undefined;
      await pause(waitMs, signal);
      waitMs = Math.min(waitMs * 2, backoffMs.most);
    }
  }

  async #connect(signal: AbortSignal): Promise<RpcConnection> {
    const { socket, database } = this.#options;
    this.#early = [];
    const connection = await RpcConnection.open(socket, {
      signal,
      notify: (method, params) => {
        if (this.#isSynced) this.#hear(method, params);
        else this.#early.push(() => this.#hear(method, params));
      },
    });
    this.#connection = connection;
    this.#schema = parseSchema(await connection.call('get_schema', [database], this.#timeoutMs));
    await this.#monitor(connection);
    for (const hear of this.#early) hear();
    this.#isSynced = true;
    this.#tell(this.#syncListeners, undefined);
    return connection;
  }

  async #monitor(connection: RpcConnection): Promise<void> {
    const { database, tables } = this.#options;
    const requests = Object.fromEntries(Object.entries(tables).map(([name, { columns }]) => [name, [{ columns }]]));
    try {
      const answer = await connection.call(
        'monitor_cond_since',
        [database, 'replica', requests, this.#lastTransaction],
        this.#timeoutMs,
      );
      const [found, last, updates] = answer as [boolean, string, TableUpdates];
      if (!found) this.#replica.clear();
      this.#lastTransaction = last;
      this.#replica.apply(this.schema, updates);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      // Servers before 2.12 do not know `monitor_cond_since`: load everything anew.
      const updates = await connection.call('monitor_cond', [database, 'replica', requests], this.#timeoutMs);
      this.#replica.clear();
      this.#replica.apply(this.schema, updates as TableUpdates);
    }
  }

  #hear(method: string, params: unknown): void {
    if (method === 'update3') {
      const [, last, updates] = params as [unknown, string, TableUpdates];
      this.#lastTransaction = last;
      this.#update(updates);
    } else if (method === 'update2') {
      this.#update((params as [unknown, TableUpdates])[1]);
    }
  }

  #update(updates: TableUpdates): void {
    const changes = this.#replica.apply(this.schema, updates);
    this.#tell(this.#changeListeners, changes);
  }

  /** A listener that fails is its owner's bug, and neither the connection's end nor the other listeners'. */
  #tell<T>(listeners: Iterable<(what: T) => void>, what: T): void {
    for (const listener of listeners) {
      try {
        listener(what);
      } catch (error) {
        this.#options.log.error({ err: error, database: this.#options.database }, 'a listener failed');
      }
    }
  }

  async #until(
    event: 'sync' | 'change',
    condition: () => boolean,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (condition()) return;
    const end = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    const done = new AbortController();
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        if (condition()) resolve();
      };
      if (event === 'change') listenUntil(this.#changeListeners, check, done.signal);
      listenUntil(this.#syncListeners, check, done.signal);
      end.addEventListener('abort', () => reject(end.reason), { signal: done.signal });
      if (end.aborted) reject(end.reason);
    }).finally(() => done.abort());
  }
}

function listenUntil<L>(listeners: Set<L>, listener: L, signal: AbortSignal): void {
  if (signal.aborted) return;
  listeners.add(listener);
  signal.addEventListener('abort', () => listeners.delete(listener), { once: true });
}

function unavailable(detail: string, cause?: unknown): Fault {
  return new Fault('engineUnavailable', 'The network engine is not available. Try again later.', { detail, cause });
}

/** `transact` answers one result an operation, null for those after a failure, and one more when the commit itself failed. */
function checkResults(results: readonly (OperationResult | null)[]): readonly OperationResult[] {
  const failed = results.find((result) => result && 'error' in result);
  if (failed) throw new TransactionError(String(failed.error), String(failed.details ?? ''));
  return results as readonly OperationResult[];
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const wake = () => resolve();
  signal.addEventListener('abort', wake, { once: true });
  if (signal.aborted) wake();
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', wake);
}
