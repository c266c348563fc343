import { className } from './results.ts';

const pieceSize = 30;

/** Tests in pieces of some thirty, each class whole: its tests share what they make, and the making is what takes time. */
export function piecesOf(tests: readonly string[]): string[][] {
  const pieces: string[][] = [];
  for (const tests_ of Map.groupBy(tests, className).values()) {
    const last = pieces.at(-1);
    if (last === undefined || last.length + tests_.length > pieceSize) pieces.push([...tests_]);
    else last.push(...tests_);
  }
  return pieces;
}
