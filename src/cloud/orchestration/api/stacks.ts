import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import type { OrchestrationApi, StackAttributes } from '../operations.ts';
import { inProject, projectPath, stackPath } from './paths.ts';
import { stackDetail, stackSummary, stackUrl, validationView } from './views.ts';

const templateFields = {
  template: Type.Optional(Type.Union([Type.String(), Type.Object({})])),
  template_url: Type.Optional(Type.String()),
  parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  environment: Type.Optional(Type.Union([Type.Object({}), Type.String()])),
  environment_files: Type.Optional(Type.Array(Type.String())),
  files: Type.Optional(Type.Record(Type.String(), Type.String())),
};

const createBody = Type.Object({
  stack_name: Type.String({ minLength: 1, maxLength: 255 }),
  ...templateFields,
  disable_rollback: Type.Optional(Type.Boolean()),
  timeout_mins: Type.Optional(Type.Integer({ minimum: 1, maximum: 1440 })),
  tags: Type.Optional(Type.String()),
});

const listQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1 })),
  marker: Type.Optional(Type.String()),
  name: Type.Optional(Type.Array(Type.String())),
  id: Type.Optional(Type.Array(Type.String({ format: 'uuid' }))),
  status: Type.Optional(Type.Array(Type.String())),
  with_count: Type.Optional(Type.Boolean()),
});

const showQuery = Type.Object({ resolve_outputs: Type.Optional(Type.Boolean()) });

const pageLimit = 1000;
const bodyLimit = 2 * 1024 * 1024;

/** Stacks: list, create, find, show, delete, template, outputs, validate. */
export function stackRoutes(api: OrchestrationApi): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/:projectId/stacks',
      operation: 'stacks:index',
      policy: policies.projectReader,
      params: projectPath,
      query: listQuery,
      async handler(request) {
        const context = inProject(request);
        const { limit, marker, name, id, status } = request.query;
        const rows = await api.listStacks(context, {
          limit: Math.min(limit ?? pageLimit, pageLimit),
          ...(marker && { marker }),
          ...(name && { names: name }),
          ...(id && { ids: id }),
          ...(status && { statuses: status }),
        });
        return { stacks: rows.map((row) => stackSummary(request.baseUrl, row)) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/:projectId/stacks',
      operation: 'stacks:create',
      policy: policies.projectMember,
      status: 201,
      params: projectPath,
      body: createBody,
      bodyLimit,
      async handler(request) {
        const context = inProject(request);
        refuseUrl(request.body);
        const row = await api.createStack(context, request.body as StackAttributes);
        return { stack: { id: row.id, links: [{ href: stackUrl(request.baseUrl, row), rel: 'self' }] } };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/:projectId/validate',
      operation: 'stacks:validate_template',
      policy: policies.projectReader,
      params: projectPath,
      body: Type.Object(templateFields),
      bodyLimit,
      handler(request) {
        inProject(request);
        refuseUrl(request.body);
        return validationView(api.validate(request.body as StackAttributes));
      },
    }),
    route({
      method: 'GET',
      path: '/v1/:projectId/stacks/:stack',
      operation: 'stacks:lookup',
      policy: policies.projectReader,
      handler: (request) => redirect(api, request),
    }),
    route({
      method: 'DELETE',
      path: '/v1/:projectId/stacks/:stack',
      operation: 'stacks:delete_by_name',
      policy: policies.projectMember,
      handler: (request) => redirect(api, request),
    }),
    route({
      method: 'GET',
      path: '/v1/:projectId/stacks/:stack/:id',
      operation: 'stacks:show',
      policy: policies.projectReader,
      params: stackPath,
      query: showQuery,
      async handler(request) {
        const row = await api.getStack(inProject(request), request.params.id);
        const outputs = request.query.resolve_outputs === false ? undefined : await api.outputs(row);
        return { stack: stackDetail(request.baseUrl, await api.loadStack(row), outputs) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/:projectId/stacks/:stack/:id',
      operation: 'stacks:delete',
      policy: policies.projectMember,
      status: 204,
      params: stackPath,
      handler: (request) => api.deleteStack(inProject(request), request.params.id),
    }),
    ...(['PUT', 'PATCH'] as const).map((method) =>
      route({
        method,
        path: '/v1/:projectId/stacks/:stack/:id',
        operation: 'stacks:update',
        policy: policies.projectMember,
        handler: () => {
          throw new Fault('notSupported', 'Updating a stack is not supported yet: delete it and create it anew.');
        },
      }),
    ),
    route({
      method: 'GET',
      path: '/v1/:projectId/stacks/:stack/:id/template',
      operation: 'stacks:template',
      policy: policies.projectReader,
      params: stackPath,
      async handler(request) {
        const row = await api.getStack(inProject(request), request.params.id);
        return (await api.loadStack(row)).template.source.value;
      },
    }),
    ...outputRoutes(api),
  ];
}

function outputRoutes(api: OrchestrationApi): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/:projectId/stacks/:stack/:id/outputs',
      operation: 'stacks:list_outputs',
      policy: policies.projectReader,
      params: stackPath,
      async handler(request) {
        const row = await api.getStack(inProject(request), request.params.id);
        const outputs = await api.outputs(row);
        return { outputs: outputs.map(({ output_key, description }) => ({ output_key, description })) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/:projectId/stacks/:stack/:id/outputs/:key',
      operation: 'stacks:show_output',
      policy: policies.projectReader,
      params: Type.Object({ ...stackPath.properties, key: Type.String() }),
      async handler(request) {
        const row = await api.getStack(inProject(request), request.params.id);
        const output = (await api.outputs(row)).find(({ output_key }) => output_key === request.params.key);
        if (output === undefined) throw new Fault('notFound', `Specified output key ${request.params.key} not found.`);
        return { output };
      },
    }),
  ];
}

function refuseUrl({ template_url, template }: { template_url?: string; template?: unknown }): void {
  if (template === undefined && template_url !== undefined) {
    throw new Fault('notSupported', 'template_url is not supported: send the template itself.');
  }
}

async function redirect(api: OrchestrationApi, request: Parameters<Route['handler']>[0]): Promise<Reply> {
  const { projectId, stack } = request.params as { projectId: string; stack: string };
  const row = await api.getStack(inProject({ context: caller(request), params: { projectId } }), stack);
  const location = stackUrl(request.baseUrl, row);
  return new Reply({
    status: 302,
    headers: { Location: location },
    body: { message: `The resource is at ${location}` },
  });
}
