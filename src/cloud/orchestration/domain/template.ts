import { isObject, type Json, type JsonObject, type Path, readDocument, type SourceDocument } from './document.ts';
import { functionNames, references } from './functions.ts';
import { type ParameterDefinition, parseParameter } from './parameters.ts';

/** A resource as a template defines it; values may still hold functions. */
export interface ResourceDefinition {
  readonly name: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** What it must come after: `depends_on` and every `get_resource` and `get_attr` in its properties. */
  readonly after: readonly string[];
  readonly condition: Json;
  readonly deletionPolicy: 'Delete' | 'Retain';
}

export interface OutputDefinition {
  readonly name: string;
  readonly description: string;
  readonly value: Json;
  readonly condition: Json;
}

/** A Heat Orchestration Template (HOT), checked as far as it can be without parameters. */
export interface Template {
  readonly version: string;
  readonly description: string;
  readonly parameters: ReadonlyMap<string, ParameterDefinition>;
  readonly conditions: JsonObject;
  /** In an order in which each comes after what it needs. */
  readonly resources: readonly ResourceDefinition[];
  readonly outputs: readonly OutputDefinition[];
  readonly source: SourceDocument;
}

/** The versions of HOT whose features we read; each adds functions to the one before. */
export const templateVersions = [
  '2013-05-23',
  '2014-10-16',
  '2015-04-30',
  '2015-10-15',
  '2016-04-08',
  '2016-10-14',
  '2017-02-24',
  '2017-09-01',
  '2018-03-02',
  '2018-08-31',
  '2021-04-16',
  'newton',
  'ocata',
  'pike',
  'queens',
  'rocky',
  'wallaby',
] as const;

const sections = [
  'heat_template_version',
  'description',
  'parameters',
  'parameter_groups',
  'resources',
  'outputs',
  'conditions',
];
const resourceKeys = [
  'type',
  'properties',
  'metadata',
  'depends_on',
  'condition',
  'deletion_policy',
  'update_policy',
  'external_id',
];
const maxResources = 1000;

/** Reads and checks a template; throws a 400 that names line and key. */
export function parseTemplate(text: unknown): Template {
  const source = readDocument(text);
  const { value } = source;
  if (!isObject(value)) throw source.error([], 'a template must be a mapping');
  refuseUnknown(source, [], value, sections);
  const version = String(value.heat_template_version ?? '');
  if (!(templateVersions as readonly string[]).includes(version)) {
    throw source.error(['heat_template_version'], `must be one of ${templateVersions.join(', ')}`);
  }
  const parameters = section(source, value, 'parameters').map(
    ([name, definition]) => [name, parseParameter(source, name, definition)] as const,
  );
  const conditions = value.conditions ?? {};
  if (!isObject(conditions)) throw source.error(['conditions'], 'must be a mapping');
  const defined = section(source, value, 'resources').map(([name, definition]) =>
    parseResource(source, name, definition),
  );
  if (defined.length > maxResources) throw source.error(['resources'], `there are more than ${maxResources}`);
  const template: Template = {
    version,
    description: String(value.description ?? 'No description'),
    parameters: new Map(parameters),
    conditions,
    resources: defined,
    outputs: section(source, value, 'outputs').map(([name, output]) => parseOutput(source, name, output)),
    source,
  };
  checkReferences(template);
  return { ...template, resources: inOrder(template) };
}

function section(source: SourceDocument, value: JsonObject, name: string): [string, Json][] {
  const entries = value[name] ?? {};
  if (!isObject(entries)) throw source.error([name], 'must be a mapping');
  return Object.entries(entries);
}

function refuseUnknown(source: SourceDocument, path: Path, value: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw source.error([...path, unknown], `unknown key; known are ${known.join(', ')}`);
}

