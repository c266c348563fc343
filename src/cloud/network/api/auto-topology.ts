import { policies } from '../../../kernel/access/policy.ts';
import { type ApiRequest, caller, type Route, route } from '../../../kernel/http/index.ts';
import { autoTopologyNotFound } from '../domain/faults.ts';
import { deleteAutoTopology, ensureAutoTopology, groundFor } from '../operations/auto-topology.ts';
import { type OperationDeps, perform } from '../operations/change.ts';

const path = '/v2.0/auto-allocated-topology/:projectId';

/** The extension `auto-allocated-topology`: a network with a way out, for projects that have none and want no more than that. */
export function autoTopologyRoutes(deps: OperationDeps): Route[] {
  return [
    route({
      method: 'GET',
      path,
      operation: 'network:auto_allocated_topology:show',
      policy: policies.projectMember,
      async handler(request) {
        const projectId = ownProject(request);
        const context = caller(request);
        const asked = new URL(request.url, 'http://any').searchParams.getAll('fields');
        if (asked.includes('dry-run')) {
          await perform(deps, context, groundFor);
          return view('dry-run=pass', projectId);
        }
        const { id } = await perform(deps, context, (change) => ensureAutoTopology(change, projectId));
        return view(id, projectId);
      },
    }),
    route({
      method: 'DELETE',
      path,
      operation: 'network:auto_allocated_topology:delete',
      policy: policies.projectMember,
      status: 204,
      async handler(request) {
        const projectId = ownProject(request);
        await perform(deps, caller(request), (change) => deleteAutoTopology(change, projectId));
      },
    }),
  ];
}

/** The project in the path, be it the token's by the name `None`; another's only an administrator finds. */
function ownProject(request: ApiRequest<Record<string, string>, unknown, unknown>): string {
  const context = caller(request);
  const { projectId: asked = '' } = request.params;
  const projectId = asked === 'None' || asked === 'null' ? context.projectId : asked;
  if (projectId === null || (projectId !== context.projectId && !context.isAdmin)) throw autoTopologyNotFound(asked);
  return projectId;
}

function view(id: string, projectId: string) {
  return { auto_allocated_topology: { id, project_id: projectId, tenant_id: projectId } };
}
