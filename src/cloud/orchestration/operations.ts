import type { Context } from '../../kernel/access/context.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import { badRequest, conflict, Fault, notFound } from '../../kernel/base/errors.ts';
import { derivedId, isUuid, newId } from '../../kernel/base/ids.ts';
import { isUniqueViolation, type Tx } from '../../kernel/store/index.ts';
import type { Work, Workflow } from '../../kernel/work/index.ts';
import { type Json, type JsonObject, templateFault } from './domain/document.ts';
import { resolve } from './domain/functions.ts';
import { checkStackName } from './domain/names.ts';
import { parseTemplate, type ResourceDefinition, type Template } from './domain/template.ts';
import * as stacks from './store/stacks.ts';
import type { EventRow, ResourceRow, StackRow } from './store/tables.ts';
import { createStackWorkflow, type StackWork } from './work/create-stack.ts';
import { deleteStackWorkflow } from './work/delete-stack.ts';
import {
  activeResources,
  allParameters,
  existing,
  type Given,
  loadStack,
  parameterScope,
  resolveInStack,
  type StackDeps,
  type StackState,
  typeOf,
} from './work/stack-state.ts';

/** What a stack is made of; names as in Heat's API. */
export interface StackAttributes {
  readonly stack_name: string;
  /** YAML or JSON text, or an object that the client has parsed. */
  readonly template: unknown;
  readonly parameters?: Readonly<Record<string, Json>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Parameters under `parameters` and `parameter_defaults` count, as with `openstack stack create -e`. */
  readonly environment?: unknown;
  readonly disable_rollback?: boolean;
  readonly timeout_mins?: number;
  readonly tags?: string;
}

/** An output as the API shows it. */
export interface StackOutput {
  readonly output_key: string;
  readonly output_value: Json;
  readonly description: string;
  readonly output_error?: string;
}

export interface OrchestrationApi {
  /** Checks the template and parameters, then begins to make the stack. 409 when the project has one of that name. */
  createStack(context: Context, attributes: StackAttributes): Promise<StackRow>;
  /** By id or name; 404 when the project has none. */
  getStack(context: Context, key: string): Promise<StackRow>;
  loadStack(row: StackRow): Promise<StackState>;
  listStacks(
    context: Context,
    filter: Omit<stacks.StackFilter, 'projectId' | 'marker'> & { marker?: string },
  ): Promise<StackRow[]>;
  deleteStack(context: Context, key: string): Promise<void>;
  resources(row: StackRow): Promise<ResourceRow[]>;
  /** What `get_attr` would give for the resource. */
  attributes(row: StackRow, resource: ResourceRow): Promise<JsonObject>;
  outputs(row: StackRow): Promise<StackOutput[]>;
  events(row: StackRow, options: { resourceName?: string; limit: number; marker?: string }): Promise<EventRow[]>;
  event(row: StackRow, id: string): Promise<EventRow | undefined>;
  /** Checks a template without making anything. */
  validate(attributes: Omit<StackAttributes, 'stack_name'>): Template;
}

