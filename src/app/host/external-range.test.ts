import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidateRanges, collisions, gatewayOf, isCanonical, overlaps, parseRange } from './external-range.ts';

describe('two ranges', () => {
  it.each([
    ['172.24.4.0/24', '172.24.4.128/25', true],
    ['172.24.4.0/24', '172.24.0.0/16', true],
    ['172.24.4.0/24', '172.24.4.7', true],
    ['172.24.4.0/24', '172.24.5.0/24', false],
    ['172.24.4.0/24', '172.24.3.255', false],
    ['0.0.0.0/0', '172.24.4.0/24', true],
    ['172.24.4.0/24', 'default', false],
  ])('%s and %s overlap: %s', (one, other, expected) => {
    expect(overlaps(one, other)).toBe(expected);
    expect(overlaps(other, one)).toBe(expected);
  });
});

describe('the external range', () => {
  it('is sought in the same ranges by all, each from a place of its own', () => {
    expect(candidateRanges(0)[0]).toBe('172.24.4.0/24');
    expect(candidateRanges(241)[0]).toBe('10.224.1.0/24');
    expect(new Set(candidateRanges(0xffffffff))).toEqual(new Set(candidateRanges(0)));
  });

  it('is never one that another candidate overlaps', () => {
    const candidates = candidateRanges(0);
    for (const [index, one] of candidates.entries()) expect(collisions(one, candidates.slice(0, index))).toEqual([]);
  });

  it('collides with exactly those ranges that share an address with it', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const range = fc
      .tuple(fc.constantFrom('172.24', '10.224', '10.0'), octet, octet, fc.integer({ min: 8, max: 32 }))
      .map(([start, third, fourth, prefix]) => `${start}.${third}.${fourth}/${prefix}`);
    const addresses = (text: string) => {
      const { first, size } = parseRange(text) ?? { first: 0, size: 0 };
      return { from: first, to: first + size - 1 };
    };
    fc.assert(
      fc.property(range, fc.constantFrom(...candidateRanges(0)), (taken, candidate) => {
        const [a, b] = [addresses(taken), addresses(candidate)];
        const share = Math.max(a.from, b.from) <= Math.min(a.to, b.to);
        expect(collisions(candidate, [taken])).toEqual(share ? [taken] : []);
      }),
    );
  });

  it('is never one that documentation or loopback own', () => {
    for (const range of ['192.0.2.0/24', '203.0.113.128/25', '127.1.0.0/16', '224.0.0.0/24']) {
      expect(collisions(range, []), range).not.toEqual([]);
    }
  });

  it('gives the host its first address', () => {
    expect(gatewayOf('172.24.4.0/24')).toBe('172.24.4.1');
    expect(gatewayOf('10.224.255.240/28')).toBe('10.224.255.241');
  });

  it('starts where its prefix says', () => {
    expect(isCanonical('172.24.4.0/24')).toBe(true);
    expect(isCanonical('172.24.4.7/24')).toBe(false);
    expect(isCanonical('172.24.256.0/24')).toBe(false);
  });
});
