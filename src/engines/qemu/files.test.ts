import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { boundLog, lastLines, readLog, readTail } from './files.ts';

describe('a log that another process writes', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/log-`);
    path = `${folder}/console.log`;
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('is read from its end, no more than asked', async () => {
    writeFileSync(path, '0123456789');
    expect((await readTail(path, 4)).toString()).toBe('6789');
    expect((await readTail(path, 100)).toString()).toBe('0123456789');
    expect((await readTail(`${folder}/none`, 4)).toString()).toBe('');
  });

  it('stays whole as long as it is small', async () => {
    writeFileSync(path, '0123456789');
    await boundLog(path, 10);
    expect(readFileSync(path, 'utf8')).toBe('0123456789');
    await boundLog(`${folder}/none`, 10);
  });

  it('never grows past its bound for long, and is read across the cut', async () => {
    for (let line = 100; line < 200; line++) {
      appendFileSync(path, `line ${line}\n`);
      await boundLog(path, 90);
    }
    expect(statSync(path).size + statSync(`${path}.1`).size).toBeLessThanOrEqual(90 + 45);
    const text = await readLog(path, 50);
    expect(text.endsWith('line 198\nline 199\n')).toBe(true);
    expect(text).toHaveLength(50);
  });
});

describe('the last lines of a text', () => {
  it.each<[string, number | undefined, string]>([
    ['a\nb\nc\n', 2, 'b\nc\n'],
    ['a\nb\nc', 2, 'b\nc'],
    ['a\nb\n', 2, 'a\nb\n'],
    ['a\nb\n', 5, 'a\nb\n'],
    ['a\nb\n', 0, ''],
    ['\n\n', 1, '\n'],
    ['', 3, ''],
    ['a\nb\n', undefined, 'a\nb\n'],
  ])('of %j, %j of them, are %j', (text, count, expected) => {
    expect(lastLines(text, count)).toBe(expected);
  });
});