/** Heat's rules: what may be asked, and which workflow then runs. */
export function createOrchestrationApi(deps: StackDeps & { work: Work; clock: Clock }): OrchestrationApi {
  const { store, work, clock } = deps;
  const creation = createStackWorkflow(deps);
  const deletion = deleteStackWorkflow(deps);
  work.register(creation as Workflow<never>);
  work.register(deletion as Workflow<never>);

  async function find(context: Context, key: string): Promise<StackRow> {
    const projectId = context.projectId ?? '';
    const byName = await stacks.findStack(store.db, projectId, { name: key });
    const row = byName ?? (isUuid(key) ? await stacks.findStack(store.db, projectId, { id: key }) : undefined);
    if (row === undefined) throw notFound('Stack', key.slice(0, 100));
    return row;
  }

  return {
    getStack: find,
    loadStack: (row) => loadStack(deps, store.db, row.id),
    async createStack(context, attributes) {
      const prepared = prepare(deps, context, attributes, clock.now());
      try {
        await store.transact(async (tx) => {
          await stacks.insertStack(tx, prepared.stack, prepared.resources);
          await begin(tx, prepared.stack, 'CREATE', clock.now());
          await work.start(tx, creation, {
            id: prepared.workflowId,
            input: prepared.input,
            queue: queueOf(prepared.stack.id),
          });
        });
      } catch (error) {
        if (!isUniqueViolation(error, 'stack_name')) throw error;
        throw conflict(`The Stack (${attributes.stack_name}) already exists.`, { data: { type: 'StackExists' } });
      }
      return find(context, prepared.stack.id);
    },
    async listStacks(context, { marker, ...filter }) {
      const from = marker === undefined ? undefined : await find(context, marker);
      return stacks.listStacks(store.db, {
        ...filter,
        projectId: context.projectId ?? '',
        ...(from && { marker: from }),
      });
    },
    async deleteStack(context, key) {
      const { id } = await find(context, key);
      await store.transact((tx) => remove(tx, deps, deletion, id, clock.now()));
    },
    resources: async (row) => stacks.listResources(store.db, row.id),
    attributes: async (row, resource) =>
      resource.physical_id === '' ? {} : typeOf(deps, resource.type).attributes(await existing(deps, row, resource)),
    outputs: (row) => outputs(deps, row),
    async events(row, { marker, ...options }) {
      const after = marker === undefined ? undefined : await stacks.findEvent(store.db, row.id, marker);
      return stacks.listEvents(store.db, row.id, { ...options, ...(after && { after: after.seq }) });
    },
    event: (row, id) => (isUuid(id) ? stacks.findEvent(store.db, row.id, id) : Promise.resolve(undefined)),
    validate: ({ template: text }) => checkTypes(deps, parseTemplate(text)),
  };
}

const queueOf = (stackId: string): string => `stack:${stackId}`;

/** Refuses resource types and properties that do not exist, by line and key. */
function checkTypes(deps: StackDeps, template: Template): Template {
  for (const resource of template.resources) {
    const path = ['resources', resource.name];
    const type = deps.types.get(resource.type);
    if (type === undefined) {
      const known = [...deps.types.keys()].join(', ');
      throw template.source.error([...path, 'type'], `${resource.type} is not supported; known types are ${known}`);
    }
    checkProperties(template, resource, type.properties);
  }
  return template;
}

function checkProperties(
  template: Template,
  resource: ResourceDefinition,
  schema: { properties: object; required?: readonly string[] },
): void {
  const path = ['resources', resource.name, 'properties'];
  const known = Object.keys(schema.properties);
  const unknown = Object.keys(resource.properties).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw template.source.error(
      [...path, unknown],
      `unknown property of ${resource.type}; known are ${known.join(', ')}`,
    );
  }
  const missing = (schema.required ?? []).find((name) => resource.properties[name] === undefined);
  if (missing !== undefined) throw template.source.error(path, `property ${missing} is missing`);
}

/** The parameters of an environment file, which may come as text, as an object, or with parameters of its own. */
function environmentParameters(environment: unknown): Record<string, Json> {
  if (environment === undefined || environment === null || environment === '') return {};
  if (typeof environment !== 'object' || Array.isArray(environment)) {
    throw badRequest('environment must be an object; the client parses the file.');
  }
  const {
    parameters,
    parameter_defaults: defaults,
    resource_registry: registry,
  } = environment as Record<string, object | undefined>;
  if (registry !== undefined && Object.keys(registry).some((key) => key !== 'resources')) {
    throw new Fault('notSupported', 'resource_registry is not supported.');
  }
  return { ...defaults, ...parameters } as Record<string, Json>;
}

