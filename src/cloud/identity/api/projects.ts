import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { managesDomain, readsDomain } from '../domain/access.ts';
import type { Environment } from '../environment.ts';
import { createDomain, deleteDomain, findDomain, listDomains, updateDomain } from '../operations/domains.ts';
import {
  createProject,
  deleteProject,
  listParents,
  listProjects,
  listSubtree,
  updateProject,
} from '../operations/projects.ts';
import { must } from '../store/queries.ts';
import type { DomainRow, ProjectRow } from '../store/tables.ts';
import { optionalFlag } from './domains.ts';
import { domainForNew, domainOfList, extraOf, flag, forbidden, listReply, own, resource } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, options, ref, text } from './schemas.ts';

/** Tags hold neither slash nor comma (API-WG tags guideline). */
export const tag = Type.String({ minLength: 1, maxLength: 255, pattern: '^[^,/\\u0000]*$' });
export const maxTags = 80;

const attributes = {
  description: Type.Optional(nullable(text(65_535))),
  enabled: Type.Optional(Type.Boolean()),
  tags: Type.Optional(Type.Array(tag, { maxItems: maxTags, uniqueItems: true })),
  domain_id: Type.Optional(nullable(ref)),
  parent_id: Type.Optional(nullable(ref)),
  is_domain: Type.Optional(Type.Boolean()),
  options,
};
const known = ['id', 'name', 'links', ...Object.keys(attributes)];
const params = Type.Object({ projectId: ref });
const optionalRef = Type.Optional(ref);
const listFilters = Type.Object({
  ...listQuery({ name: optionalRef, domain_id: optionalRef, enabled: optionalRef, parent_id: optionalRef }).properties,
  is_domain: optionalRef,
  tags: optionalRef,
  'tags-any': optionalRef,
  'not-tags': optionalRef,
  'not-tags-any': optionalRef,
});
const familyQuery = Type.Object({
  parents_as_list: optionalRef,
  parents_as_ids: optionalRef,
  subtree_as_list: optionalRef,
  subtree_as_ids: optionalRef,
});

const createBody = Type.Object({ project: Type.Object({ ...attributes, name: name(64) }) });
const updateBody = Type.Object({ project: Type.Object({ ...attributes, name: Type.Optional(name(64)) }) });

