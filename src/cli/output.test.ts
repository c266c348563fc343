import { describe, expect, it } from 'vitest';
import { record, shown, table } from './output.ts';

const columns = [
  ['name', ({ name }: { name: string }) => name],
  ['size', () => [1, 2]],
] as const;

describe('a table', () => {
  it('aligns its columns under headings, accents included', () => {
    expect(table([{ name: 'é' }, { name: 'longer' }], columns, 'None.')).toEqual([
      'NAME    SIZE',
      'é       1, 2',
      'longer  1, 2',
    ]);
  });

  it('says when there is nothing', () => {
    expect(table([], columns, 'None.')).toEqual(['None.']);
  });

  it('lets nobody’s text move the cursor or break a line', () => {
    const [, row] = table([{ name: 'a\u001b[2Jb\nc' }], columns, 'None.');
    expect(row).toBe('a\uFFFD[2Jb c  1, 2');
  });
});

describe('a record', () => {
  it('leaves out what is absent', () => {
    const facts = [
      ['id', 7],
      ['fault', null],
      ['outputs', []],
    ] as const;
    expect(record(facts)).toEqual(['id  7']);
  });
});

describe('an answer', () => {
  const answer = { body: { id: 'x' }, lines: ['id  x'] };

  it('is the API’s own JSON for programs, and lines for people', () => {
    expect(JSON.parse(shown(answer, 'json').join('\n'))).toEqual(answer.body);
    expect(shown(answer, 'table')).toEqual(answer.lines);
  });
});
