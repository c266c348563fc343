import { ifFound, pathOf, type ServiceClient } from './service.ts';

/** A stack (Orchestration API v1). */
export interface Stack {
  readonly id: string;
  readonly name: string;
  /** `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`, `CREATE_FAILED`, `DELETE_IN_PROGRESS`… */
  readonly status: string;
  readonly statusReason: string;
  readonly createdAt: string;
  /** Empty in lists. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** One resource of a stack. */
export interface StackResource {
  /** Its name in the template. */
  readonly name: string;
  /** `OS::Nova::Server` */
  readonly type: string;
  /** The id of the real thing, e.g. the server's; empty before it exists. */
  readonly physicalId: string;
  readonly status: string;
  readonly statusReason: string;
}

export interface StackEvent {
  readonly id: string;
  readonly time: string;
  readonly resourceName: string;
  readonly status: string;
  readonly reason: string;
}

export interface NewStack {
  readonly name: string;
  /** HOT, as YAML or JSON text. */
  readonly template: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Whether a failed creation is kept for inspection; true unless said, as in the API. */
  readonly keepFailed?: boolean;
  readonly timeoutMinutes?: number;
  readonly tags?: readonly string[];
}

/** A parameter as `validateTemplate` shows it (Heat's own names). */
export interface TemplateParameter {
  readonly Type: string;
  readonly Description: string;
  readonly Label?: string;
  readonly NoEcho?: string;
  readonly Default?: unknown;
  readonly AllowedValues?: readonly unknown[];
}

/** The calls of Heat. A stack is named by its name or id. */
export interface OrchestrationClient {
  /** Starts the creation; `conflict` when the project has a stack of that name. */
  createStack(stack: NewStack): Promise<{ readonly id: string }>;
  /** Starts an update to that template and those parameters. */
  updateStack(stack: Pick<NewStack, 'name' | 'template' | 'parameters'> & { readonly id: string }): Promise<void>;
  /** Undefined when there is none, or when it is deleted. */
  findStack(nameOrId: string): Promise<Stack | undefined>;
  listStacks(): Promise<readonly Stack[]>;
  /** Starts the deletion; false when there is no such stack. */
  deleteStack(nameOrId: string): Promise<boolean>;
  listResources(stack: { readonly id: string; readonly name: string }): Promise<readonly StackResource[]>;
  /** In the order in which they happened. */
  listEvents(stack: { readonly id: string; readonly name: string }): Promise<readonly StackEvent[]>;
  /** `badRequest`, naming line and key, for a wrong template; else what it asks for. */
  validateTemplate(template: string): Promise<Readonly<Record<string, TemplateParameter>>>;
}

interface StackView {
  readonly id: string;
  readonly stack_name: string;
  readonly stack_status: string;
  readonly stack_status_reason?: string | null;
  readonly creation_time: string;
  readonly outputs?: readonly { readonly output_key: string; readonly output_value: unknown }[];
}

interface ResourceView {
  readonly resource_name: string;
  readonly resource_type: string;
  readonly physical_resource_id: string | null;
  readonly resource_status: string;
  readonly resource_status_reason: string | null;
}

interface EventView {
  readonly id: string;
  readonly event_time: string;
  readonly resource_name: string;
  readonly resource_status: string;
  readonly resource_status_reason: string | null;
}

export function createOrchestrationClient(heat: ServiceClient): OrchestrationClient {
  return {
    async createStack({ name, template, parameters = {}, keepFailed = true, timeoutMinutes, tags }) {
      const json = {
        stack_name: name,
        template,
        parameters,
        disable_rollback: keepFailed,
        ...(timeoutMinutes !== undefined && { timeout_mins: timeoutMinutes }),
        ...(tags && { tags: tags.join(',') }),
      };
      const answer = await heat.call('POST', '/stacks', { json });
      return { id: (answer.json as { stack: { id: string } }).stack.id };
    },
    async updateStack({ id, name, template, parameters = {} }) {
      await heat.call('PUT', pathOf`/stacks/${name}/${id}`, { json: { template, parameters } });
    },
    async findStack(nameOrId) {
      const answer = await ifFound(heat.call('GET', pathOf`/stacks/${nameOrId}`));
      if (answer === undefined) return undefined;
      const stack = stackOf((answer.json as { stack: StackView }).stack);
      return stack.status === 'DELETE_COMPLETE' ? undefined : stack;
    },
    async listStacks() {
      const { json } = await heat.call('GET', '/stacks');
      return (json as { stacks: StackView[] }).stacks.map(stackOf);
    },
    async deleteStack(nameOrId) {
      return (await ifFound(heat.call('DELETE', pathOf`/stacks/${nameOrId}`))) !== undefined;
    },
    async listResources({ name, id }) {
      const { json } = await heat.call('GET', pathOf`/stacks/${name}/${id}/resources`);
      return (json as { resources: ResourceView[] }).resources.map(resourceOf);
    },
    async listEvents({ name, id }) {
      const { json } = await heat.call('GET', pathOf`/stacks/${name}/${id}/events`);
      return (json as { events: EventView[] }).events.map(eventOf);
    },
    async validateTemplate(template) {
      const { json } = await heat.call('POST', '/validate', { json: { template } });
      return (json as { Parameters?: Record<string, TemplateParameter> }).Parameters ?? {};
    },
  };
}

function stackOf(view: StackView): Stack {
  const outputs = (view.outputs ?? []).map(({ output_key, output_value }) => [output_key, output_value]);
  return {
    id: view.id,
    name: view.stack_name,
    status: view.stack_status,
    statusReason: view.stack_status_reason ?? '',
    createdAt: view.creation_time,
    outputs: Object.fromEntries(outputs),
  };
}

function resourceOf(view: ResourceView): StackResource {
  return {
    name: view.resource_name,
    type: view.resource_type,
    physicalId: view.physical_resource_id ?? '',
    status: view.resource_status,
    statusReason: view.resource_status_reason ?? '',
  };
}

function eventOf(view: EventView): StackEvent {
  return {
    id: view.id,
    time: view.event_time,
    resourceName: view.resource_name,
    status: view.resource_status,
    reason: view.resource_status_reason ?? '',
  };
}
