import { expect, test } from 'vitest';
import { applyChange, decode, defaultOf, encode, parseSchema, same, typeOf } from './schema.ts';

const uuid = '01234567-89ab-cdef-0123-456789abcdef';
const schema = parseSchema({
  tables: {
    T: {
      columns: {
        name: { type: 'string' },
        refs: { type: { key: { type: 'uuid', refTable: 'T' }, min: 0, max: 'unlimited' } },
        up: { type: { key: 'boolean', min: 0, max: 1 } },
        ids: { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } },
        number: { type: { key: { type: 'integer' } } },
      },
    },
  },
});
const column = (name: string) => typeOf(schema, 'T', name);

test.each([
  ['name', 'x', 'x'],
  ['number', 7, 7],
  [
    'refs',
    [uuid, 'row1'],
    [
      'set',
      [
        ['uuid', uuid],
        ['named-uuid', 'row1'],
      ],
    ],
  ],
  ['up', [true], ['set', [true]]],
  ['ids', { a: 'b' }, ['map', [['a', 'b']]]],
])('column %s: %j is written as %j', (name, value, wire) => {
  expect(encode(column(name), value)).toEqual(wire);
});

test.each([
  ['refs', ['uuid', uuid], [uuid]],
  ['refs', ['set', []], []],
  ['up', true, [true]],
  ['up', ['set', []], []],
  ['ids', ['map', [['a', 'b']]], { a: 'b' }],
])('column %s: %j is read as %j', (name, wire, value) => {
  expect(decode(column(name), wire)).toEqual(value);
});

test('what servers leave out is empty', () => {
  expect(['name', 'refs', 'up', 'ids', 'number'].map((name) => defaultOf(column(name)))).toEqual(['', [], [], {}, 0]);
});

test('sets of several and maps change by their difference, the rest by the new value', () => {
  expect(
    applyChange(
      column('refs'),
      ['a', 'b'],
      [
        'set',
        [
          ['uuid', 'b'],
          ['uuid', 'c'],
        ],
      ],
    ),
  ).toEqual(['a', 'c']);
  const change = [
    'map',
    [
      ['gone', '1'],
      ['changed', 'new'],
      ['added', '3'],
    ],
  ];
  expect(applyChange(column('ids'), { gone: '1', changed: 'old', kept: '2' }, change)).toEqual({
    changed: 'new',
    kept: '2',
    added: '3',
  });
  expect(applyChange(column('up'), [true], false)).toEqual([false]);
  expect(applyChange(column('name'), 'old', 'new')).toBe('new');
});

test('sets have no order, maps no order of keys', () => {
  expect(same(['a', 'b'], ['b', 'a'])).toBe(true);
  expect(same(['a'], ['a', 'b'])).toBe(false);
  expect(same({ a: '1', b: '2' }, { b: '2', a: '1' })).toBe(true);
  expect(same({ a: '1' }, { a: '2' })).toBe(false);
});

test('a column that the server does not have is named', () => {
  expect(() => column('missing')).toThrow('T.missing');
});
