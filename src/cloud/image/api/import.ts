import Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault, notFound } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { storeName } from '../domain/image.ts';
import { visibleImage } from '../operations/images.ts';
import { countUsage } from '../store/images.ts';
import type { ImportRequest, TaskRow } from '../store/tables.ts';
import { type ImportDeps, importMethods, listTasks, stageImage, startImport } from '../work/import-image.ts';
import { requireOctets } from './files.ts';
import { timeText } from './view.ts';

const importBody = Type.Object({
  method: Type.Object({ name: Type.String({ maxLength: 64 }), uri: Type.Optional(Type.String({ maxLength: 2048 })) }),
  stores: Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 16 })),
  all_stores: Type.Optional(Type.Boolean()),
  all_stores_must_succeed: Type.Optional(Type.Boolean()),
});

/** Importing images, and what may be known about it. */
export function importRoutes(deps: ImportDeps): Route[] {
  return [
    route({
      method: 'PUT',
      path: '/v2/images/:imageId/stage',
      operation: 'image:stage:upload',
      policy: policies.projectMember,
      body: 'stream',
      status: 204,
      async handler(request) {
        requireOctets(request.headers);
        await stageImage(deps, caller(request), request.params.imageId ?? '', () => request.stream, request.signal);
      },
    }),
    route({
      method: 'POST',
      path: '/v2/images/:imageId/import',
      operation: 'image:import:start',
      policy: policies.projectMember,
      body: importBody,
      status: 202,
      async handler(request) {
        const { method, stores } = request.body;
        if (!(importMethods as readonly string[]).includes(method.name)) {
          throw badRequest(`Unknown import method '${method.name}': one of ${importMethods.join(', ')} is expected.`);
        }
        const unknown = stores?.find((store) => store !== storeName);
        if (unknown !== undefined) throw conflict(`Store ${unknown} is not available: there is ${storeName}.`);
        await startImport(deps, caller(request), request.params.imageId ?? '', { method });
        return '';
      },
    }),
    route({
      method: 'GET',
      path: '/v2/images/:imageId/tasks',
      operation: 'image:images:tasks',
      policy: policies.projectReader,
      async handler(request) {
        const image = await visibleImage(deps.store.db, caller(request), request.params.imageId ?? '');
        const mine = caller(request).isAdmin || image.owner === caller(request).projectId;
        const rows = mine ? await listTasks(deps, { imageId: image.id, limit: 1000 }) : [];
        return { tasks: rows.map(taskView) };
      },
    }),
    ...taskRoutes(deps),
    ...infoRoutes(deps),
  ];
}

function taskRoutes(deps: ImportDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v2/tasks',
      operation: 'image:tasks:list',
      policy: policies.admin,
      query: Type.Object({
        status: Type.Optional(Type.String({ maxLength: 64 })),
        type: Type.Optional(Type.String({ maxLength: 64 })),
        limit: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
      async handler({ query: { status, type, limit = 25 } }) {
        const filter = { ...(status !== undefined && { status }), limit: Math.min(limit, 1000) };
        const rows = type === undefined || type === taskType ? await listTasks(deps, filter) : [];
        return { tasks: rows.map(taskView), first: '/v2/tasks', schema: '/v2/schemas/tasks' };
      },
    }),
    route({
      method: 'GET',
      path: '/v2/tasks/:taskId',
      operation: 'image:tasks:get',
      policy: policies.admin,
      async handler(request) {
        const { taskId = '' } = request.params;
        const [row] = isUuid(taskId) ? await listTasks(deps, { id: taskId, limit: 1 }) : [];
        if (row === undefined) throw notFound('Task', taskId.slice(0, 64));
        return taskView(row);
      },
    }),
    route({
      method: 'POST',
      path: '/v2/tasks',
      operation: 'image:tasks:create',
      policy: policies.admin,
      handler() {
        throw new Fault('notSupported', 'Tasks are made by imports: POST /v2/images/ID/import.');
      },
    }),
  ];
}

/** What this service can do, and how much the caller's project uses. */
function infoRoutes({ store }: ImportDeps): Route[] {
  const stores = [{ id: storeName, default: 'true', description: 'Files of this cloud' }];
  const info = (path: string, answer: (context: Context) => unknown) =>
    route({
      method: 'GET',
      path: `/v2/info/${path}`,
      operation: `image:info:${path.replace('/', '-')}`,
      policy: policies.projectReader,
      handler: (request) => answer(caller(request)),
    });
  return [
    info('import', () => ({
      'import-methods': { description: 'Import methods available.', type: 'array', value: importMethods },
    })),
    info('stores', () => ({ stores })),
    info('usage', async ({ projectId }) => {
      const used = await countUsage(store.db, projectId ?? '');
      return {
        usage: Object.fromEntries(Object.entries(used).map(([name, usage]) => [name, { limit: -1, usage }])),
      };
    }),
  ];
}

const taskType = 'api_image_import';

function taskView(row: TaskRow): unknown {
  const request = row.request as ImportRequest;
  return {
    id: row.id,
    type: taskType,
    status: row.status,
    owner: row.owner,
    user_id: row.user_id,
    request_id: row.request_id,
    image_id: row.image_id,
    input: { image_id: row.image_id, import_req: request, backend: [storeName] },
    result: row.status === 'success' ? { image_id: row.image_id } : null,
    message: row.message,
    created_at: timeText(row.created_at),
    updated_at: timeText(row.updated_at),
    expires_at: row.expires_at && timeText(row.expires_at),
    self: `/v2/tasks/${row.id}`,
    schema: '/v2/schemas/task',
  };
}
