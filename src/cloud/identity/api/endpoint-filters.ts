import { type Static, Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { type Method, type Route, route } from '../../../kernel/http/index.ts';
import { type EndpointGroup, endpointsIn, interfaces } from '../domain/catalog.ts';
import type { Environment } from '../environment.ts';
import { found } from '../operations/catalog.ts';
import {
  type Chosen,
  choose,
  createEndpointGroup,
  deleteEndpointGroup,
  endpointsOf,
  groupsOf,
  mustBeChosen,
  projectsWith,
  unchoose,
  updateEndpointGroup,
} from '../operations/endpoint-filters.ts';
import { must } from '../store/queries.ts';
import { currentCatalog, pageOf } from './catalog.ts';
import { endpointView } from './endpoints.ts';
import { projectView } from './projects.ts';
import { listReply, resource } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, ref, text } from './schemas.ts';

const filters = Type.Object(
  {
    service_id: Type.Optional(ref),
    region_id: Type.Optional(nullable(ref)),
    interface: Type.Optional(Type.Union(interfaces.map((each) => Type.Literal(each)))),
  },
  { additionalProperties: false },
);
const attributes = Type.Object({ name: name(255), description: Type.Optional(nullable(text(65_535))), filters });

const policy = policies.admin;
const groups = '/v3/OS-EP-FILTER/endpoint_groups';
const group = `${groups}/:endpointGroupId`;
const project = '/v3/OS-EP-FILTER/projects/:projectId';
const groupParams = Type.Object({ endpointGroupId: ref });
const projectParams = Type.Object({ projectId: ref });

/** Groups of endpoints, and the endpoints of which a project's tokens tell (Identity API v3, OS-EP-FILTER). */
export function endpointFilterRoutes(environment: Environment): Route[] {
  return [...groupRoutes(environment), ...groupChoices(environment), ...endpointChoices(environment)];
}

function groupRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'GET',
      path: groups,
      operation: 'identity:endpoint_groups:list',
      policy,
      query: listQuery({ name: Type.Optional(ref) }),
      handler: async (request) => {
        const { name: wanted } = request.query;
        const all = (await currentCatalog(environment)).groups.filter((one) => !wanted || one.name === wanted);
        return listReply(
          request,
          'endpoint_groups',
          pageOf(all, request.query).map((one) => view(request, one)),
        );
      },
    }),
    route({
      method: 'POST',
      path: groups,
      operation: 'identity:endpoint_groups:create',
      policy,
      status: 201,
      bodyLimit,
      body: Type.Object({ endpoint_group: attributes }),
      handler: async (request) => {
        const { endpoint_group: said } = request.body;
        const wanted = { name: said.name, description: said.description ?? '', filters: said.filters };
        return { endpoint_group: view(request, await createEndpointGroup(environment, wanted)) };
      },
    }),
    route({
      method: 'GET',
      path: group,
      operation: 'identity:endpoint_groups:show',
      policy,
      params: groupParams,
      handler: async (request) => {
        const catalog = await currentCatalog(environment);
        return { endpoint_group: view(request, found(catalog, 'endpoint_group', request.params.endpointGroupId)) };
      },
    }),
    route({
      method: 'PATCH',
      path: group,
      operation: 'identity:endpoint_groups:update',
      policy,
      params: groupParams,
      bodyLimit,
      body: Type.Object({ endpoint_group: Type.Partial(attributes) }),
      handler: async (request) => {
        const { endpointGroupId } = request.params;
        const wanted = given(request.body.endpoint_group);
        return { endpoint_group: view(request, await updateEndpointGroup(environment, endpointGroupId, wanted)) };
      },
    }),
    route({
      method: 'DELETE',
      path: group,
      operation: 'identity:endpoint_groups:delete',
      policy,
      params: groupParams,
      status: 204,
      handler: (request) => deleteEndpointGroup(environment, request.params.endpointGroupId),
    }),
    route({
      method: 'GET',
      path: `${group}/endpoints`,
      operation: 'identity:endpoint_groups:endpoints',
      policy,
      params: groupParams,
      handler: async (request) => {
        const catalog = await currentCatalog(environment);
        const endpoints = endpointsIn(
          found(catalog, 'endpoint_group', request.params.endpointGroupId),
          catalog.endpoints,
        );
        return listReply(
          request,
          'endpoints',
          endpoints.map((one) => endpointView(request, one)),
        );
      },
    }),
  ];
}

