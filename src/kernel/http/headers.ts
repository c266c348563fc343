import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/**
 * HTTP names are case-insensitive, yet clients exist that are not (and curl users read). Node keeps the case that it
 * is given, Fastify lower-cases: this puts back the case in which OpenStack documents its headers.
 */
const spelling = new Map(
  [
    'X-Subject-Token',
    'X-Auth-Token',
    'X-Openstack-Request-Id',
    'X-Compute-Request-Id',
    'OpenStack-API-Version',
    'X-OpenStack-Nova-API-Version',
    'WWW-Authenticate',
    'ETag',
    'Content-MD5',
    'X-Trans-Id',
  ].map((name) => [name.toLowerCase(), name]),
);

/** `x-subject-token` → `X-Subject-Token`. */
export function canonicalHeader(name: string): string {
  const known = spelling.get(name.toLowerCase());
  if (known !== undefined) return known;
  return name.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** Makes a response send canonical header names, whatever the case in which the framework sets them. */
export function keepHeaderCase(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (
    status: number,
    headers?: OutgoingHttpHeaders,
  ) => ServerResponse;
  response.writeHead = ((status: number, headers?: OutgoingHttpHeaders) => {
    const all: OutgoingHttpHeaders = { ...response.getHeaders(), ...headers };
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    for (const [name, value] of Object.entries(all)) {
      if (value !== undefined) response.setHeader(canonicalHeader(name), value);
    }
    return writeHead(status);
  }) as ServerResponse['writeHead'];
}
