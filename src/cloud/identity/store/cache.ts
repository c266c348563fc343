import { RecentMap } from '../../../kernel/base/recent-map.ts';

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
