import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cidr, formatAddress, parseAddress, parseCidr } from './addresses.ts';
import { type AllocationPool, checkedPools, defaultGateway, defaultPools } from './pools.ts';
import { searchOrder } from './search.ts';

/** Small blocks, so that every address can be looked at. */
const block = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 30 })).map(([n, length]) => {
  const cidr = parseCidr(`10.0.0.${n}/${length}`);
  if (cidr === undefined) throw new Error('not read');
  return cidr;
});

const text = (value: bigint) => formatAddress({ version: 4, value });
const value = (address: string) => parseAddress(address)?.value ?? -1n;

function addressesOf(pools: readonly { start: string; end: string }[]): string[] {
  return pools.flatMap(({ start, end }) => {
    const all: string[] = [];
    for (let at = value(start); at <= value(end); at += 1n) all.push(text(at));
    return all;
  });
}

function hostsOf(cidr: Cidr): string[] {
  return addressesOf([{ start: text(cidr.first + 1n), end: text(cidr.last - 1n) }]);
}

/** Pools that follow one another in the block, with holes between them. */
const poolsIn = (cidr: Cidr) =>
  fc.uniqueArray(fc.constantFrom(...hostsOf(cidr).map(value)), { minLength: 2, maxLength: 8 }).map((ends) => {
    const sorted = [...ends].sort((a, b) => Number(a - b));
    const pools: AllocationPool[] = [];
    for (let at = 0; at + 1 < sorted.length; at += 2) {
      pools.push({ start: text(sorted[at] ?? 0n), end: text(sorted[at + 1] ?? 0n) });
    }
    return pools;
  });

describe('the pools of a subnet', () => {
  it('are by default all that hosts may have, without the gateway, wherever it is', () => {
    fc.assert(
      fc.property(
        block.chain((cidr) => fc.tuple(fc.constant(cidr), fc.constantFrom(null, ...hostsOf(cidr)))),
        ([cidr, gateway]) => {
          const pools = defaultPools(cidr, gateway);
          expect(addressesOf(pools)).toEqual(hostsOf(cidr).filter((address) => address !== gateway));
          expect(checkedPools(cidr, pools, gateway)).toEqual(pools);
        },
      ),
    );
  });

  it('are refused exactly when they hold the gateway', () => {
    fc.assert(
      fc.property(
        block.chain((cidr) => fc.tuple(fc.constant(cidr), poolsIn(cidr), fc.constantFrom(...hostsOf(cidr)))),
        ([cidr, pools, gateway]) => {
          const check = () => checkedPools(cidr, pools, gateway);
          if (addressesOf(pools).includes(gateway)) expect(check).toThrow(/conflicts with allocation pool/);
          else expect(check()).toEqual(pools);
        },
      ),
    );
  });

  it('are put in order, and refused when two share an address', () => {
    fc.assert(
      fc.property(
        block.chain((cidr) => fc.tuple(fc.constant(cidr), poolsIn(cidr), poolsIn(cidr))),
        ([cidr, a, b]) => {
          const shared = addressesOf(a).some((address) => addressesOf(b).includes(address));
          const check = () => checkedPools(cidr, [...b, ...a], null);
          if (shared) expect(check).toThrow(/overlapping/);
          else
            expect(addressesOf(check()).map(value)).toEqual(
              addressesOf([...a, ...b])
                .map(value)
                .sort((x, y) => Number(x - y)),
            );
        },
      ),
    );
  });

  it('begin after the gateway', () => {
    const cidr = parseCidr('10.0.0.0/24');
    if (cidr === undefined) throw new Error('not read');
    expect(defaultPools(cidr, defaultGateway(cidr))).toEqual([{ start: '10.0.0.2', end: '10.0.0.254' }]);
  });
});

describe('the search for a free address', () => {
  it('looks at every address of the pools once, from where it stopped onwards and then around', () => {
    fc.assert(
      fc.property(
        block.chain((cidr) => fc.tuple(poolsIn(cidr), fc.constantFrom(null, ...hostsOf(cidr)))),
        ([pools, next]) => {
          const order = searchOrder(pools, next);
          const visited = addressesOf(order.map(({ first, last }) => ({ start: first, end: last })));
          expect([...visited].sort()).toEqual(addressesOf(pools).sort());
          const from = next === null ? 0n : value(next);
          const [after, before] = [visited.filter((a) => value(a) >= from), visited.filter((a) => value(a) < from)];
          expect(visited).toEqual([...after, ...before]);
        },
      ),
    );
  });
});
