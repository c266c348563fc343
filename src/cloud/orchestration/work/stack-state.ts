import type { Context } from '../../../kernel/access/context.ts';
import { Fault, notFound } from '../../../kernel/base/errors.ts';
import type { Sealer } from '../../../kernel/base/sealing.ts';
import type { Connection, Store } from '../../../kernel/store/index.ts';
import type { Json, JsonObject } from '../domain/document.ts';
import { dig, holds, resolve, type Scope } from '../domain/functions.ts';
import { physicalName } from '../domain/names.ts';
import { parameterValues } from '../domain/parameters.ts';
import { parseTemplate, type ResourceDefinition, type Template } from '../domain/template.ts';
import type { ExistingResource, ResourceType } from '../resources/type.ts';
import { getStack, listResources } from '../store/stacks.ts';
import type { ResourceRow, StackRow } from '../store/tables.ts';

/** What was given with a template. */
export interface Given {
  readonly parameters: Readonly<Record<string, Json>>;
  readonly files: Readonly<Record<string, string>>;
}

/** What both the API and the workflows need. */
export interface StackDeps {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly types: ReadonlyMap<string, ResourceType>;
  /** Who the stack's work is done as: its owner, with the roles that the owner holds now. */
  contextFor(as: { userId: string; projectId: string; requestId: string }): Promise<Context>;
}

/** A stack with everything that its functions can ask for. */
export interface StackState {
  readonly row: StackRow;
  readonly template: Template;
  readonly given: Given;
  readonly parameters: ReadonlyMap<string, Json>;
  readonly resources: ReadonlyMap<string, ResourceRow>;
}

/** Parameter values with the pseudo parameters. */
export function allParameters(
  template: Template,
  given: Given,
  stack: { name: string; id: string; projectId: string },
): Map<string, Json> {
  const values = parameterValues(template.parameters, given.parameters);
  values.set('OS::stack_name', stack.name).set('OS::stack_id', stack.id).set('OS::project_id', stack.projectId);
  return values;
}

export function describeStack(deps: StackDeps, row: StackRow): Omit<StackState, 'resources'> {
  const template = parseTemplate(row.template);
  const given = JSON.parse(deps.sealer.open(row.given, row.id)) as Given;
  const parameters = allParameters(template, given, { name: row.name, id: row.id, projectId: row.project_id });
  return { row, template, given, parameters };
}

export async function loadStack(deps: StackDeps, connection: Connection, id: string): Promise<StackState> {
  const row = await getStack(connection, id);
  if (row === undefined) throw notFound('Stack', id);
  const resources = await listResources(connection, id);
  return { ...describeStack(deps, row), resources: new Map(resources.map((resource) => [resource.name, resource])) };
}

export function contextOf(deps: StackDeps, row: StackRow): Promise<Context> {
  return deps.contextFor({ userId: row.user_id, projectId: row.project_id, requestId: `req-${row.id}` });
}

export async function existing(deps: StackDeps, row: StackRow, resource: ResourceRow): Promise<ExistingResource> {
  const data = resource.data === null ? null : deps.sealer.open(resource.data, resource.id);
  return { context: await contextOf(deps, row), id: resource.id, physicalId: resource.physical_id, data };
}

export function typeOf(deps: StackDeps, name: string): ResourceType {
  const type = deps.types.get(name);
  if (type === undefined) throw new Fault('internal', `There is no resource type ${name}.`);
  return type;
}

/** The scope without resources: enough for conditions, and for a template that is only checked. */
export function parameterScope(template: Template, given: Given, parameters: ReadonlyMap<string, Json>): Scope {
  const evaluating = new Set<string>();
  const scope: Scope = {
    parameters,
    resourceId: () => null,
    attribute: () => null,
    file: (name) => given.files[name] ?? missingFile(name),
    condition: (name) => {
      const condition = template.conditions[name];
      if (condition === undefined || evaluating.has(name)) {
        throw template.source.error(['conditions', name], 'there is no such condition, or it asks for itself');
      }
      evaluating.add(name);
      const value = holds(condition, scope);
      evaluating.delete(name);
      return value;
    },
  };
  return scope;
}

function missingFile(name: string): never {
  throw new Fault('badRequest', `get_file: the file ${name} was not sent with the template.`);
}

/** A value with its functions resolved against the stack as it is now. */
export async function resolveInStack(deps: StackDeps, stack: StackState, value: Json): Promise<Json> {
  const attributes = await attributesNeeded(deps, stack, value);
  return resolve(value, {
    ...parameterScope(stack.template, stack.given, stack.parameters),
    resourceId: (name) => stack.resources.get(name)?.physical_id ?? null,
    attribute: (name, attribute, path) => dig(attributes.get(name)?.[attribute] ?? null, path),
  });
}

/** Asks each resource that `get_attr` names for its attributes, once. */
async function attributesNeeded(deps: StackDeps, stack: StackState, value: Json): Promise<Map<string, JsonObject>> {
  const names = new Set<string>();
  const walk = (inner: Json): void => {
    if (inner === null || typeof inner !== 'object') return;
    const target = (inner as JsonObject).get_attr;
    if (Array.isArray(target) && typeof target[0] === 'string') names.add(target[0]);
    for (const item of Object.values(inner)) walk(item as Json);
  };
  walk(value);
  const found = new Map<string, JsonObject>();
  for (const name of names) {
    const resource = stack.resources.get(name);
    if (resource === undefined || resource.physical_id === '') continue;
    found.set(name, await typeOf(deps, resource.type).attributes(await existing(deps, stack.row, resource)));
  }
  return found;
}

/** The resources whose condition holds: the only ones that are made. */
export function activeResources(template: Template, scope: Scope): ResourceDefinition[] {
  return template.resources.filter(({ condition }) => holds(condition, scope));
}

export function resourceName(row: StackRow, resource: ResourceRow): string {
  return physicalName(row.name, resource.name, resource.id);
}
