/**
 * Keeps between `limit / 2` and `limit` of the most recently used entries, in two generations: a hit costs one look-up,
 * never a reordering.
 */
export class RecentMap<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  readonly #generation: number;

  constructor(limit: number) {
    this.#generation = Math.max(1, Math.floor(limit / 2));
  }

  get(key: string): T | undefined {
    const value = this.#young.get(key);
    return value === undefined ? this.#revive(key) : value;
  }

  set(key: string, value: T): void {
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #revive(key: string): T | undefined {
    const value = this.#old.get(key);
    if (value === undefined) return undefined;
    this.#old.delete(key);
    this.set(key, value);
    return value;
  }
}
