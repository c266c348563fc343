import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CompositeComponent, type CompositeFulfilment, checkComposition, type PartFacts } from './composition.ts';
import type { ParametersSchema } from './parameters.ts';

const part = (changes: Partial<PartFacts> = {}): PartFacts => ({
  parameters: {
    type: 'object',
    properties: { origin: { type: 'string' }, size: { type: 'number', default: 1 }, tls: { type: 'boolean' } },
    required: ['origin'],
  },
  outputs: { url: { type: 'string' }, port: { type: 'integer' } },
  ...{ isComposite: false, planIds: ['plan'] },
  ...changes,
});
const free: ParametersSchema = { type: 'object', properties: {} };
const parts = new Map([
  ['a', part({ parameters: free })],
  ['b', part()],
  ['nested', part({ isComposite: true })],
]);
const own: ParametersSchema = { type: 'object', properties: { name: { type: 'string' } } };

const component = (
  name: string,
  offeringId: string,
  inputs: CompositeComponent['inputs'] = {},
): CompositeComponent => ({
  ...{ name, offeringId, planId: 'plan', inputs },
});
const problems = (components: readonly CompositeComponent[], outputs: CompositeFulfilment['outputs'] = {}) =>
  checkComposition({ kind: 'composite', components, outputs }, own, parts).map(
    ({ edge, problem, expected }) => `${edge}: ${problem} ${expected}`,
  );

describe('a composite', () => {
  it('is good when every input is fed by something of its type', () => {
    const wired = component('b', 'b', {
      origin: { component: 'a', output: 'url' },
      size: { component: 'a', output: 'port' },
    });
    expect(problems([component('a', 'a'), wired], { url: { component: 'b', output: 'url' } })).toEqual([]);
    expect(problems([component('b', 'b', { origin: { parameter: 'name' }, tls: { value: true } })])).toEqual([]);
  });

  it.each([
    ['an input that nothing feeds', {}, '→ b.origin: missing-input string'],
    [
      'an input that is not there',
      { origin: { value: 'x' }, colour: { value: 'red' } },
      'red → b.colour: unknown-input origin, size, tls',
    ],
    [
      'another type',
      { origin: { component: 'a', output: 'port' } },
      'a.port → b.origin: type-mismatch string, not integer',
    ],
    [
      'a component that is not there',
      { origin: { component: 'z', output: 'url' } },
      'z.url → b.origin: unknown-component a, b',
    ],
    [
      'an output that is not there',
      { origin: { component: 'a', output: 'uri' } },
      'a.uri → b.origin: unknown-output url, port',
    ],
    ['a parameter that is not there', { origin: { parameter: 'title' } }, 'title → b.origin: unknown-parameter name'],
    ['itself', { origin: { component: 'b', output: 'url' } }, 'b → b: cycle '],
  ])('is refused for %s, and told on which edge', (_what, inputs, expected) => {
    expect(problems([component('a', 'a'), component('b', 'b', inputs as CompositeComponent['inputs'])])).toEqual([
      expected,
    ]);
  });

  it('is refused for parts that cannot be sold, and for two of one name', () => {
    expect(problems([component('x', 'gone')])).toEqual(['x: unknown-offering gone']);
    expect(problems([component('x', 'nested')])).toEqual(['x: composite-inside nested']);
    expect(problems([{ ...component('x', 'a'), planId: 'other' }])).toEqual(['x: unknown-plan plan']);
    expect(problems([component('x', 'a'), component('x', 'a')])).toEqual(['x: duplicate-name ']);
    expect(problems([component('a', 'a')], { url: { component: 'a', output: 'uri' } })).toEqual([
      'a.uri → url: unknown-output url, port',
    ]);
  });

  it('has a circle exactly when some components can never be begun', () => {
    const graphs = fc
      .integer({ min: 1, max: 8 })
      .chain((size) =>
        fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 14 }).map((edges) => ({ size, edges })),
      );
    fc.assert(
      fc.property(graphs, ({ size, edges }) => {
        const into = (to: number) => edges.filter(([, end]) => end === to).map(([from]) => from);
        const open = part({
          parameters: {
            type: 'object',
            properties: Object.fromEntries(edges.map(([from]) => [`i${from}`, { type: 'string' as const }])),
          },
        });
        const components = Array.from({ length: size }, (_, at) =>
          component(
            `c${at}`,
            'open',
            Object.fromEntries(into(at).map((from) => [`i${from}`, { component: `c${from}`, output: 'url' }])),
          ),
        );
        const found = checkComposition({ kind: 'composite', components, outputs: {} }, own, new Map([['open', open]]));
        const begun = new Set<number>();
        for (let round = 0; round < size; round += 1) {
          for (let at = 0; at < size; at += 1) if (into(at).every((from) => begun.has(from))) begun.add(at);
        }
        expect(found.map(({ problem }) => problem)).toEqual(begun.size === size ? [] : ['cycle']);
      }),
    );
  });
});
