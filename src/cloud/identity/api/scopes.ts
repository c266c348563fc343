import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { sql } from '../../../kernel/store/index.ts';
import type { Environment } from '../environment.ts';
import { listProjects } from '../operations/projects.ts';
import { heldBy, identityTables, paged } from '../store/queries.ts';
import { domainView, optionalFlag } from './domains.ts';
import { projectList } from './projects.ts';
import { listReply, selfOrDomain } from './replies.ts';
import { listQuery, ref } from './schemas.ts';

/** Where a user may work: the scopes that its tokens may have. */
export function scopeRoutes(environment: Environment): Route[] {
  return [
    ...['/v3/auth/projects', '/v3/OS-FEDERATION/projects'].map((path) =>
      route({
        method: 'GET',
        path,
        operation: 'identity:auth:projects',
        policy: policies.authenticated,
        query: listQuery({}),
        handler: async (request) => {
          const filter = { ...request.query, enabled: true, holderId: caller(request).userId };
          return projectList(request, await listProjects(environment, filter));
        },
      }),
    ),
    ...['/v3/auth/domains', '/v3/OS-FEDERATION/domains'].map((path) =>
      route({
        method: 'GET',
        path,
        operation: 'identity:auth:domains',
        policy: policies.authenticated,
        query: listQuery({}),
        handler: async (request) => {
          const query = identityTables(environment.store.db)
            .selectFrom('identity.domain')
            .selectAll()
            .where('enabled', '=', true)
            .where(
              sql<boolean>`id in (select substr(target, 8) from identity.role_assignment
                where ${heldBy(caller(request).userId)} and not inherited and target like 'domain:%')`,
            );
          const rows = await paged(query, 'id', request.query).execute();
          return listReply(
            request,
            'domains',
            rows.map((row) => domainView(request, row)),
          );
        },
      }),
    ),
    route({
      method: 'GET',
      path: '/v3/auth/system',
      operation: 'identity:auth:system',
      policy: policies.authenticated,
      handler: async (request) => {
        const roles = await environment.directory.grants(caller(request).userId, 'system');
        return {
          links: { next: null, self: `${request.baseUrl}/v3/auth/system`, previous: null },
          system: roles.length > 0 ? [{ all: true }] : [],
        };
      },
    }),
    route({
      method: 'GET',
      path: '/v3/users/:userId/projects',
      operation: 'identity:users:projects',
      policy: policies.authenticated,
      params: Type.Object({ userId: ref }),
      query: listQuery({ name: Type.Optional(ref), domain_id: Type.Optional(ref), enabled: Type.Optional(ref) }),
      handler: async (request) => {
        const { userId } = request.params;
        await selfOrDomain(environment, caller(request), userId, 'identity:list_user_projects');
        const { domain_id, enabled, ...rest } = request.query;
        const filter = { ...rest, ...optionalFlag(enabled), ...(domain_id !== undefined && { domainId: domain_id }) };
        return projectList(request, await listProjects(environment, { ...filter, holderId: userId }));
      },
    }),
  ];
}
