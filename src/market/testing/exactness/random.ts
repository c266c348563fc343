/** Random numbers that a seed repeats: the histories of a run are told by its seed and their numbers alone. */
export interface Random {
  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number;
  chance(percent: number): boolean;
  pick<T>(values: readonly T[]): T;
  /** So many of what `make` makes. */
  list<T>(least: number, most: number, make: (index: number) => T): T[];
}

/** Mixes seed and number (splitmix32's finaliser), then steps as mulberry32. */
export function randomOf(seed: number, number: number): Random {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    int,
    chance: (percent) => next() * 100 < percent,
    pick: (values) => values[int(0, values.length - 1)] as (typeof values)[number],
    list: (least, most, make) => Array.from({ length: int(least, most) }, (_, index) => make(index)),
  };
}