function parseResource(source: SourceDocument, name: string, definition: Json): ResourceDefinition {
  const path = ['resources', name];
  if (!isObject(definition)) throw source.error(path, 'must be a mapping with a type');
  refuseUnknown(source, path, definition, resourceKeys);
  if (typeof definition.type !== 'string') throw source.error([...path, 'type'], 'must say the type of the resource');
  const properties = definition.properties ?? {};
  if (!isObject(properties)) throw source.error([...path, 'properties'], 'must be a mapping');
  const dependsOn = definition.depends_on ?? [];
  const explicit = (Array.isArray(dependsOn) ? dependsOn : [dependsOn]).map(String);
  const policy = String(definition.deletion_policy ?? 'Delete').toLowerCase();
  if (!['delete', 'retain'].includes(policy))
    throw source.error([...path, 'deletion_policy'], 'must be delete or retain');
  const implicit = references(properties).resources.map((reference) => reference.name);
  return {
    name,
    type: definition.type,
    properties,
    after: [...new Set([...explicit, ...implicit])],
    condition: definition.condition ?? true,
    deletionPolicy: policy === 'retain' ? 'Retain' : 'Delete',
  };
}

function parseOutput(source: SourceDocument, name: string, output: Json): OutputDefinition {
  if (!isObject(output)) throw source.error(['outputs', name], 'must be a mapping with a value');
  refuseUnknown(source, ['outputs', name], output, ['description', 'value', 'condition']);
  if (output.value === undefined) throw source.error(['outputs', name], 'must have a value');
  return {
    name,
    description: String(output.description ?? 'No description given'),
    value: output.value,
    condition: output.condition ?? true,
  };
}

/** Parameters that Heat itself gives every template. */
export const pseudoParameters = ['OS::stack_name', 'OS::stack_id', 'OS::project_id'];

function checkReferences(template: Template): void {
  const { source, parameters, conditions } = template;
  const resources = new Set(template.resources.map(({ name }) => name));
  const check = (value: Json, path: Path): void => {
    const found = references(value);
    for (const { name, path: inner } of found.parameters) {
      if (!parameters.has(name) && !pseudoParameters.includes(name)) {
        throw source.error([...path, ...inner], `there is no parameter ${name}`);
      }
    }
    for (const { name, path: inner } of found.resources) {
      if (!resources.has(name)) throw source.error([...path, ...inner], `there is no resource ${name}`);
    }
    for (const { name, path: inner } of found.unknownFunctions) {
      throw source.error([...path, ...inner], `${name} is not supported; functions are ${functionNames.join(', ')}`);
    }
  };
  for (const [name, condition] of Object.entries(conditions)) check(condition, ['conditions', name]);
  for (const resource of template.resources) {
    check(resource.properties, ['resources', resource.name, 'properties']);
    const stranger = resource.after.find((name) => !resources.has(name));
    if (stranger !== undefined) {
      throw source.error(['resources', resource.name, 'depends_on'], `there is no resource ${stranger}`);
    }
  }
  for (const output of template.outputs) check(output.value, ['outputs', output.name, 'value']);
}

/** Sorts resources so that each comes after what it needs; a circle is an error that names it. */
function inOrder({ resources, source }: Template): ResourceDefinition[] {
  const byName = new Map(resources.map((resource) => [resource.name, resource]));
  const state = new Map<string, 'visiting' | 'done'>();
  const ordered: ResourceDefinition[] = [];
  const visit = (resource: ResourceDefinition, trail: readonly string[]): void => {
    if (state.get(resource.name) === 'done') return;
    const circle = [...trail, resource.name];
    if (state.get(resource.name) === 'visiting') {
      const from = circle.indexOf(resource.name);
      throw source.error(['resources', resource.name], `circular dependency: ${circle.slice(from).join(' → ')}`);
    }
    state.set(resource.name, 'visiting');
    for (const name of resource.after) {
      const needed = byName.get(name);
      if (needed !== undefined) visit(needed, circle);
    }
    state.set(resource.name, 'done');
    ordered.push(resource);
  };
  for (const resource of resources) visit(resource, []);
  return ordered;
}
