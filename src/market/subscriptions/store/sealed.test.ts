import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSealer } from './sealed.ts';

const master = randomBytes(32);
const sealer = createSealer(master, 'market_subscriptions.credential.sealed_secret');

describe('a sealed column', () => {
  it('gives the secret back, to its row and key only', () => {
    const sealed = sealer.seal('row', 'geheim é');
    expect(sealer.open('row', sealed)).toBe('geheim é');
    expect(() => sealer.open('another row', sealed)).toThrow();
    expect(() => createSealer(randomBytes(32), 'x').open('row', sealed)).toThrow();
    expect(() => createSealer(master, 'another column').open('row', sealed)).toThrow();
  });

  it('refuses a changed or cut text', () => {
    const sealed = sealer.seal('row', 'secret');
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => sealer.open('row', changed)).toThrow();
    }
    expect(() => sealer.open('row', sealed.subarray(0, 20))).toThrow();
  });

  it('seals the same text differently each time', () => {
    expect(sealer.seal('row', 'secret')).not.toEqual(sealer.seal('row', 'secret'));
  });
});
