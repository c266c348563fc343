import { policies } from '../../../kernel/access/policy.ts';
import { Reply, type Route, route } from '../../../kernel/http/index.ts';

const versions = ['v2.13', 'v2.12', 'v2.10', 'v2.9', 'v2.7', 'v2.6', 'v2.5', 'v2.4', 'v2.3', 'v2.2', 'v2.1', 'v2.0'];

function document(baseUrl: string): unknown {
  return {
    versions: versions.map((id, index) => ({
      id,
      status: index === 0 ? 'CURRENT' : 'SUPPORTED',
      links: [{ rel: 'self', href: `${baseUrl}/v2/` }],
    })),
  };
}

/** Discovery, without a token: 300 at the root, as there is a choice, 200 at `/versions`. */
export function versionRoutes(): Route[] {
  const at = (path: string, status: number) =>
    route({
      method: 'GET',
      path,
      operation: 'image:versions:list',
      policy: policies.public,
      handler: ({ baseUrl }) => new Reply({ status, body: document(baseUrl) }),
    });
  return [at('', 300), at('/v2', 300), at('/versions', 200)];
}
