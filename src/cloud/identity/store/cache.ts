/**
 * A bounded cache of what was loaded, by key. It keeps between `limit / 2` and `limit` of the most recently used
 * entries in two generations: a hit costs one look-up, never a reordering.
 *
 * A load that is under way when its key is forgotten answers those who already wait for it, but is not kept: what it
 * read may be older than the change.
 */
export class LoadingCache {
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();
  readonly #generation: number;

  constructor(limit: number) {
    this.#generation = Math.max(1, Math.floor(limit / 2));
  }

  /** The value under `key`, from memory or by `load`. A failed load is not remembered. */
  get<T>(key: string, load: () => Promise<T>): T | Promise<T> {
    const entry = this.#young.get(key) ?? this.#revive(key);
    if (entry !== undefined) return (entry.loaded ? entry.value : entry.loading) as T | Promise<T>;
    return this.#load(key, load);
  }

  forget(key: string): void {
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

  #revive(key: string): Entry | undefined {
    const entry = this.#old.get(key);
    if (entry === undefined) return undefined;
    this.#old.delete(key);
    this.#keep(key, entry);
    return entry;
  }

  #keep(key: string, entry: Entry): void {
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
  }

  async #load<T>(key: string, load: () => Promise<T>): Promise<T> {
    const entry: Entry = { loaded: false, value: undefined, loading: load() };
    this.#keep(key, entry);
    try {
      const value = (await entry.loading) as T;
      entry.value = value;
      entry.loaded = true;
      entry.loading = undefined;
      return value;
    } catch (error) {
      if (this.#young.get(key) === entry || this.#old.get(key) === entry) this.forget(key);
      throw error;
    }
  }
}

interface Entry {
  loaded: boolean;
  value: unknown;
  loading: Promise<unknown> | undefined;
}
