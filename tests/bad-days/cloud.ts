import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startApi } from '../../src/app/api/start.ts';
import type { Clock } from '../../src/kernel/base/clock.ts';
import { startTestPostgres, type TestPostgres } from '../../src/kernel/testing/index.ts';
import { type Session, signIn } from '../harness/client.ts';
import { adminPassword, demoPassword, settingsIn } from '../harness/simulated-cloud.ts';

const exec = promisify(execFile);

/** A cloud on simulated engines whose database and disks may be harmed. */
export interface FragileCloud {
  readonly url: string;
  readonly postgres: TestPostgres;
  readonly imagesDir: string;
  /** How to open its database. */
  readonly database: { readonly host: string; readonly user: string; readonly database: string };
  signIn(who: 'admin' | 'demo'): Promise<Session>;
  /** Ends `api` in order and starts it again, by another clock if given. */
  restart(clock?: Clock): Promise<void>;
  close(): Promise<void>;
}

export async function startFragileCloud(options: { databaseIn?: string; clock?: Clock } = {}): Promise<FragileCloud> {
  const postgres = await startTestPostgres({
    durable: true,
    ...(options.databaseIn && { parent: options.databaseIn }),
  });
  const dataDir = await mkdtemp(join(tmpdir(), 'andromede-cloud-'));
  const database = { host: postgres.socketDir, user: 'test', database: 'postgres' };
  const settings = await settingsIn(dataDir, database);
  let api = await startApi(settings, undefined, options.clock);
  return {
    ...{ url: settings.publicUrl, postgres, imagesDir: settings.imagesDir, database },
    signIn: (who) => signIn(settings.publicUrl, who, who === 'admin' ? adminPassword : demoPassword, who),
    async restart(clock) {
      await api.close();
      api = await startApi(settings, undefined, clock);
    },
    async close() {
      await api.close();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A disk of its own, small enough to be filled. Root only. */
export async function smallDisk(path: string, megabytes: number): Promise<{ remove(): Promise<void> }> {
  await exec('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', path]);
  return { remove: async () => void (await exec('umount', ['--lazy', path])) };
}

/** What came of a request: its status, or why there was no answer at all. */
export async function outcome(asked: Promise<{ status: number; headers: Headers }>): Promise<string> {
  try {
    const { status, headers } = await asked;
    return status === 503 ? `503, try again in ${headers.get('retry-after')} s` : String(status);
  } catch (error) {
    return `no answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}
