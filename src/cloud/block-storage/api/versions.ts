import { policies } from '../../../kernel/access/policy.ts';
import { type MicroversionRange, Reply, type Route, route, version, versionText } from '../../../kernel/http/index.ts';

/**
 * What this service answers in the exact shape of. Routes that a version has and we do not have answer 404 or 501; no route
 * answers in another version's shape.
 */
export const volumeVersions: MicroversionRange = { min: version('3.0'), max: version('3.69') };

function document(baseUrl: string): unknown {
  return {
    versions: [
      {
        id: 'v3.0',
        status: 'CURRENT',
        version: versionText(volumeVersions.max),
        min_version: versionText(volumeVersions.min),
        updated: '2021-09-16T00:00:00Z',
        links: [
          { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
          { rel: 'self', href: `${baseUrl}/v3/` },
        ],
        'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' }],
      },
    ],
  };
}

/** Discovery, without a token. */
export function versionRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '',
      operation: 'volume:versions:list',
      policy: policies.public,
      handler: ({ baseUrl }) => new Reply({ status: 300, body: document(baseUrl) }),
    }),
    route({
      method: 'GET',
      path: '/v3',
      operation: 'volume:versions:get',
      policy: policies.public,
      handler: ({ baseUrl }) => document(baseUrl),
    }),
  ];
}
