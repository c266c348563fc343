import type { Context } from '../../../kernel/access/context.ts';
import { systemClock } from '../../../kernel/base/clock.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { sql } from '../../../kernel/store/index.ts';
import { contextOf, type TestStore } from '../../../kernel/testing/index.ts';
import type { Work } from '../../../kernel/work/index.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { fakeVolumeEngine } from '../testing.ts';
import { fakeVolumeImages } from '../volumes.harness.ts';
import { createBackupReconciler } from './reconcile-backup.ts';
import { createSnapshotReconciler } from './reconcile-snapshot.ts';
import { createVolumeReconciler } from './reconcile-volume.ts';
import type { VolumeWork } from './volume-work.ts';

/** What befalls the process that works: it dies, or what it calls is away for that once. */
export type Misfortune = 'killed' | 'away';

/** Tests only: the reconcilers on fakes, run by hand, whose process may be killed at any moment. */
export interface ReconcilersUnderTest {
  readonly settings: VolumeSettings;
  readonly context: Context;
  /** Works until nothing is left to do; what fails or dies is begun again. `twice`: then looks at all that was woken again. */
  settle(twice?: 'twice'): Promise<void>;
  /**
   * Has it happen at the n-th moment from now on, once: before or after a call to the engine or to images, before or after a
   * transaction. Answers how many moments there were.
   */
  befall(misfortune: Misfortune, n: number): () => number;
  /** The whole world, ids by the order in which they came. */
  world(): Promise<string>;
}

/** A new world on empty tables. */
export async function reconcilersUnderTest(store: TestStore): Promise<ReconcilersUnderTest> {
  await sql`truncate block_storage.volume, block_storage.snapshot, block_storage.backup, block_storage.message,
    kernel.outbox cascade`.execute(store.db);
  const [engine, images] = [fakeVolumeEngine(), fakeVolumeImages()];
  const woken = new Map<string, Set<string>>();
  // Jobs are run by hand here.
  const wake = async (_: unknown, name: string, key: string) =>
    void woken.set(name, (woken.get(name) ?? new Set()).add(key));
  const common = { clock: systemClock, hostName: 'host-1', zone: 'nova', work: { wake } as unknown as Work };
  const settings: VolumeSettings = { ...common, store, engine, images };

  let [moments, planned] = [0, { misfortune: 'killed' as Misfortune, at: 0 }];
  let death = Promise.withResolvers<'dead'>();
  /** A moment; of a process that is dead, nothing goes on. */
  async function pass(mayBeAway: boolean): Promise<void> {
    const { misfortune, at } = planned;
    if (misfortune === 'away' && !mayBeAway) return;
    moments += 1;
    if (moments !== at) return;
    if (misfortune === 'away') throw new Fault('engineUnavailable', 'away');
    death.resolve('dead');
    return new Promise(() => {});
  }
  function mortal<T extends object>(target: T, calls: readonly (keyof T)[], mayBeAway: boolean): T {
    const own = calls.map((name) => {
      const call = target[name] as (...args: unknown[]) => unknown;
      const around = async (...args: unknown[]) => {
        await pass(mayBeAway);
        const answer = await call.apply(target, args);
        await pass(mayBeAway);
        return answer;
      };
      return [name, around];
    });
    return { ...target, ...Object.fromEntries(own) } as T;
  }
  const background: VolumeWork = {
    ...common,
    store: mortal(store, ['transact'], false),
    images: mortal(images, ['getImage', 'upload', 'deleteImage'], true),
    engine: mortal(
      engine,
      [
        ...([
          'createVolume',
          'removeVolume',
          'growVolume',
          'createSnapshot',
          'removeSnapshot',
          'exportVolume',
        ] as const),
        ...(['revertToSnapshot', 'createBackup', 'removeBackup', 'restoreBackup', 'removeExport'] as const),
      ],
      true,
    ),
    log: store.log,
    deadlineMs: 60_000,
  };
  const reconcilers = [
    createVolumeReconciler(background),
    createSnapshotReconciler(background),
    createBackupReconciler(background),
  ];

  /** One look at all that is unfinished and all that was woken; answers whether there was anything. */
  async function look(): Promise<boolean> {
    let found = false;
    for (const reconciler of reconcilers) {
      const keys = new Set([...((await reconciler.list?.()) ?? []), ...(woken.get(reconciler.name) ?? [])]);
      woken.delete(reconciler.name);
      for (const key of keys) {
        found = true;
        const work = reconciler.reconcile(key, store.log);
        const end = await Promise.race([work, death.promise]).catch(() => 'failed');
        if (end === 'dead') death = Promise.withResolvers();
        if (end === 'dead' || end === 'failed') await wake(undefined, reconciler.name, key);
      }
    }
    return found;
  }

  return {
    settings,
    context: contextOf('p1'),
    async settle(twice) {
      const all = [...woken].map(([name, keys]) => [name, new Set(keys)] as const);
      for (let looks = 0; await look(); looks += 1) if (looks > 50) throw new Error('it does not settle');
      if (twice === undefined) return;
      for (const [name, keys] of all) woken.set(name, keys);
      await look();
    },
    befall(misfortune, at) {
      [moments, planned] = [0, { misfortune, at }];
      return () => moments;
    },
    async world() {
      const rows = async (table: string) =>
        (
          await sql<{ row: object }>`select to_jsonb(t) - 'created_at' - 'updated_at' - 'deleted_at' - 'launched_at'
            - 'data_timestamp' || jsonb_build_object('gone', t.deleted_at is not null) as row
            from ${sql.table(table)} t order by created_at, id`.execute(store.db)
        ).rows;
      const events = await sql<{ type: string; subject: string }>`
        select type, subject from kernel.outbox order by seq`.execute(store.db);
      const messages = await sql`select event_id from block_storage.message order by created_at`.execute(store.db);
      const disks = [...engine.volumes].map(([id, { snapshots, ...disk }]) => [id, disk, [...snapshots]]);
      const kept = { disks, backups: [...engine.backups], uploaded: [...images.uploaded], holds: [...images.holds] };
      const tables = ['block_storage.volume', 'block_storage.snapshot', 'block_storage.backup'].map(rows);
      const seen = [await Promise.all(tables), events.rows, messages.rows, kept];
      const names = new Map<string, string>();
      return JSON.stringify(seen, undefined, 1).replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
        const name = names.get(id) ?? `#${names.size + 1}`;
        names.set(id, name);
        return name;
      });
    },
  };
}
