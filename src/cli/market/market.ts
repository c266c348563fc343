import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type OpenStack, openStack } from '../../client/index.ts';
import { accessOf, type CredentialsQuery, findVariables } from '../credentials.ts';

/** For the one POST that a command makes. */
export interface PostOptions {
  readonly idempotencyKey?: string | undefined;
}

/** The market as one person sees it; paths are below `/market/v1`. Refusals are faults with the API's own words. */
export class Market {
  readonly cloud: OpenStack;

  constructor(cloud: OpenStack) {
    this.cloud = cloud;
  }

  /** The JSON at a path. */
  async get<T>(path: string, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    return (await this.#service.call('GET', path, { headers })).json as T;
  }

  /** Posts under an `Idempotency-Key`, a new one unless it is given. */
  async post<T>(path: string, json: object = {}, { idempotencyKey }: PostOptions = {}): Promise<T> {
    const headers = { 'Idempotency-Key': idempotencyKey ?? randomUUID() };
    return (await this.#service.call('POST', path, { json, headers })).json as T;
  }

  async put<T>(path: string, json: object): Promise<T> {
    return (await this.#service.call('PUT', path, { json })).json as T;
  }

  async delete(path: string): Promise<void> {
    await this.#service.call('DELETE', path, {});
  }

  /** Everything of a list, page by page. */
  async all<T>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<T[]> {
    const items: T[] = [];
    for (let after: string | undefined; ; ) {
      const { json } = await this.#service.call('GET', path, { query: { ...query, after } });
      const page = json as { items: T[]; next: string | null };
      items.push(...page.items);
      if (page.next === null) return items;
      after = page.next;
    }
  }

  get #service() {
    return this.cloud.service('marketplace');
  }
}

/** Opens the market for whoever the query names; nothing is sent before the first call. */
export function openMarket(query: CredentialsQuery): Market {
  const variables = findVariables(query);
  const authority = variables.OS_CACERT;
  return new Market(
    openStack(accessOf(variables), {
      headers: { 'Accept-Language': query.language },
      ...(authority && { ca: readFileSync(authority, 'utf8') }),
    }),
  );
}
