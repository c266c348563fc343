import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { caller, type Method, type Route, route, version } from '../../../kernel/http/index.ts';
import { visibleServer } from '../operations/servers.ts';
import type { ComputeSettings } from '../operations/settings.ts';

/** Live migrations under way: with one host there never is one. */
export function liveMigrationRoutes(settings: ComputeSettings): Route[] {
  const path = '/v2.1/servers/:serverId/migrations';
  const one = `${path}/:migrationId`;
  const none = (method: Method, where: string, what: string, since: string) =>
    route({
      method,
      path: where,
      operation: `compute:server-migrations:${what}`,
      policy: policies.admin,
      versions: { min: version(since) },
      async handler(request) {
        const { serverId = '', migrationId = '' } = request.params;
        await visibleServer(settings.store.db, caller(request), serverId);
        throw new Fault('notFound', `In-progress live migration ${migrationId.slice(0, 64)} is not found.`);
      },
    });
  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:server-migrations:list',
      policy: policies.admin,
      versions: { min: version('2.23') },
      async handler(request) {
        await visibleServer(settings.store.db, caller(request), request.params.serverId ?? '');
        return { migrations: [] };
      },
    }),
    none('GET', one, 'get', '2.23'),
    none('DELETE', one, 'abort', '2.24'),
    none('POST', `${one}/action`, 'force-complete', '2.22'),
  ];
}
