import { systemClock } from '../../src/kernel/base/clock.ts';
import { createLogger } from '../../src/kernel/base/log.ts';
import { migrate, openNotifications, openStore, type Store, storeMigrations } from '../../src/kernel/store/index.ts';
import { startTestPostgres } from '../../src/kernel/testing/postgres.ts';
import { migrateWork, workMigrations } from '../../src/kernel/work/index.ts';
import { marketMigrations } from '../../src/market/index.ts';
import { type Call, caller, startMarket } from '../../src/market/testing/market.ts';
import { openStore as openShop, type Scene } from '../../src/market/testing/scene.ts';

/** The market, served over HTTP by this process, on a PostgreSQL that writes through to disk; its scene's store is open. */
export interface Served {
  readonly store: Store;
  readonly call: Call;
  readonly scene: Scene;
  close(): Promise<void>;
}

export async function serveMarket(): Promise<Served> {
  const postgres = await startTestPostgres({ durable: true });
  const connection = { host: postgres.socketDir, user: 'test', database: 'postgres' };
  const log = createLogger('bench', 'silent');
  const store = openStore({ connection });
  await migrate(store, [storeMigrations, workMigrations, ...marketMigrations]);
  await migrateWork(store, log);
  const notifications = openNotifications(connection, log);
  const market = await startMarket({ store, notifications, log, clock: systemClock, instant: true });
  const call = caller(market.url);
  return {
    ...{ store, call, scene: await openShop(call) },
    async close() {
      await market.close();
      await notifications.close();
      await store.close();
      await postgres.stop();
    },
  };
}

/** What `part` of these took at most, in words. */
export function percentile(took: readonly number[], part: number): string {
  const sorted = [...took].sort((a, b) => a - b);
  return `${(sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(1)} ms`;
}
