import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { Fault } from '../base/errors.ts';
import { execute, type Store, type Tx } from './database.ts';

/** The migrations of one context: numbered SQL files, `0001_users.sql`, each run once, in order, never changed. */
export interface Migrations {
  /** The context's name, which is its PostgreSQL schema too. */
  readonly context: string;
  /** `new URL('./migrations/', import.meta.url)` */
  readonly directory: URL;
}

interface Applied {
  context: string;
  name: string;
  checksum: string;
}

const filePattern = /^\d{4}_[a-z0-9_]+\.sql$/;

/**
 * Brings the database to this program's version: forward only, all contexts in the order given, one process at a time
 * (the others wait). Refuses a database that a newer program has migrated, and a file that changed after it ran.
 */
export async function migrate(store: Store, contexts: readonly Migrations[]): Promise<void> {
  await store.transact(async (tx) => {
    await sql`select pg_advisory_xact_lock(7310)`.execute(tx);
    await execute(
      tx,
      `create schema if not exists kernel;
       create table if not exists kernel.migration (
         context text not null, name text not null, checksum text not null,
         applied_at timestamptz not null default now(), primary key (context, name))`,
    );
    const { rows } = await sql<Applied>`select context, name, checksum from kernel.migration`.execute(tx);
    const applied = new Map(rows.map((row) => [`${row.context}/${row.name}`, row.checksum]));
    for (const context of contexts) await migrateContext(tx, context, applied);
    refuseNewer(applied, contexts);
  });
}

async function migrateContext(tx: Tx, { context, directory }: Migrations, applied: Map<string, string>): Promise<void> {
  const names = (await readdir(directory)).filter((name) => filePattern.test(name)).sort();
  await execute(tx, `create schema if not exists "${context}"`);
  for (const name of names) {
    const text = await readFile(new URL(name, directory), 'utf8');
    const checksum = createHash('sha256').update(text).digest('hex');
    const key = `${context}/${name}`;
    const before = applied.get(key);
    applied.delete(key);
    if (before === checksum) continue;
    if (before !== undefined) throw new Fault('internal', `Migration ${key} was changed after it had run.`);
    await execute(tx, text);
    await sql`insert into kernel.migration (context, name, checksum) values (${context}, ${name}, ${checksum})`.execute(
      tx,
    );
  }
}

function refuseNewer(unknown: ReadonlyMap<string, string>, contexts: readonly Migrations[]): void {
  const ours = new Set(contexts.map(({ context }) => context));
  const newer = [...unknown.keys()].find((key) => ours.has(key.slice(0, key.indexOf('/'))));
  if (newer !== undefined) {
    throw new Fault('internal', `The database is newer than this program (it has ${newer}): start the newer version.`);
  }
}
