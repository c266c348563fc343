import { Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import { managesDomain } from '../domain/access.ts';
import type { Environment } from '../environment.ts';
import { updateProject } from '../operations/projects.ts';
import { must } from '../store/queries.ts';
import type { ProjectRow } from '../store/tables.ts';
import { maxTags, tag, visibleProject } from './projects.ts';
import { own } from './replies.ts';
import { bodyLimit, ref } from './schemas.ts';

const params = Type.Object({ projectId: ref });
const oneParams = Type.Object({ projectId: ref, tag });
const allPath = '/v3/projects/:projectId/tags';
const onePath = `${allPath}/:tag`;

/** Single tags of a project, and all at once. */
export function projectTagRoutes(environment: Environment): Route[] {
  /** Changes the tags of a project that the caller manages. */
  async function change(context: Context, id: string, next: (tags: readonly string[]) => readonly string[]) {
    own('project', await must(environment.store.db, 'project', id), (domainId) => managesDomain(context, domainId));
    return updateProject(environment, id, ({ tags }) => ({ tags: next(tags) }));
  }
  const has = ({ id, tags }: ProjectRow, wanted: string) => {
    if (!tags.includes(wanted)) throw new Fault('notFound', `Could not find project tag: ${wanted} in project ${id}.`);
  };
  const check = (method: 'GET' | 'HEAD') =>
    route({
      method,
      path: onePath,
      operation: 'identity:projects:check_tag',
      policy: policies.authenticated,
      params: oneParams,
      status: 204,
      handler: async (request) => {
        has(
          await visibleProject(environment, caller(request), request.params.projectId, 'identity:get_project_tag'),
          request.params.tag,
        );
      },
    });
  const linksOf = ({ baseUrl }: { readonly baseUrl: string }, id: string) => ({
    self: `${baseUrl}/v3/projects/${id}/tags`,
  });
  return [
    route({
      method: 'GET',
      path: allPath,
      operation: 'identity:projects:tags',
      policy: policies.authenticated,
      params,
      handler: async (request) => {
        const { projectId } = request.params;
        const { tags } = await visibleProject(environment, caller(request), projectId, 'identity:list_project_tags');
        return { tags, links: linksOf(request, projectId) };
      },
    }),
    route({
      method: 'PUT',
      path: allPath,
      operation: 'identity:projects:replace_tags',
      policy: policies.directoryManager,
      params,
      bodyLimit,
      body: Type.Object({ tags: Type.Array(tag, { maxItems: maxTags, uniqueItems: true }) }),
      handler: async (request) => {
        const { projectId } = request.params;
        const { tags } = await change(caller(request), projectId, () => request.body.tags);
        return { tags, links: linksOf(request, projectId) };
      },
    }),
    route({
      method: 'DELETE',
      path: allPath,
      operation: 'identity:projects:delete_tags',
      policy: policies.directoryManager,
      params,
      status: 204,
      handler: async (request) => void (await change(caller(request), request.params.projectId, () => [])),
    }),
    route({
      method: 'PUT',
      path: onePath,
      operation: 'identity:projects:add_tag',
      policy: policies.directoryManager,
      params: oneParams,
      status: 201,
      handler: async (request) => {
        const { projectId, tag: wanted } = request.params;
        await change(caller(request), projectId, (tags) => {
          if (!tags.includes(wanted) && tags.length >= maxTags) {
            throw new Fault('badRequest', `A project has at most ${maxTags} tags.`);
          }
          return [...new Set([...tags, wanted])];
        });
        const self = `${request.baseUrl}/v3/projects/${projectId}/tags/${encodeURIComponent(wanted)}`;
        return new Reply({ headers: { Location: self } });
      },
    }),
    check('GET'),
    check('HEAD'),
    route({
      method: 'DELETE',
      path: onePath,
      operation: 'identity:projects:delete_tag',
      policy: policies.directoryManager,
      params: oneParams,
      status: 204,
      handler: async (request) => {
        const { projectId, tag: wanted } = request.params;
        await updateProject(
          environment,
          own('project', await must(environment.store.db, 'project', projectId), (domainId) =>
            managesDomain(caller(request), domainId),
          ).id,
          (before) => {
            has(before, wanted);
            return { tags: before.tags.filter((other) => other !== wanted) };
          },
        );
      },
    }),
  ];
}