function prepare(deps: StackDeps, context: Context, attributes: StackAttributes, now: Date) {
  const { stack_name: name, files = {} } = attributes;
  checkStackName(name);
  if (attributes.template === undefined) throw badRequest('template is missing; template_url is not supported.');
  const template = checkTypes(deps, parseTemplate(attributes.template));
  const fromEnvironment = environmentParameters(attributes.environment);
  const given: Given = { parameters: { ...known(template, fromEnvironment), ...attributes.parameters }, files };
  const id = newId(now.getTime());
  const projectId = context.projectId ?? '';
  const parameters = allParameters(template, given, { name, id, projectId });
  const scope = parameterScope(template, given, parameters);
  const active = activeResources(template, scope);
  const names = new Set(active.map((resource) => resource.name));
  const input: StackWork = {
    stackId: id,
    rollback: attributes.disable_rollback === false,
    resources: active.map((resource) => ({
      name: resource.name,
      type: resource.type,
      after: resource.after.filter((other) => names.has(other)),
    })),
  };
  const workflowId = newId();
  const stack = {
    id,
    project_id: projectId,
    user_id: context.userId,
    name,
    ...({ action: 'CREATE', status: 'IN_PROGRESS', status_reason: 'Stack CREATE started' } as const),
    template: JSON.stringify(attributes.template),
    given: deps.sealer.seal(JSON.stringify(given), id),
    disable_rollback: attributes.disable_rollback ?? true,
    timeout_mins: attributes.timeout_mins ?? null,
    tags: JSON.stringify(tagList(attributes.tags)),
    workflow_id: workflowId,
    ...{ created_at: now, updated_at: null, deleted_at: null },
  };
  const resources = active.map((resource, index) => ({
    stack_id: id,
    name: resource.name,
    type: resource.type,
    id: derivedId('orchestration.resource', id, resource.name),
    after: JSON.stringify(resource.after),
    retain: resource.deletionPolicy === 'Retain',
    data: null,
    ...{ action: 'INIT', status: 'COMPLETE' },
    // A millisecond apart, so that they list in the order in which they are made.
    created_at: new Date(now.getTime() + index),
    updated_at: now,
  }));
  return { stack, resources, input, workflowId };
}

/** An environment may set parameters that this template does not have (`parameter_defaults`). */
function known(template: Template, parameters: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => template.parameters.has(name)));
}

function tagList(tags: string | undefined): string[] {
  const list = (tags ?? '').split(',').filter((tag) => tag !== '');
  if (list.some((tag) => tag.length > 80)) throw templateFault('a tag has at most 80 characters');
  return list;
}

async function begin(
  tx: Tx,
  stack: { id: string; name: string; project_id: string },
  action: 'CREATE' | 'DELETE',
  time: Date,
) {
  const { id, name, project_id: projectId } = stack;
  await stacks.setStackState(tx, {
    id,
    name,
    projectId,
    action,
    status: 'IN_PROGRESS',
    reason: `Stack ${action} started`,
    time,
  });
}

async function remove(
  tx: Tx,
  deps: StackDeps & { work: Work },
  deletion: Workflow<StackWork>,
  id: string,
  now: Date,
): Promise<void> {
  const row = await stacks.lockStack(tx, id);
  if (row === undefined || row.deleted_at !== null) return;
  if (row.action === 'DELETE' && row.status === 'IN_PROGRESS') return;
  await deps.work.cancel(tx, row.workflow_id, { undo: false, reason: 'the stack is being deleted' });
  const rows = await stacks.listResources(tx, id);
  const input: StackWork = { stackId: id, rollback: false, resources: inCreationOrder(rows) };
  const workflowId = newId();
  await stacks.setStackWorkflow(tx, id, workflowId);
  await begin(tx, row, 'DELETE', now);
  await deps.work.start(tx, deletion, { id: workflowId, input, queue: queueOf(id) });
}

function inCreationOrder(rows: readonly ResourceRow[]): StackWork['resources'] {
  const names = new Set(rows.map(({ name }) => name));
  return [...rows]
    .sort((a, b) => a.created_at.getTime() - b.created_at.getTime())
    .map(({ name, type, after }) => ({ name, type, after: after.filter((other) => names.has(other)) }));
}

async function outputs(deps: StackDeps, row: StackRow): Promise<StackOutput[]> {
  const stack = await loadStack(deps, deps.store.db, row.id);
  const scope = parameterScope(stack.template, stack.given, stack.parameters);
  const shown: StackOutput[] = [];
  for (const { name, description, value, condition } of stack.template.outputs) {
    if (condition !== true && resolve({ if: [condition, true, false] }, scope) !== true) continue;
    try {
      shown.push({ output_key: name, description, output_value: await resolveInStack(deps, stack, value) });
    } catch (error) {
      const message = error instanceof Fault ? error.message : 'could not be resolved';
      shown.push({ output_key: name, description, output_value: null, output_error: message });
    }
  }
  return shown;
}
