import { policies } from '../../../kernel/access/policy.ts';
import { Reply, type Route, route } from '../../../kernel/http/index.ts';

/** The v3 version document; clients look for exactly this media type. */
function version(publicUrl: string) {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${publicUrl}/identity/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  };
}

/** What `GET /` answers (300), so that `OS_AUTH_URL` may be the bare URL of the cloud. */
export function rootVersions(publicUrl: string): Reply {
  return new Reply({
    status: 300,
    headers: { 'Content-Type': 'application/json', Vary: 'X-Auth-Token', Location: `${publicUrl}/identity/v3/` },
    body: { versions: { values: [version(publicUrl)] } },
  });
}

export function discoveryRoutes(publicUrl: string): Route[] {
  return [
    route({
      method: 'GET',
      path: '/',
      operation: 'identity:versions:list',
      policy: policies.public,
      handler: () => rootVersions(publicUrl),
    }),
    route({
      method: 'GET',
      path: '/v3',
      operation: 'identity:versions:show',
      policy: policies.public,
      handler: () => ({ version: version(publicUrl) }),
    }),
  ];
}
