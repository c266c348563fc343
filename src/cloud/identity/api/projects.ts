import { Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { Environment } from '../environment.ts';
import { createProject, deleteProject, listProjects, listProjectsOf, updateProject } from '../operations/projects.ts';
import { must } from '../store/queries.ts';
import type { ProjectRow } from '../store/tables.ts';
import { optionalFlag } from './domains.ts';
import { extraOf, forbidden, listReply, resource, selfOrAdmin } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, options, ref, text } from './schemas.ts';

/** Tags hold neither slash nor comma (API-WG tags guideline). */
const tag = Type.String({ minLength: 1, maxLength: 255, pattern: '^[^,/\\u0000]*$' });

const attributes = {
  description: Type.Optional(nullable(text(65_535))),
  enabled: Type.Optional(Type.Boolean()),
  tags: Type.Optional(Type.Array(tag, { maxItems: 80, uniqueItems: true })),
  domain_id: Type.Optional(nullable(ref)),
  parent_id: Type.Optional(nullable(ref)),
  is_domain: Type.Optional(Type.Boolean()),
  options,
};
const known = ['id', 'name', 'links', ...Object.keys(attributes)];
const params = Type.Object({ projectId: ref });
const filters = { name: Type.Optional(ref), domain_id: Type.Optional(ref), enabled: Type.Optional(ref) };

interface Filters {
  readonly name?: string;
  readonly domain_id?: string;
  readonly parent_id?: string;
  readonly enabled?: string;
  readonly limit?: number;
  readonly marker?: string;
}

export function projectRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v3/projects',
      operation: 'identity:projects:create',
      policy: policies.admin,
      status: 201,
      bodyLimit,
      body: Type.Object({ project: Type.Object({ ...attributes, name: name(64) }) }),
      handler: async (request) => {
        const { project } = request.body;
        if (project.is_domain === true) {
          throw new Fault('notSupported', 'Projects that act as domains are not supported; create a domain.');
        }
        const place = { domainId: project.domain_id ?? undefined, parentId: project.parent_id ?? undefined };
        const row = await createProject(environment, caller(request), place, {
          name: project.name,
          description: project.description ?? '',
          enabled: project.enabled ?? true,
          tags: project.tags ?? [],
          extra: extraOf(project, known),
        });
        return { project: projectView(request, row) };
      },
    }),
    route({
      method: 'GET',
      path: '/v3/projects',
      operation: 'identity:projects:list',
      policy: policies.admin,
      query: listQuery({ ...filters, parent_id: Type.Optional(ref), is_domain: Type.Optional(ref) }),
      handler: async (request) => {
        const actsAsDomain = optionalFlag(request.query.is_domain).enabled === true;
        const rows = actsAsDomain ? [] : await listProjects(environment, filterOf(request.query));
        return projectList(request, rows);
      },
    }),
    route({
      method: 'GET',
      path: '/v3/projects/:projectId',
      operation: 'identity:projects:show',
      policy: policies.authenticated,
      params,
      handler: async (request) => {
        const { projectId } = request.params;
        if (!(await maySee(environment, caller(request), projectId))) throw forbidden('identity:get_project');
        return { project: projectView(request, await must(environment.store.db, 'project', projectId)) };
      },
    }),
    route({
      method: 'PATCH',
      path: '/v3/projects/:projectId',
      operation: 'identity:projects:update',
      policy: policies.admin,
      params,
      bodyLimit,
      body: Type.Object({ project: Type.Object({ ...attributes, name: Type.Optional(name(64)) }) }),
      handler: async (request) => {
        const { project } = request.body;
        const before = await must(environment.store.db, 'project', request.params.projectId);
        refuseMove(before, project);
        const row = await updateProject(environment, before.id, {
          ...(project.name !== undefined && { name: project.name }),
          ...(project.description !== undefined && { description: project.description ?? '' }),
          ...(project.enabled !== undefined && { enabled: project.enabled }),
          ...(project.tags !== undefined && { tags: project.tags }),
          extra: extraOf(project, known),
        });
        return { project: projectView(request, row) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v3/projects/:projectId',
      operation: 'identity:projects:delete',
      policy: policies.admin,
      params,
      status: 204,
      handler: (request) => deleteProject(environment, caller(request), request.params.projectId),
    }),
    route({
      method: 'GET',
      path: '/v3/users/:userId/projects',
      operation: 'identity:users:projects',
      policy: policies.authenticated,
      params: Type.Object({ userId: ref }),
      query: listQuery(filters),
      handler: async (request) => {
        const { userId } = request.params;
        selfOrAdmin(caller(request), userId, 'identity:list_user_projects');
        await must(environment.store.db, 'user', userId);
        return projectList(request, await listProjectsOf(environment, userId, filterOf(request.query)));
      },
    }),
    route({
      method: 'GET',
      path: '/v3/auth/projects',
      operation: 'identity:auth:projects',
      policy: policies.authenticated,
      query: listQuery({}),
      handler: async (request) => {
        const filter = { ...filterOf(request.query), enabled: true };
        return projectList(request, await listProjectsOf(environment, caller(request).userId, filter));
      },
    }),
  ];
}

/** Administrators see all projects, others those in which they hold a role. */
async function maySee({ directory }: Environment, context: Context, projectId: string): Promise<boolean> {
  if (context.isAdmin || context.projectId === projectId) return true;
  return (await directory.grants(context.userId, `project:${projectId}`)).length > 0;
}

function filterOf({ domain_id, parent_id, enabled, ...rest }: Filters) {
  return {
    ...rest,
    ...(domain_id !== undefined && { domainId: domain_id }),
    ...(parent_id !== undefined && { parentId: parent_id }),
    ...optionalFlag(enabled),
  };
}

function refuseMove(before: ProjectRow, wanted: { domain_id?: string | null; parent_id?: string | null }): void {
  const moves =
    (wanted.domain_id !== undefined && wanted.domain_id !== before.domain_id) ||
    (wanted.parent_id !== undefined && wanted.parent_id !== (before.parent_id ?? before.domain_id));
  if (moves) throw badRequest('A project stays in its domain and below its parent.');
}

function projectList(request: { baseUrl: string; url: string; query: unknown }, rows: readonly ProjectRow[]): unknown {
  return listReply(
    request,
    'projects',
    rows.map((row) => projectView(request, row)),
  );
}

function projectView(request: { readonly baseUrl: string }, row: ProjectRow) {
  const { id, name, domain_id, description, enabled, tags, extra } = row;
  const parent_id = row.parent_id ?? domain_id;
  const view = { id, name, domain_id, description, enabled, parent_id, is_domain: false, tags, options: {} };
  return resource(request, 'projects', view, extra);
}
