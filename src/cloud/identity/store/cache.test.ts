import { describe, expect, test } from 'vitest';
import { LoadingCache } from './cache.ts';

/** A load that ends when the test says so. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('the cache', () => {
  test('loads once, even for those who come while it loads', async () => {
    const cache = new LoadingCache(10);
    let loads = 0;
    const load = async () => {
      loads += 1;
      return 'value';
    };
    expect(await Promise.all([cache.get('a', load), cache.get('a', load)])).toEqual(['value', 'value']);
    expect(cache.get('a', load)).toBe('value');
    expect(loads).toBe(1);
  });

  test.each(['forget', 'clear'] as const)(
    'does not keep what was being read while the key changed: %s',
    async (how) => {
      const cache = new LoadingCache(10);
      const slow = deferred<string>();
      const first = cache.get('a', () => slow.promise);
      cache[how]('a');
      const second = cache.get('a', async () => 'new');
      slow.resolve('old');
      expect([await first, await second]).toEqual(['old', 'new']);
      expect(await cache.get('a', async () => 'loaded again')).toBe('new');
    },
  );

  test('does not remember a failure, nor lets a failed load drop its successor', async () => {
    const cache = new LoadingCache(10);
    const slow = deferred<string>();
    const first = cache.get('a', () => slow.promise);
    cache.forget('a');
    await cache.get('a', async () => 'new');
    slow.reject(new Error('lost'));
    await expect(first).rejects.toThrow('lost');
    expect(cache.get('a', async () => 'loaded again')).toBe('new');
    await expect(cache.get('b', async () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await cache.get('b', async () => 'up')).toBe('up');
  });

  test('stays within its bound and keeps what is in use', async () => {
    const cache = new LoadingCache(100);
    let loads = 0;
    const popular = async () => {
      loads += 1;
      return 'popular';
    };
    for (let index = 0; index < 1000; index += 1) {
      await cache.get('popular', popular);
      await cache.get(`key ${index}`, async () => index);
      expect(cache.size).toBeLessThanOrEqual(100);
    }
    expect(loads).toBe(1);
  });
});
