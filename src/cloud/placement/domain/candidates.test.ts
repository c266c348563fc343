import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CandidateRequest, candidatesIn, type Offer, soleOffer } from './candidates.ts';

const some = <T>(...values: T[]) => fc.subarray(values);
const resources = fc.dictionary(fc.constantFrom('VCPU', 'MEMORY_MB', 'VGPU'), fc.integer({ min: 1, max: 4 }));

/** A provider that is its own tree, with so much of each class. */
const host = fc.record({ free: resources, traits: some('A', 'B', 'C'), aggregates: some('x', 'y') }).map(
  ({ free, traits, aggregates }): Offer => ({
    ...{ uuid: 'host', root: 'host', parent: null, traits: new Set(traits), aggregates: new Set(aggregates) },
    room: (name, amount) => (free[name] ?? 0) >= amount,
  }),
);

const group = fc.record({
  suffix: fc.constantFrom('', '1'),
  resources: resources.filter((wanted) => Object.keys(wanted).length > 0),
  required: fc.array(
    some('A', 'B', 'C').filter((oneOf) => oneOf.length > 0),
    { maxLength: 2 },
  ),
  forbidden: some('A', 'C'),
  memberOf: fc.array(
    some('x', 'y').filter((oneOf) => oneOf.length > 0),
    { maxLength: 1 },
  ),
  notMemberOf: some('y'),
  inTree: fc.constantFrom(undefined, undefined, 'host', 'other'),
});

const request = fc.record({
  groups: group.map((one) => [one]),
  isolate: fc.boolean(),
  rootRequired: some('A'),
  rootForbidden: some('B'),
  sameSubtree: fc.constant([]),
  limit: fc.constant(undefined),
}) satisfies fc.Arbitrary<CandidateRequest>;

describe('the sole offer', () => {
  it('is what a search finds in a tree of one provider', () => {
    let met = 0;
    fc.assert(
      fc.property(request, host, (wanted, offer) => {
        const [found, ...more] = candidatesIn(wanted, [offer], 10);
        expect(more).toEqual([]);
        expect(soleOffer(wanted)([offer])).toBe(found === undefined ? undefined : offer);
        if (found === undefined) return;
        met += 1;
        const [{ suffix, resources: taken } = { suffix: '?', resources: {} }] = wanted.groups;
        expect([...found.allocations]).toEqual([['host', taken]]);
        expect(found.mappings).toEqual({ [suffix]: ['host'] });
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect(met, 'requests that were met').toBeGreaterThan(20);
  });

  it('is not told of larger trees and requests', () => {
    fc.assert(
      fc.property(request, host, (wanted, offer) => {
        expect(soleOffer(wanted)([offer, { ...offer, uuid: 'child' }])).toBe('several');
        expect(soleOffer({ ...wanted, groups: [...wanted.groups, ...wanted.groups] })([offer])).toBe('several');
      }),
      { numRuns: 20 },
    );
  });
});
