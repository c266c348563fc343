import { policies } from '../../../kernel/access/policy.ts';
import { Reply, type Route, route } from '../../../kernel/http/index.ts';

/** `GET /` answers 300 with the versions (Heat API reference, "API versions"). */
export function versionRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '',
      operation: 'versions:index',
      policy: policies.public,
      handler: ({ baseUrl }) =>
        new Reply({
          status: 300,
          body: { versions: [{ id: 'v1.0', status: 'CURRENT', links: [{ rel: 'self', href: `${baseUrl}/v1/` }] }] },
        }),
    }),
  ];
}
