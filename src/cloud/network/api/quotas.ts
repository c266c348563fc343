import Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { disallowed } from '../domain/faults.ts';
import { defaultQuotas, quotaResources } from '../domain/quotas.ts';
import { type OperationDeps, perform } from '../operations/change.ts';
import { projectsWithQuotas, type Quotas, quotasOf, resetQuotas, setQuotas, usageOf } from '../store/quotas.ts';
import { body, integer, optional, projectId, toInteger } from './schemas.ts';

const limit = optional(integer);
const limits = body({
  network: limit,
  subnet: limit,
  subnetpool: limit,
  port: limit,
  router: limit,
  floatingip: limit,
  security_group: limit,
  security_group_rule: limit,
  rbac_policy: limit,
  tenant_id: optional(projectId),
  project_id: optional(projectId),
});

const params = Type.Object({ project: projectId });

function limitsOf(sent: Type.Static<typeof limits>): Partial<Quotas> {
  const wanted = quotaResources.map((name) => [name, toInteger(name, sent[name], -1, 2_147_483_647)] as const);
  return Object.fromEntries(wanted.filter(([, value]) => value !== undefined));
}

function mayRead(context: Context, project: string): void {
  if (!context.isAdmin && context.projectId !== project) throw disallowed('get_quota');
}

/** Neutron answers a project's limits under `/quotas/PROJECT`, with `/default` and `/details` below it. */
export function quotaRoutes(deps: OperationDeps): Route[] {
  const { db } = deps.store;
  const operation = (what: string) => `network:quotas:${what}`;
  return [
    route({
      method: 'GET',
      path: '/v2.0/quotas',
      operation: operation('list'),
      policy: policies.admin,
      async handler() {
        const projects = await projectsWithQuotas(db);
        const quotas = await Promise.all(
          projects.map(async (id) => ({ project_id: id, tenant_id: id, ...(await quotasOf(db, id)) })),
        );
        return { quotas };
      },
    }),
    route({
      method: 'GET',
      path: '/v2.0/quotas/:project',
      operation: operation('show'),
      policy: policies.projectReader,
      params,
      async handler({ context, params: { project } }) {
        mayRead(caller({ context }), project);
        return { quota: await quotasOf(db, project) };
      },
    }),
    route({
      method: 'GET',
      path: '/v2.0/quotas/:project/default',
      operation: operation('default'),
      policy: policies.projectReader,
      params,
      handler({ context, params: { project } }) {
        mayRead(caller({ context }), project);
        return { quota: defaultQuotas };
      },
    }),
    // Tempest asks for JSON by the name of the file.
    ...['details', 'details.json'].map((details) => detailsRoute(deps, details)),
    route({
      method: 'PUT',
      path: '/v2.0/quotas/:project',
      operation: operation('update'),
      policy: policies.admin,
      params,
      body: Type.Object({ quota: limits }, { additionalProperties: false }),
      async handler({ context, params: { project }, body: { quota } }) {
        await perform(deps, caller({ context }), ({ tx }) => setQuotas(tx, project, limitsOf(quota)));
        return { quota: await quotasOf(db, project) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v2.0/quotas/:project',
      operation: operation('reset'),
      policy: policies.admin,
      status: 204,
      params,
      async handler({ context, params: { project } }) {
        await perform(deps, caller({ context }), ({ tx }) => resetQuotas(tx, project));
      },
    }),
  ];
}

function detailsRoute({ store: { db } }: OperationDeps, details: string): Route {
  return route({
    method: 'GET',
    path: `/v2.0/quotas/:project/${details}`,
    operation: `network:quotas:${details}`,
    policy: policies.projectReader,
    params,
    async handler({ context, params: { project } }) {
      mayRead(caller({ context }), project);
      const [set, used] = await Promise.all([quotasOf(db, project), usageOf(db, project)]);
      const counts = quotaResources.map((name) => [name, { limit: set[name], used: used[name], reserved: 0 }]);
      return { quota: Object.fromEntries(counts) };
    },
  });
}
