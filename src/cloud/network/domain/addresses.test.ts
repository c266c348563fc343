import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contains,
  formatAddress,
  formatCidr,
  isHostAddress,
  overlap,
  parseAddress,
  parseCidr,
  parseMac,
} from './addresses.ts';

const v4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value) => ({ version: 4 as const, value }));
// Many zero groups, so that shortening is really tried.
const v6 = fc
  .array(fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 0xffffn })), { minLength: 8, maxLength: 8 })
  .map((groups) => ({ version: 6 as const, value: groups.reduce((value, group) => (value << 16n) | group, 0n) }));

/** The block, written by Node's URL parser, which follows RFC 5952 for hosts. */
const canonical = (text: string) => new URL(`http://[${text}]/`).hostname.slice(1, -1);

describe('an IP address', () => {
  it('is read as it is written', () => {
    fc.assert(
      fc.property(fc.oneof(v4, v6), (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  it('of IPv6 is written as RFC 5952 says', () => {
    fc.assert(
      fc.property(v6, (address) => {
        expect(formatAddress(address)).toBe(canonical(formatAddress(address)));
      }),
    );
  });

  it.each(['', 'x', '1.2.3', '1.2.3.256', '01.2.3.4', '1::2::3', ':', 'fe80::1%eth0', '1.2.3.4/8'])(
    'is not %j',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  it('may end in the notation of IPv4', () => {
    expect(formatAddress(parseAddress('::ffff:10.1.2.3') ?? { version: 4, value: 0n })).toBe('::ffff:a01:203');
  });
});

describe('a block of addresses', () => {
  const cidr = fc.tuple(v4, fc.integer({ min: 0, max: 32 })).map(([a, n]) => parseCidr(`${formatAddress(a)}/${n}`));

  it('has its length and no host bits', () => {
    fc.assert(
      fc.property(cidr, (block) => {
        if (block === undefined) throw new Error('not read');
        expect(block.last - block.first + 1n).toBe(2n ** BigInt(32 - block.prefixLength));
        expect(parseCidr(formatCidr(block))).toEqual(block);
      }),
    );
  });

  it('overlaps another exactly when an end of one is in the other', () => {
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        if (a === undefined || b === undefined) throw new Error('not read');
        const within = (value: bigint, block: typeof a) => contains(block, { version: 4, value });
        expect(overlap(a, b)).toBe(within(a.first, b) || within(b.first, a));
      }),
    );
  });

  it('gives hosts neither its own address nor the broadcast address', () => {
    const block = parseCidr('10.0.0.0/30');
    if (block === undefined) throw new Error('not read');
    const hosts = ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].filter((text) => {
      const address = parseAddress(text);
      return address !== undefined && isHostAddress(block, address);
    });
    expect(hosts).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', '::/129', 'x/8'])('is not %j', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe('a MAC address', () => {
  it('is one host’s, in lower case', () => {
    expect(parseMac('FA:16:3E:00:00:01')).toBe('fa:16:3e:00:00:01');
    for (const text of ['01:00:5e:00:00:01', '00:00:00:00:00:00', 'fa:16:3e', 'fa-16-3e-00-00-01']) {
      expect(parseMac(text)).toBeUndefined();
    }
  });
});
