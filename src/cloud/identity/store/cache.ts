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

/**
 * A bounded cache of what was loaded, by key.
 *
 * A load that is under way when its key is forgotten answers those who already wait for it, but is not kept: what it
 * read may be older than the change.
 */
export class LoadingCache {
  readonly #entries: RecentMap<Entry>;

  constructor(limit: number) {
    this.#entries = new RecentMap(limit);
  }

  /** The value under `key`, from memory or by `load`. A failed load is not remembered. */
  get<T>(key: string, load: () => Promise<T>): T | Promise<T> {
    const entry = this.#entries.get(key);
    if (entry !== undefined) return (entry.loaded ? entry.value : entry.loading) as T | Promise<T>;
    return this.#load(key, load);
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.size;
  }

  async #load<T>(key: string, load: () => Promise<T>): Promise<T> {
    const entry: Entry = { loaded: false, value: undefined, loading: load() };
    this.#entries.set(key, entry);
    try {
      const value = (await entry.loading) as T;
      entry.value = value;
      entry.loaded = true;
      entry.loading = undefined;
      return value;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.forget(key);
      throw error;
    }
  }
}

interface Entry {
  loaded: boolean;
  value: unknown;
  loading: Promise<unknown> | undefined;
}
