import { policies } from '../../../kernel/access/policy.ts';
import { type MicroversionRange, Reply, type Route, route, version, versionText } from '../../../kernel/http/index.ts';

/**
 * What this service answers in the exact shape of. Routes that a version has and we do not have yet answer 404 or 501; no
 * route answers in another version's shape.
 */
export const computeVersions: MicroversionRange = { min: version('2.1'), max: version('2.79') };

const updated = '2013-07-23T11:33:21Z';

function summary(baseUrl: string): Record<string, unknown> {
  return {
    id: 'v2.1',
    status: 'CURRENT',
    version: versionText(computeVersions.max),
    min_version: versionText(computeVersions.min),
    updated,
    links: [{ rel: 'self', href: `${baseUrl}/v2.1/` }],
  };
}

function detail(baseUrl: string): unknown {
  return {
    version: {
      ...summary(baseUrl),
      links: [
        { rel: 'self', href: `${baseUrl}/v2.1/` },
        { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' },
      ],
      'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' }],
    },
  };
}

/** Discovery, without a token. */
export function versionRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '',
      operation: 'compute:versions:list',
      policy: policies.public,
      handler: ({ baseUrl }) => new Reply({ body: { versions: [summary(baseUrl)] } }),
    }),
    route({
      method: 'GET',
      path: '/v2.1',
      operation: 'compute:versions:get',
      policy: policies.public,
      handler: ({ baseUrl }) => new Reply({ body: detail(baseUrl) }),
    }),
  ];
}
