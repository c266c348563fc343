import { describe, expect, test } from 'vitest';
import { createLimiter } from './limiter.ts';
import { createPasswords, newSecret } from './passwords.ts';

describe('passwords', () => {
  test('are kept as argon2id with the parameters of OWASP', async () => {
    const passwords = createPasswords();
    const stored = await passwords.hash('secret');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.verify(stored, 'secret')).toBe(true);
    expect(await passwords.verify(stored, 'Secret')).toBe(false);
    expect(await passwords.verify(null, 'secret')).toBe(false);
  });

  test('cost as much to refuse when there is nobody, or a wrong made secret', async () => {
    const passwords = createPasswords();
    const stored = await passwords.hash('secret');
    const cost = async (against: string | null) => {
      await passwords.verify(against, 'wrong');
      const before = process.cpuUsage();
      for (let round = 0; round < 5; round += 1) await passwords.verify(against, 'wrong');
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const usual = await cost(stored);
    for (const against of [null, newSecret().stored]) expect(await cost(against)).toBeGreaterThan(usual / 2);
  });

  test('that we made are checked by a digest', async () => {
    const { secret, stored } = newSecret();
    expect(stored).not.toContain(secret);
    expect(await createPasswords().verify(stored, secret)).toBe(true);
    expect(await createPasswords().verify(stored, `${secret}x`)).toBe(false);
  });
});

describe('the limiter', () => {
  test('runs a few at a time, in order, and refuses what is too much', async () => {
    const limit = createLimiter(2, 3);
    let running = 0;
    let most = 0;
    const done: number[] = [];
    const task = (id: number) => async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      done.push(id);
    };
    const results = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((id) => limit(task(id))));
    expect(results.map(({ status }) => status)).toEqual([...Array(5).fill('fulfilled'), 'rejected']);
    expect(results[5]).toMatchObject({ reason: { code: 'tooManyRequests' } });
    expect(most).toBe(2);
    expect(done).toEqual([1, 2, 3, 4, 5]);
  });

  test('goes on after a failure', async () => {
    const limit = createLimiter(1, 1);
    await expect(limit(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await limit(async () => 'yes')).toBe('yes');
  });
});
