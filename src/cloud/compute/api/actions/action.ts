import Type, { type TSchema } from 'typebox';
import type { Context } from '../../../../kernel/access/context.ts';
import { enforce, policies } from '../../../../kernel/access/policy.ts';
import { Fault } from '../../../../kernel/base/errors.ts';
import { inRange, type MicroversionRange, type Reply, type Version } from '../../../../kernel/http/index.ts';

/** An action as asked for: on which server, by whom, with what stands under its name. */
export interface ActionRequest<A = unknown> {
  readonly context: Context;
  readonly id: string;
  readonly argument: A;
  readonly version: Version;
  readonly baseUrl: string;
}

/** One of the actions that share `POST /servers/ID/action`. */
export interface ActionHandler {
  /** What must stand under the action's name, and since which version; anything unless said. */
  readonly schemas?: Readonly<Record<string, TSchema>>;
  /** The versions that have it; all unless said. */
  readonly versions?: Partial<MicroversionRange>;
  /** Only an administrator may. */
  readonly admin?: true;
  /** Undefined: 202 without a body. */
  run(request: ActionRequest): Promise<Reply | undefined>;
}

export type ActionHandlers = Readonly<Record<string, ActionHandler>>;

/** A handler whose argument has the type of its schemas. */
export function action<A>(
  definition: Omit<ActionHandler, 'run'> & { run(request: ActionRequest<A>): Promise<Reply | undefined> },
): ActionHandler {
  return definition as ActionHandler;
}

/** An action that says nothing but its name. */
export function plain(
  run: (request: ActionRequest) => Promise<unknown>,
  more: Partial<ActionHandler> = {},
): ActionHandler {
  return { ...more, run: (request) => run(request).then(() => undefined) };
}

/** Refuses who may not, and versions that do not have the action. */
export function admit(name: string, handler: ActionHandler, { context, version }: ActionRequest): void {
  if (handler.admin) enforce(policies.admin, context, `compute:servers:action:${name}`);
  if (!inRange(version, handler.versions)) {
    throw new Fault('notFound', `The action ${name} is not available in this version of the API.`);
  }
}

export const nullOr = (schema: TSchema) => Type.Union([Type.Null(), schema]);
