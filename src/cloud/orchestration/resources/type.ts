import type { TObject } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import type { JsonObject } from '../domain/document.ts';

/** What a resource's own methods are given. */
export interface ResourceRequest {
  /** The stack's owner, in the stack's project. */
  readonly context: Context;
  /** The resource's id, the same at every try: what is made gets it, so that a repeat finds it made. */
  readonly id: string;
  /** The name for what is made when the template gives none: `STACK-RESOURCE-xxxx`. */
  readonly name: string;
  /** Resolved and checked against `properties`. */
  readonly properties: JsonObject;
}

/** The same, for a resource that exists. */
export interface ExistingResource {
  readonly context: Context;
  readonly id: string;
  /** What `create` answered. */
  readonly physicalId: string;
  /** What `create` had remembered. */
  readonly data: string | null;
}

/** What was made. */
export interface Created {
  readonly physicalId: string;
  /** What the resource must remember of itself and no service does. May be secret. */
  readonly data?: string;
}

/** A type of resource, e.g. `OS::Nova::Server`. Every method may be repeated. */
export interface ResourceType {
  readonly type: string;
  /** Known properties; unknown ones are refused when the template is read, wrong values when they are known. */
  readonly properties: TObject;
  create(request: ResourceRequest): Promise<Created>;
  /** Whether it is ready; throws a `Fault` when it never will be. Ready at once when absent. */
  ready?(resource: ExistingResource): Promise<boolean>;
  /** What `get_attr` can ask for, `show` included. */
  attributes(resource: ExistingResource): Promise<JsonObject>;
  /** Asks for its removal; true once it is gone. Also called when it was never made, or only half. */
  remove(resource: ExistingResource): Promise<boolean>;
}
