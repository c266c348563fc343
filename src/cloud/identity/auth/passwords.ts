import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { createLimiter } from './limiter.ts';

/** argon2id with OWASP's parameters (Password Storage Cheat Sheet): 19 MiB, two passes, one lane. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes and checks passwords and secrets, a few at a time: a storm of sign-ins may take neither memory nor all threads. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for `null` (no such user, no password) as for a wrong password, and answers false. */
  verify(stored: string | null, password: string): Promise<boolean>;
}

export interface PasswordOptions {
  /** Hashes at a time, 19 MiB each. */
  readonly concurrency?: number;
  /** How many more may wait. */
  readonly waiting?: number;
}

/** libuv has four threads; the file system and DNS keep at least one. */
const mostAtOnce = 3;
const digestPrefix = 'sha256$';

export function createPasswords(options: PasswordOptions = {}): Passwords {
  const limit = createLimiter(
    options.concurrency ?? Math.min(availableParallelism(), mostAtOnce),
    options.waiting ?? 200,
  );
  let decoy: Promise<string> | undefined;
  return {
    hash: (password) => limit(() => hash(password, parameters)),
    async verify(stored, password) {
      const digest = stored?.startsWith(digestPrefix) ?? false;
      if (stored !== null && digest && sameDigest(stored, password)) return true;
      decoy ??= hash(randomBytes(16).toString('hex'), parameters);
      const decoyHash = await decoy;
      const against = stored === null || digest ? decoyHash : stored;
      const matches = await limit(() => verify(against, password));
      return matches && against === stored;
    },
  };
}

/** A secret that we made ourselves, too long to guess, so that a plain digest is enough to store and fast to check. */
export function newSecret(): { secret: string; stored: string } {
  const secret = randomBytes(48).toString('base64url');
  return { secret, stored: digestOf(secret) };
}

function digestOf(secret: string): string {
  return digestPrefix + createHash('sha256').update(secret).digest('hex');
}

function sameDigest(stored: string, secret: string): boolean {
  const given = Buffer.from(digestOf(secret));
  const kept = Buffer.from(stored);
  return given.length === kept.length && timingSafeEqual(given, kept);
}
