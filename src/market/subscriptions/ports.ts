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
      readonly parameters: Readonly<Record<string, string | number | boolean>>;
    },
  ): Promise<{ readonly id: string }>;
  /** The stack of that name; undefined when there is none (or it is `DELETE_COMPLETE`). */
  findStack(credential: CloudCredential, name: string): Promise<Stack | undefined>;
  listStackResources(
    credential: CloudCredential,
    stack: { readonly id: string; readonly name: string },
  ): Promise<readonly StackResource[]>;
  /** Starts the deletion; a stack that is gone is fine. */
  deleteStack(credential: CloudCredential, name: string): Promise<void>;
}
