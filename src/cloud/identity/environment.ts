import type { Clock } from '../../kernel/base/clock.ts';
import type { RecentMap } from '../../kernel/base/recent-map.ts';
import type { Sealer } from '../../kernel/base/sealing.ts';
import type { Store, Tx } from '../../kernel/store/index.ts';
import type { Attempts } from './auth/attempts.ts';
import type { Passwords } from './auth/passwords.ts';
import type { KnownToken } from './auth/resolve.ts';
import type { TokenWriter } from './auth/token-text.ts';
import type { Catalog } from './domain/catalog.ts';
import type { PasswordRules } from './domain/password-rules.ts';
import type { TokenCodec } from './domain/token.ts';
import { type ChangeFollower, recordChanges } from './store/changes.ts';
import type { Directory } from './store/directory.ts';

/** What the parts of this service share. */
export interface Environment {
  readonly store: Store;
  readonly clock: Clock;
  readonly changes: ChangeFollower;
  readonly directory: Directory;
  readonly passwords: Passwords;
  /** Makes those wait who guess. */
  readonly attempts: Attempts;
  readonly codec: TokenCodec;
  /** By a hash of the token. */
  readonly knownTokens: RecentMap<KnownToken>;
  readonly writeToken: TokenWriter;
  /** What this cloud itself serves; what administrators added is in the directory. */
  readonly catalog: Catalog;
  readonly publicUrl: string;
  readonly tokenLifetimeMs: number;
  /** Seals what users keep with us. */
  readonly sealer: Sealer;
  readonly passwordRules: PasswordRules;
}

/** Notes a key that all processes must forget when the transaction commits. */
export type Touch = (key: string) => void;

/** One transaction whose effect this process sees before it answers, and every other within a second. */
export async function change<R>(environment: Environment, work: (tx: Tx, touch: Touch) => Promise<R>): Promise<R> {
  const result = await environment.store.transact(async (tx) => {
    const keys = new Set<string>();
    const done = await work(tx, (key) => keys.add(key));
    await recordChanges(tx, keys);
    return done;
  });
  await environment.changes.refresh();
  return result;
}
