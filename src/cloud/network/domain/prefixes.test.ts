import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCidr, overlap, parseCidr } from './addresses.ts';
import { eui64Address } from './ipv6.ts';
import { checkedPrefixes, covers, firstFreeBlock } from './prefixes.ts';

const cidrs = (...texts: string[]) => texts.flatMap((text) => parseCidr(text) ?? []);
const free = (prefixes: string[], taken: string[], length: number) => {
  const found = firstFreeBlock(checkedPrefixes(prefixes), cidrs(...taken), length);
  return found && formatCidr(found);
};

describe('the prefixes of a pool', () => {
  it('are merged where they touch or hold one another', () => {
    const merged = checkedPrefixes(['10.0.1.0/24', '10.0.0.0/24', '10.0.0.128/25', '10.0.3.0/24']);
    expect(merged.map(formatCidr)).toEqual(['10.0.0.0/23', '10.0.3.0/24']);
    expect(checkedPrefixes(['fd00::/65', 'fd00:0:0:0:8000::/65']).map(formatCidr)).toEqual(['fd00::/64']);
  });

  it('are not of two IP versions', () => {
    expect(() => checkedPrefixes(['10.0.0.0/8', 'fd00::/48'])).toThrow('mix');
  });
});

describe('a pool gives', () => {
  it.each([
    [['10.0.0.0/24'], [], 26, '10.0.0.0/26'],
    [['10.0.0.0/24'], ['10.0.0.0/26'], 26, '10.0.0.64/26'],
    [['10.0.0.0/24'], ['10.0.0.64/26'], 25, '10.0.0.128/25'],
    [['10.0.0.0/24'], ['10.0.0.0/25', '10.0.0.192/26'], 26, '10.0.0.128/26'],
    [['10.0.0.0/24', '10.9.0.0/24'], ['10.0.0.0/24'], 24, '10.9.0.0/24'],
    [['10.0.0.0/24'], ['10.0.0.255/32'], 24, undefined],
    [['fd00::/48'], ['fd00::/64'], 64, 'fd00:0:0:1::/64'],
  ])('of %j, %j taken, a /%i: %s', (prefixes, taken, length, expected) => {
    expect(free(prefixes, taken, length)).toBe(expected);
  });

  it('blocks that are its own and nobody else’s, until there is no room', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 20, max: 28 }), { maxLength: 40 }), (lengths) => {
        const pool = checkedPrefixes(['10.0.0.0/21', '10.0.16.0/22']);
        const given = cidrs();
        for (const length of lengths) {
          const block = firstFreeBlock(pool, given, length);
          if (block === undefined) continue;
          expect(block.prefixLength).toBe(length);
          expect(covers(pool, [block])).toBe(true);
          expect(given.some((other) => overlap(other, block))).toBe(false);
          given.push(block);
        }
      }),
    );
  });
});

it('a guest’s own address is made of its prefix and MAC address (RFC 4291, appendix A)', () => {
  const [cidr] = cidrs('2001:db8:1::/64');
  if (cidr === undefined) throw new Error('a prefix');
  expect(eui64Address(cidr, '34:56:78:9a:bc:de')).toBe('2001:db8:1:0:3656:78ff:fe9a:bcde');
});
