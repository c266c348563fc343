/** `self` and `bookmark`, as every resource of Nova carries them. */
export function linksOf(baseUrl: string, collection: string, id: string): { rel: string; href: string }[] {
  const path = `${collection}/${encodeURIComponent(id)}`;
  return [
    { rel: 'self', href: `${baseUrl}/v2.1/${path}` },
    { rel: 'bookmark', href: `${baseUrl}/${path}` },
  ];
}

/** The link to the page after `marker`, keeping what the request asked for. */
export function nextLink(
  baseUrl: string,
  collection: string,
  search: URLSearchParams,
  marker: string,
): { rel: string; href: string }[] {
  const query = new URLSearchParams(search);
  query.set('marker', marker);
  return [{ rel: 'next', href: `${baseUrl}/v2.1/${collection}?${query}` }];
}

/** `2026-01-01T00:00:00Z` */
export function isoTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** `2026-01-01T00:00:00.000000`: how Nova writes the times that it does not format. */
export function rawTime(time: Date): string {
  return `${time.toISOString().slice(0, 23)}000`;
}
