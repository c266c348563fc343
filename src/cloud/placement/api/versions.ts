import { policies } from '../../../kernel/access/policy.ts';
import { type MicroversionRange, type Route, route, version, versionText } from '../../../kernel/http/index.ts';

/** What this service answers in the exact shape of. */
export const placementVersions: MicroversionRange = { min: version('1.0'), max: version('1.39') };

/** Discovery, without a token. */
export function versionRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '',
      operation: 'placement:versions:list',
      policy: policies.public,
      handler: () => ({
        versions: [
          {
            id: 'v1.0',
            status: 'CURRENT',
            min_version: versionText(placementVersions.min),
            max_version: versionText(placementVersions.max),
            links: [{ rel: 'self', href: '' }],
          },
        ],
      }),
    }),
  ];
}
