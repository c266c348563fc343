import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { createLogger, type Logger } from '../base/log.ts';
import {
  type Migrations,
  migrate,
  type Notifications,
  openNotifications,
  openStore,
  type Store,
  storeMigrations,
} from '../store/index.ts';
import { migrateWork, workMigrations } from '../work/index.ts';

/** A database of its own for a test file, migrated, dropped by `close`. */
export interface TestStore extends Store {
  readonly notifications: Notifications;
  readonly log: Logger;
  /** How to open it from another process. */
  readonly connection: pg.ClientConfig;
}

/** Silent unless `ANDROMEDE_LOG` says otherwise. */
export function testLog(): Logger {
  return createLogger('test', process.env.ANDROMEDE_LOG ?? 'silent');
}

/** The socket's folder of this worker's PostgreSQL. */
function ownServer(): string {
  const servers = inject('postgresSocketDirs');
  const own = servers[(Number(process.env.VITEST_POOL_ID) - 1) % servers.length];
  if (own === undefined) throw new Error(`there is no PostgreSQL for worker ${process.env.VITEST_POOL_ID}`);
  return own;
}

/** Makes a database, migrates the kernel and the given contexts. */
export async function createTestStore(contexts: readonly Migrations[] = []): Promise<TestStore> {
  const log = testLog();
  const database = `t_${randomBytes(6).toString('hex')}`;
  const connection = { host: ownServer(), user: 'test', database };
  await administer(connection, `create database ${database}`);
  const store = openStore({ connection, max: 10 });
  await migrate(store, [storeMigrations, workMigrations, ...contexts]);
  await migrateWork(store, log);
  const notifications = openNotifications(connection, log);
  return {
    ...store,
    notifications,
    log,
    connection,
    async close() {
      await notifications.close();
      await store.close();
      await administer(connection, `drop database ${database} with (force)`);
    },
  };
}

async function administer(connection: pg.ClientConfig, statement: string): Promise<void> {
  const client = new pg.Client({ ...connection, database: 'postgres' });
  await client.connect();
  await client.query(statement);
  await client.end();
}
