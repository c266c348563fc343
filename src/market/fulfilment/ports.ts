import type { Delivery, Fulfilment, Operation, Values } from './domain/fulfilment.ts';

/** A person's token, as it was sent to us. */
export interface PersonalToken {
  readonly token: string;
  readonly userId: string;
}

/** What lets the market act in a customer's project: an application credential of a person of theirs. */
export interface CloudCredential {
  readonly userId: string;
  readonly projectId: string;
  /** Keystone's id of the application credential. */
  readonly id: string;
  readonly secret: string;
}

/** A stack as Heat shows it. */
export interface Stack {
  readonly id: string;
  readonly name: string;
  /** `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`, `CREATE_FAILED`, `DELETE_IN_PROGRESS`… */
  readonly status: string;
  readonly statusReason: string;
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
}

/** A resource as Heat shows it: `INIT_COMPLETE`, `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`… */
export interface StackPart extends StackResource {
  readonly status: string;
}

/**
 * The OpenStack cloud in which subscriptions run, through its public API. Failures are faults of the closed list: those of
 * the caller (4xx) as the cloud answered them, `engineUnavailable` when it did not answer or failed itself.
 */
export interface StackCloud {
  /**
   * Creates an application credential with the given secret, restricted, with the token's roles in its project; answers
   * its id. A second call with the same name answers the id of the first.
   */
  createApplicationCredential(
    owner: PersonalToken,
    credential: { readonly name: string; readonly secret: string; readonly description: string },
  ): Promise<{ readonly id: string }>;
  /** Starts the creation of a stack; `conflict` when the project has one of that name. */
  createStack(
    credential: CloudCredential,
    stack: {
      readonly name: string;
      readonly template: string;
      readonly parameters: Values;
    },
  ): Promise<{ readonly id: string }>;
  /** The stack of that name; undefined when there is none (or it is `DELETE_COMPLETE`). */
  findStack(credential: CloudCredential, name: string): Promise<Stack | undefined>;
  listStackResources(
    credential: CloudCredential,
    stack: { readonly id: string; readonly name: string },
  ): Promise<readonly StackPart[]>;
  /** Starts an update; `notSupported` where the cloud's Heat has none. */
  updateStack(
    credential: CloudCredential,
    stack: {
      readonly id: string;
      readonly name: string;
      readonly template: string;
      readonly parameters: Values;
    },
  ): Promise<void>;
  /** Starts or stops the stack's servers; true once all of them are so. To be asked again until then. */
  power(
    credential: CloudCredential,
    stack: { readonly id: string; readonly name: string },
    running: boolean,
  ): Promise<boolean>;
  /** Starts the deletion; a stack that is gone is fine. */
  deleteStack(credential: CloudCredential, name: string): Promise<void>;
}

/** Speaks HTTP with publishers, whose word for where they are is not believed: see `work/outbound.ts`. */
export interface Outbound {
  /**
   * Sends, and answers whatever status came back. `engineUnavailable` when nobody answered in time or whole; `conflict` when
   * the address is one that may not be called.
   */
  send(request: OutboundRequest): Promise<OutboundAnswer>;
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text, sent as it is: signatures are over these very bytes. */
  readonly body?: string;
}

export interface OutboundAnswer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** The parsed JSON object; undefined when there was none. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

/** What a finished operation leaves. */
export interface Delivered {
  /** What the customer is shown, and what feeds other components. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The same, but sealed in the database and shown on demand only: credentials. */
  readonly secrets: Readonly<Record<string, unknown>>;
  /** The metered things that it is made of. */
  readonly resources: readonly StackResource[];
}

/** Who is waited for while an operation is under way. */
export type WaitsFor = 'cloud' | 'publisher' | 'broker' | 'person';

/** One of the things that an operation makes, and how far it is. */
export interface Part {
  /** Its name in the template. */
  readonly name: string;
  /** `OS::Nova::Server` */
  readonly type: string;
  readonly state: 'waiting' | 'working' | 'done' | 'failed';
}

/** How far an operation is; while it is under way, when to look again unless it is told before. */
export type Progress =
  | {
      readonly state: 'done';
      readonly delivered: Delivered;
      /** What it is made of, where that is known. */
      readonly parts?: readonly Part[];
    }
  | {
      readonly state: 'working';
      readonly waitsFor: WaitsFor;
      readonly note?: string;
      /** What it is made of, where that is known. */
      readonly parts?: readonly Part[];
      readonly lookAgainMs: number;
      /** What the kind wants to remember of it, e.g. where a broker wants to be polled. */
      readonly memory?: Memory;
    };

/** What a kind of fulfilment remembers of an operation under way. JSON. */
export type Memory = Readonly<Record<string, string | number | boolean>>;

/** An operation on one delivery. */
export interface OperationRequest<F extends Fulfilment = Fulfilment> {
  /** The same at each repetition: others recognise the operation by it. A UUID. */
  readonly id: string;
  readonly workflowId: string;
  readonly operation: Operation;
  readonly delivery: Delivery<F>;
}

/** An operation, with what was remembered of it. */
export interface OperationUnderWay<F extends Fulfilment> extends OperationRequest<F> {
  readonly memory: Memory;
  readonly startedAt: Date;
}

/** One kind of fulfilment. Everything may be repeated at any moment: the process may have died anywhere before. */
export interface Fulfiller<F extends Fulfilment> {
  /** Begins the operation unless it has begun, and looks how far it is. A fault that is not retryable is its failure. */
  advance(operation: OperationUnderWay<F>): Promise<Progress>;
}

/** Asks the cloud in which offerings run whether it would take a template. */
export interface TemplateValidator {
  /**
   * Has Heat validate the template, as the holder of `token` (scoped to `projectId`). Throws its 400, which names line
   * and key.
   */
  validateTemplate(caller: { readonly token: string; readonly projectId: string }, template: string): Promise<void>;
}