/** Projects, and domains as the projects that Keystone says they are (`is_domain`). */
export function projectRoutes(environment: Environment): Route[] {
  const { db } = environment.store;
  return [
    route({
      method: 'POST',
      path: '/v3/projects',
      operation: 'identity:projects:create',
      policy: policies.directoryManager,
      status: 201,
      bodyLimit,
      body: createBody,
      handler: async (request) => ({
        project: await create(environment, caller(request), request, request.body.project),
      }),
    }),
    route({
      method: 'GET',
      path: '/v3/projects',
      operation: 'identity:projects:list',
      policy: policies.directoryReader,
      query: listFilters,
      handler: async (request) => {
        const { query } = request;
        const domainId = domainOfList(caller(request), query.domain_id);
        if (flag(query.is_domain) !== true) {
          return projectList(request, await listProjects(environment, filterOf({ ...query, domain_id: domainId })));
        }
        // No domain is in another one.
        const rows = domainId === undefined ? await listDomains(environment, filterOf(query)) : [];
        return listReply(
          request,
          'projects',
          rows.map((row) => domainAsProject(request, row)),
        );
      },
    }),
    route({
      method: 'GET',
      path: '/v3/projects/:projectId',
      operation: 'identity:projects:show',
      policy: policies.authenticated,
      params,
      query: familyQuery,
      handler: async (request) => {
        const { projectId } = request.params;
        const context = caller(request);
        const domain = await findDomain(environment, projectId);
        if (domain !== undefined && readsDomain(context, projectId)) {
          return { project: domainAsProject(request, domain) };
        }
        const row = await visibleProject(environment, context, projectId, 'identity:get_project');
        const family = await familyOf(environment, context, request, row);
        return { project: { ...projectView(request, row), ...family } };
      },
    }),
    route({
      method: 'PATCH',
      path: '/v3/projects/:projectId',
      operation: 'identity:projects:update',
      policy: policies.directoryManager,
      params,
      bodyLimit,
      body: updateBody,
      handler: async (request) => {
        const { project } = request.body;
        const context = caller(request);
        const changes = {
          ...(project.name !== undefined && { name: project.name }),
          ...(project.description !== undefined && { description: project.description ?? '' }),
          ...(project.enabled !== undefined && { enabled: project.enabled }),
          extra: extraOf(project, known),
        };
        const { projectId } = request.params;
        if (context.isAdmin && (await findDomain(environment, projectId)) !== undefined) {
          return { project: domainAsProject(request, await updateDomain(environment, projectId, changes)) };
        }
        const before = own('project', await must(db, 'project', projectId), (id) => managesDomain(context, id));
        refuseMove(before, project);
        const tags = project.tags && { tags: project.tags };
        return {
          project: projectView(request, await updateProject(environment, before.id, () => ({ ...changes, ...tags }))),
        };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v3/projects/:projectId',
      operation: 'identity:projects:delete',
      policy: policies.directoryManager,
      params,
      status: 204,
      handler: async (request) => {
        const context = caller(request);
        const { projectId } = request.params;
        if (context.isAdmin && (await findDomain(environment, projectId)) !== undefined) {
          return deleteDomain(environment, context, projectId);
        }
        own('project', await must(db, 'project', projectId), (id) => managesDomain(context, id));
        return deleteProject(environment, context, projectId);
      },
    }),
  ];
}

async function create(
  environment: Environment,
  context: Context,
  request: { readonly baseUrl: string },
  project: Static<typeof createBody>['project'],
) {
  const wanted = {
    name: project.name,
    description: project.description ?? '',
    enabled: project.enabled ?? true,
    extra: extraOf(project, known),
  };
  if (project.is_domain === true) {
    if (!context.isAdmin) throw forbidden('identity:create_project');
    if (project.parent_id != null || project.domain_id != null) {
      throw badRequest('Only root projects are allowed to act as domains.');
    }
    return domainAsProject(request, await createDomain(environment, wanted));
  }
  const place = { domainId: project.domain_id ?? undefined, parentId: project.parent_id ?? undefined };
  if (!context.isAdmin) place.domainId = domainForNew(context, place.domainId, 'identity:create_project');
  return projectView(
    request,
    await createProject(environment, context, place, { ...wanted, tags: project.tags ?? [] }),
  );
}

/** The project: for administrators, readers of its domain, and those who hold a role in it; 403 for everybody else. */
export async function visibleProject(
  environment: Environment,
  context: Context,
  projectId: string,
  operation: string,
): Promise<ProjectRow> {
  const held = context.projectId === projectId || (await holdsRole(environment, context, projectId));
  const mayAsk = held || context.isAdmin || context.system || context.domainId !== null;
  if (!mayAsk) throw forbidden(operation);
  const row = await must(environment.store.db, 'project', projectId);
  return held ? row : own('project', row, (domainId) => readsDomain(context, domainId));
}

async function holdsRole({ directory }: Environment, { userId }: Context, projectId: string): Promise<boolean> {
  return (await directory.grants(userId, `project:${projectId}`)).length > 0;
}

/** What is above and below a project, as far as it was asked for. */
async function familyOf(
  environment: Environment,
  context: Context,
  { baseUrl, query }: { readonly baseUrl: string; readonly query: Static<typeof familyQuery> },
  row: ProjectRow,
) {
  const asked = (key: keyof typeof query) => query[key] !== undefined && (flag(query[key]) ?? true);
  for (const side of ['parents', 'subtree'] as const) {
    if (asked(`${side}_as_list`) && asked(`${side}_as_ids`)) {
      throw badRequest(`Cannot use ${side}_as_list and ${side}_as_ids query params at the same time.`);
    }
  }
  const needed = (side: 'parents' | 'subtree') => asked(`${side}_as_list`) || asked(`${side}_as_ids`);
  const { db } = environment.store;
  const parents = needed('parents') ? await listParents(db, row.id) : [];
  const subtree = needed('subtree') ? await listSubtree(db, row.id) : [];
  const shown = async (rows: readonly ProjectRow[]) => {
    const all = await Promise.all(
      rows.map(async (one) => readsDomain(context, one.domain_id) || (await holdsRole(environment, context, one.id))),
    );
    return rows.filter((_, index) => all[index]).map((one) => ({ project: projectView({ baseUrl }, one) }));
  };
  return {
    ...(asked('parents_as_list') && { parents: await shown(parents) }),
    ...(asked('parents_as_ids') && { parents: chainOf([...parents.map(({ id }) => id), row.domain_id]) }),
    ...(asked('subtree_as_list') && { subtree: await shown(subtree) }),
    ...(asked('subtree_as_ids') && { subtree: treeOf(row.id, subtree) }),
  };
}

interface Tree {
  readonly [id: string]: Tree | null;
}

/** `[a, b]` → `{ a: { b: null } }`. */
function chainOf([first, ...rest]: readonly string[]): Tree | null {
  return first === undefined ? null : { [first]: chainOf(rest) };
}

function treeOf(id: string, rows: readonly ProjectRow[]): Tree | null {
  const children = rows.filter(({ parent_id }) => parent_id === id);
  if (children.length === 0) return null;
  return Object.fromEntries(children.map((child) => [child.id, treeOf(child.id, rows)]));
}

type Filters = Partial<Static<typeof listFilters>>;

function filterOf(query: Filters) {
  const list = (value: string | undefined) => value?.split(',').filter((one) => one !== '');
  const optional = <K extends string, V>(key: K, value: V | undefined) =>
    (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
  return {
    ...optional('name', query.name),
    ...optional('limit', query.limit),
    ...optional('marker', query.marker),
    ...optional('domainId', query.domain_id),
    ...optional('parentId', query.parent_id),
    ...optional('tags', list(query.tags)),
    ...optional('tagsAny', list(query['tags-any'])),
    ...optional('notTags', list(query['not-tags'])),
    ...optional('notTagsAny', list(query['not-tags-any'])),
    ...optionalFlag(query.enabled),
  };
}

function refuseMove(before: ProjectRow, wanted: { domain_id?: string | null; parent_id?: string | null }): void {
  const moves =
    (wanted.domain_id !== undefined && wanted.domain_id !== before.domain_id) ||
    (wanted.parent_id !== undefined && wanted.parent_id !== (before.parent_id ?? before.domain_id));
  if (moves) throw badRequest('A project stays in its domain and below its parent.');
}

/** A list of projects as the API shows it. */
export function projectList(
  request: { baseUrl: string; url: string; query: unknown },
  rows: readonly ProjectRow[],
): unknown {
  return listReply(
    request,
    'projects',
    rows.map((row) => projectView(request, row)),
  );
}

/** A project as the API shows it. */
export function projectView(request: { readonly baseUrl: string }, row: ProjectRow) {
  const { id, name, domain_id, description, enabled, tags, extra } = row;
  const parent_id: string | null = row.parent_id ?? domain_id;
  const view = { id, name, domain_id, description, enabled, parent_id, is_domain: false, tags, options: {} };
  return resource(request, 'projects', view, extra);
}

function domainAsProject(request: { readonly baseUrl: string }, row: DomainRow) {
  const { id, name, description, enabled, extra } = row;
  const nowhere = { domain_id: null, parent_id: null, is_domain: true };
  return resource(request, 'projects', { id, name, description, enabled, ...nowhere, tags: [], options: {} }, extra);
}
