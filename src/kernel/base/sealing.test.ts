import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSealer } from './sealing.ts';

const master = randomBytes(32);
const sealer = createSealer(master, 'test');

describe('a sealed text', () => {
  it('opens to what it was, in its place only', () => {
    const sealed = sealer.seal('secret é', 'row-1');
    expect(sealed).not.toContain('secret');
    expect(sealer.open(sealed, 'row-1')).toBe('secret é');
    expect(() => sealer.open(sealed, 'row-2')).toThrow();
  });

  it('does not open when a byte was changed, nor under the key of another purpose', () => {
    const sealed = sealer.seal('secret', 'row');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(() => sealer.open(`v1.${bytes.toString('base64url')}`, 'row')).toThrow();
    expect(() => createSealer(master, 'other').open(sealed, 'row')).toThrow();
  });

  it('is never the same twice', () => {
    expect(sealer.seal('a', 'row')).not.toBe(sealer.seal('a', 'row'));
  });
});