function groupChoices(environment: Environment): Route[] {
  const one = `${group}/projects/:projectId`;
  return [
    route({
      method: 'GET',
      path: `${project}/endpoint_groups`,
      operation: 'identity:endpoint_groups:of_project',
      policy,
      params: projectParams,
      handler: async (request) => {
        const { id } = await must(environment.store.db, 'project', request.params.projectId);
        const chosen = groupsOf(await currentCatalog(environment), id);
        return listReply(
          request,
          'endpoint_groups',
          chosen.map((each) => view(request, each)),
        );
      },
    }),
    route({
      method: 'GET',
      path: one,
      operation: 'identity:endpoint_groups:check_project',
      policy,
      params: Type.Object({ endpointGroupId: ref, projectId: ref }),
      handler: async (request) => {
        const { endpointGroupId, projectId } = request.params;
        const catalog = await currentCatalog(environment);
        mustBeChosen(catalog, 'endpoint_group', endpointGroupId, projectId);
        return { endpoint_group: view(request, found(catalog, 'endpoint_group', endpointGroupId)) };
      },
    }),
    projectsRoute(environment, 'endpoint_group', `${group}/projects`),
    ...choiceRoutes(environment, 'endpoint_group', one),
  ];
}

function endpointChoices(environment: Environment): Route[] {
  const one = `${project}/endpoints/:endpointId`;
  const check = (method: 'GET' | 'HEAD') =>
    route({
      method,
      path: one,
      operation: 'identity:endpoint_filters:check_project',
      policy,
      params: Type.Object({ projectId: ref, endpointId: ref }),
      status: 204,
      handler: async (request) => {
        const { endpointId, projectId } = request.params;
        mustBeChosen(await currentCatalog(environment), 'endpoint', endpointId, projectId);
      },
    });
  return [
    route({
      method: 'GET',
      path: `${project}/endpoints`,
      operation: 'identity:endpoint_filters:of_project',
      policy,
      params: projectParams,
      handler: async (request) => {
        const { id } = await must(environment.store.db, 'project', request.params.projectId);
        const chosen = endpointsOf(await currentCatalog(environment), id);
        return listReply(
          request,
          'endpoints',
          chosen.map((each) => endpointView(request, each)),
        );
      },
    }),
    check('GET'),
    check('HEAD'),
    projectsRoute(environment, 'endpoint', '/v3/OS-EP-FILTER/endpoints/:endpointId/projects'),
    ...choiceRoutes(environment, 'endpoint', one),
  ];
}

const chosenParams = {
  endpoint: Type.Object({ endpointId: ref }),
  endpoint_group: Type.Object({ endpointGroupId: ref }),
} as const;

function idIn(params: { readonly endpointId: string } | { readonly endpointGroupId: string }): string {
  return 'endpointId' in params ? params.endpointId : params.endpointGroupId;
}

/** The projects for which something was chosen. */
function projectsRoute(environment: Environment, kind: Chosen, path: string): Route {
  return route({
    method: 'GET',
    path,
    operation: `identity:${kind}s:projects`,
    policy,
    params: chosenParams[kind],
    handler: async (request) => {
      const rows = await projectsWith(environment, await currentCatalog(environment), kind, idIn(request.params));
      return listReply(
        request,
        'projects',
        rows.map((row) => projectView(request, row)),
      );
    },
  });
}

/** Chooses something for a project, and takes that back. */
function choiceRoutes(environment: Environment, kind: Chosen, path: string): Route[] {
  const change = (method: Method, verb: string, act: typeof choose) =>
    route({
      method,
      path,
      operation: `identity:${kind}s:${verb}`,
      policy,
      params: Type.Intersect([projectParams, chosenParams[kind]]),
      status: 204,
      handler: (request) => act(environment, kind, idIn(request.params), request.params.projectId),
    });
  return [change('PUT', 'choose', choose), change('DELETE', 'unchoose', unchoose)];
}

/** What a body says of a group. */
function given(said: Partial<Static<typeof attributes>>) {
  const { name: called, description, filters: wanted } = said;
  return {
    ...(called !== undefined && { name: called }),
    ...(description !== undefined && { description: description ?? '' }),
    ...(wanted !== undefined && { filters: wanted }),
  };
}

function view(
  request: { readonly baseUrl: string },
  { id, name: called, description, filters: wanted }: EndpointGroup,
) {
  return resource(request, 'OS-EP-FILTER/endpoint_groups', { id, name: called, description, filters: wanted });
}
