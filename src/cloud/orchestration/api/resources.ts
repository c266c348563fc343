import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { notFound } from '../../../kernel/base/errors.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import type { OrchestrationApi } from '../operations.ts';
import { inProject, projectPath, stackPath } from './paths.ts';
import { eventView, resourceView, withDependents } from './views.ts';

const resourcePath = Type.Object({ ...stackPath.properties, name: Type.String() });
const pageQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1 })),
  marker: Type.Optional(Type.String({ format: 'uuid' })),
});
const pageLimit = 1000;

/** A stack's resources and what happened to them. */
export function resourceRoutes(api: OrchestrationApi, types: readonly string[]): Route[] {
  const base = '/v1/:projectId/stacks/:stack/:id';
  return [
    route({
      method: 'GET',
      path: `${base}/resources`,
      operation: 'resource:index',
      policy: policies.projectReader,
      params: stackPath,
      async handler(request) {
        const row = await api.getStack(inProject(request), request.params.id);
        const rows = await api.resources(row);
        const views = rows.map((resource) => resourceView(request.baseUrl, row, resource));
        return { resources: withDependents(views, rows) };
      },
    }),
    route({
      method: 'GET',
      path: `${base}/resources/:name`,
      operation: 'resource:show',
      policy: policies.projectReader,
      params: resourcePath,
      async handler(request) {
        const { row, rows, resource } = await findResource(api, request);
        const attributes = await api.attributes(row, resource);
        const [view] = withDependents([resourceView(request.baseUrl, row, resource, attributes)], rows);
        return { resource: view };
      },
    }),
    ...[`${base}/events`, `${base}/resources/:name/events`].map((path) =>
      route({
        method: 'GET',
        path,
        operation: 'events:index',
        policy: policies.projectReader,
        params: Type.Object({ ...stackPath.properties, name: Type.Optional(Type.String()) }),
        query: pageQuery,
        async handler(request) {
          const row = await api.getStack(inProject(request), request.params.id);
          const { limit, marker } = request.query;
          const { name } = request.params;
          const events = await api.events(row, {
            limit: Math.min(limit ?? pageLimit, pageLimit),
            ...(marker && { marker }),
            ...(name && { resourceName: name }),
          });
          return { events: events.map((event) => eventView(request.baseUrl, row, event)) };
        },
      }),
    ),
    route({
      method: 'GET',
      path: `${base}/resources/:name/events/:eventId`,
      operation: 'events:show',
      policy: policies.projectReader,
      params: Type.Object({ ...resourcePath.properties, eventId: Type.String() }),
      async handler(request) {
        const row = await api.getStack(inProject(request), request.params.id);
        const event = await api.event(row, request.params.eventId);
        if (event === undefined) throw notFound('Event', request.params.eventId);
        return { event: eventView(request.baseUrl, row, event) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/:projectId/resource_types',
      operation: 'stacks:list_resource_types',
      policy: policies.projectReader,
      params: projectPath,
      handler(request) {
        inProject(request);
        return { resource_types: types };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/:projectId/build_info',
      operation: 'build_info:build_info',
      policy: policies.projectReader,
      params: projectPath,
      handler(request) {
        inProject(request);
        return { api: { revision: 'andromede' }, engine: { revision: 'andromede' } };
      },
    }),
  ];
}

async function findResource(
  api: OrchestrationApi,
  request: Parameters<typeof inProject>[0] & { params: { id: string; name: string } },
) {
  const row = await api.getStack(inProject(request), request.params.id);
  const rows = await api.resources(row);
  const resource = rows.find(({ name }) => name === request.params.name);
  if (resource === undefined) throw notFound('Resource', `${request.params.name} of stack ${row.name}`);
  return { row, rows, resource };
}
