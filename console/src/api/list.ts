import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call } from './http.ts';

/** A page of a list. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** After what the next page begins; null when this is the last one. */
  readonly next: string | null;
}

/** A list that an API gives page by page. */
export interface List<T> {
  /** Its place in the cache; under `cloud` it is asked again when something of the project has changed. */
  readonly key: readonly string[];
  readonly page: (marker: string | undefined, limit: number) => Promise<ListPage<T>>;
}

const shownAtOnce = 100;
const askedAtOnce = 1000;

/** A list as a page shows it: a hundred at first, more when asked for. */
export const pagesOf = <T>(list: List<T>) =>
  infiniteQueryOptions({
    queryKey: [...list.key, 'pages'],
    queryFn: ({ pageParam }) => list.page(pageParam, shownAtOnce),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });

/** The whole of a list, for what one chooses from. */
export const allOf = <T>(list: List<T>) =>
  queryOptions({
    queryKey: [...list.key, 'all'],
    async queryFn(): Promise<readonly T[]> {
      const items: T[] = [];
      let marker: string | undefined;
      do {
        const page = await list.page(marker, askedAtOnce);
        items.push(...page.items);
        marker = page.next ?? undefined;
      } while (marker !== undefined);
      return items;
    },
  });

/** How a service of OpenStack is asked for a list. */
export interface OpenStackList<T> {
  readonly path: string;
  /** What the answer calls its items: `servers`. */
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  /** What the API takes for `marker`. */
  readonly markerOf: (item: T) => string;
}

/** A list of OpenStack: the next page begins after the last item, when the answer has a link to one. */
export function openStackList<T>(
  key: string,
  { path, name, headers = {}, query, markerOf }: OpenStackList<T>,
): List<T> {
  return {
    key: ['cloud', key],
    async page(marker, limit) {
      const answer = await call<Record<string, unknown>>('GET', path, { headers, query: { ...query, limit, marker } });
      const items = answer[name] as readonly T[];
      const last = items.at(-1);
      return { items, next: last !== undefined && hasNext(answer, name) ? markerOf(last) : null };
    },
  };
}

/** Glance says `next`, the others `servers_links`. */
function hasNext(answer: Readonly<Record<string, unknown>>, name: string): boolean {
  const links = answer[`${name}_links`] as readonly { readonly rel: string }[] | undefined;
  return answer.next !== undefined || (links?.some(({ rel }) => rel === 'next') ?? false);
}

/** A list of the market. */
export function marketList<T>(key: string, path: string): List<T> {
  return {
    key: [key],
    page: (after, limit) => call<ListPage<T>>('GET', `/market/v1${path}`, { query: { limit, after } }),
  };
}
