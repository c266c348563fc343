import { className } from './results.ts';

const testsPerWorker = 15;

/** Tests in pieces, each class whole: its tests share what they make, and the making is what takes time. */
export function piecesOf(tests: readonly string[], workers: number): string[][] {
  const pieces: string[][] = [];
  for (const ofClass of Map.groupBy(tests, className).values()) {
    const last = pieces.at(-1);
    if (last === undefined || last.length + ofClass.length > testsPerWorker * workers) pieces.push([...ofClass]);
    else last.push(...ofClass);
  }
  return pieces;
}
