import { policies } from '../../../kernel/access/policy.ts';
import { type MicroversionRange, Reply, type Route, route, version, versionText } from '../../../kernel/http/index.ts';

/**
 * What this service answers in the exact shape of. Routes that a version has and we do not have yet answer 404 or 501; no
 * route answers in another version's shape.
 */
export const computeVersions: MicroversionRange = { min: version('2.1'), max: version('2.79') };

/** The oldest name of this API comes first in the list, as in Nova; its paths say where to go instead. */
const versions = [
  { id: 'v2.0', path: 'v2', status: 'DEPRECATED', version: '', min_version: '', updated: '2011-01-21T11:33:21Z' },
  {
    ...{ id: 'v2.1', path: 'v2.1', status: 'CURRENT', updated: '2013-07-23T11:33:21Z' },
    ...{ version: versionText(computeVersions.max), min_version: versionText(computeVersions.min) },
  },
] as const;

function summary(baseUrl: string, { path, ...version }: (typeof versions)[number]): Record<string, unknown> {
  return { ...version, links: [{ rel: 'self', href: `${baseUrl}/${path}/` }] };
}

function detail(baseUrl: string, version: (typeof versions)[number]): unknown {
  return {
    version: {
      ...summary(baseUrl, version),
      links: [
        { rel: 'self', href: `${baseUrl}/${version.path}/` },
        { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' },
      ],
      'media-types': [
        {
          base: 'application/json',
          type: `application/vnd.openstack.compute+json;version=${version.id === 'v2.0' ? '2' : '2.1'}`,
        },
      ],
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
      handler: ({ baseUrl }) => new Reply({ body: { versions: versions.map((version) => summary(baseUrl, version)) } }),
    }),
    ...versions.map((version) =>
      route({
        method: 'GET',
        path: `/${version.path}`,
        operation: `compute:versions:${version.path}`,
        policy: policies.public,
        handler: ({ baseUrl }) => new Reply({ body: detail(baseUrl, version) }),
      }),
    ),
  ];
}
