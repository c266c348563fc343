import type { JsonObject } from '../domain/document.ts';
import type { Template } from '../domain/template.ts';
import type { StackOutput } from '../operations.ts';
import type { EventRow, ResourceRow, StackRow } from '../store/tables.ts';
import type { StackState } from '../work/stack-state.ts';

/** `2026-01-31T12:00:00Z`, as Heat writes instants. */
function time(date: Date | null): string | null {
  return date === null ? null : `${date.toISOString().slice(0, 19)}Z`;
}

export function stackUrl(baseUrl: string, row: StackRow): string {
  return `${baseUrl}/v1/${row.project_id}/stacks/${row.name}/${row.id}`;
}

/** A stack in a list. */
export function stackSummary(baseUrl: string, row: StackRow) {
  return {
    id: row.id,
    links: [{ href: stackUrl(baseUrl, row), rel: 'self' }],
    stack_name: row.name,
    description: typeof row.template === 'object' ? descriptionOf(row.template as JsonObject) : '',
    creation_time: time(row.created_at),
    updated_time: null,
    deletion_time: time(row.deleted_at),
    stack_status: `${row.action}_${row.status}`,
    stack_status_reason: row.status_reason,
    stack_owner: null,
    stack_user_project_id: row.project_id,
    project: row.project_id,
    parent: null,
    tags: row.tags.length === 0 ? null : row.tags,
  };
}

function descriptionOf(template: JsonObject): string {
  return typeof template.description === 'string' ? template.description : '';
}

/** A stack with its parameters and outputs. */
export function stackDetail(
  baseUrl: string,
  stack: Omit<StackState, 'resources'>,
  outputs: readonly StackOutput[] | undefined,
) {
  const { row, template, parameters } = stack;
  const shown = [...parameters].map(([name, value]) => {
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return [name, template.parameters.get(name)?.hidden === true ? '******' : text];
  });
  return {
    ...stackSummary(baseUrl, row),
    description: template.description,
    template_description: template.description,
    parameters: Object.fromEntries(shown),
    ...(outputs === undefined ? {} : { outputs }),
    capabilities: [],
    notification_topics: [],
    disable_rollback: row.disable_rollback,
    timeout_mins: row.timeout_mins,
  };
}

/** A resource, in a list or on its own. */
export function resourceView(baseUrl: string, stack: StackRow, resource: ResourceRow, attributes?: JsonObject) {
  const stackHref = stackUrl(baseUrl, stack);
  return {
    resource_name: resource.name,
    logical_resource_id: resource.name,
    physical_resource_id: resource.physical_id,
    resource_type: resource.type,
    resource_status: `${resource.action}_${resource.status}`,
    resource_status_reason: resource.status_reason,
    creation_time: time(resource.created_at),
    updated_time: time(resource.updated_at),
    required_by: [] as string[],
    links: [
      { href: `${stackHref}/resources/${resource.name}`, rel: 'self' },
      { href: stackHref, rel: 'stack' },
    ],
    ...(attributes === undefined ? {} : { attributes, description: '' }),
  };
}

/** Fills in, for each resource, which others came after it. */
export function withDependents<T extends { resource_name: string; required_by: string[] }>(
  views: readonly T[],
  rows: readonly ResourceRow[],
): T[] {
  return views.map((view) => ({
    ...view,
    required_by: rows.filter(({ after }) => after.includes(view.resource_name)).map(({ name }) => name),
  }));
}

export function eventView(baseUrl: string, stack: StackRow, event: EventRow) {
  const stackHref = stackUrl(baseUrl, stack);
  const resourceHref = `${stackHref}/resources/${event.resource_name}`;
  return {
    id: event.id,
    event_time: time(event.time),
    resource_name: event.resource_name,
    logical_resource_id: event.resource_name,
    physical_resource_id: event.physical_id,
    resource_status: `${event.action}_${event.status}`,
    resource_status_reason: event.reason,
    resource_type: event.type,
    links: [
      { href: `${resourceHref}/events/${event.id}`, rel: 'self' },
      { href: resourceHref, rel: 'resource' },
      { href: stackHref, rel: 'stack' },
    ],
  };
}

const shownTypes = {
  string: 'String',
  number: 'Number',
  boolean: 'Boolean',
  json: 'Json',
  comma_delimited_list: 'CommaDelimitedList',
};

/** What `POST /validate` answers: the parameters that a form would ask for. */
export function validationView(template: Template) {
  const parameters = [...template.parameters.values()].map((parameter) => [
    parameter.name,
    {
      Type: shownTypes[parameter.type],
      Description: parameter.description,
      Label: parameter.label,
      NoEcho: String(parameter.hidden),
      ...(parameter.default === undefined ? {} : { Default: parameter.default }),
      ...Object.assign({}, ...parameter.constraints.map(({ shown }) => constraintView(shown))),
    },
  ]);
  return { Description: template.description, Parameters: Object.fromEntries(parameters), ParameterGroups: [] };
}

function constraintView(shown: JsonObject): object {
  const [[kind, value] = ['', null]] = Object.entries(shown);
  const bounds = value as { min?: number; max?: number } | null;
  if (kind === 'allowed_values') return { AllowedValues: value };
  if (kind === 'allowed_pattern') return { AllowedPattern: value };
  if (kind === 'length') return { MinLength: bounds?.min, MaxLength: bounds?.max };
  if (kind === 'range') return { MinValue: bounds?.min, MaxValue: bounds?.max };
  return {};
}
