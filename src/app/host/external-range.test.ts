import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidateRanges, chooseRange, collisions, gatewayOf, isCanonical, overlaps } from './external-range.ts';

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
  it('is the habitual one on a machine that uses nothing near it', () => {
    expect(chooseRange(['10.0.0.0/8', '192.168.1.0/24', '172.17.0.0/16'])).toBe('172.24.4.0/24');
  });

  it('never shares an address with what the machine uses', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const range = fc
      .tuple(fc.constantFrom('172.24', '10.224', '172.16', '10.0'), octet, octet, fc.integer({ min: 8, max: 32 }))
      .map(([start, third, fourth, prefix]) => `${start}.${third}.${fourth}/${prefix}`);
    fc.assert(
      fc.property(fc.array(range, { maxLength: 40 }), (taken) => {
        const chosen = chooseRange(taken);
        if (chosen === undefined)
          expect(candidateRanges().every((one) => collisions(one, taken).length > 0)).toBe(true);
        else expect(taken.some((other) => overlaps(chosen, other))).toBe(false);
      }),
    );
  });

  it('is never one that documentation or loopback own', () => {
    for (const range of ['192.0.2.0/24', '203.0.113.128/25', '127.1.0.0/16', '224.0.0.0/24']) {
      expect(collisions(range, []), range).not.toEqual([]);
    }
  });

  it('is none when everything is taken', () => {
    expect(chooseRange(['0.0.0.0/0'])).toBeUndefined();
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
