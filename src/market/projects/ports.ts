/** A project as Keystone has it. */
export interface CloudProject {
  readonly id: string;
  readonly name: string;
  readonly domainId: string;
  readonly domainName: string;
  readonly people: readonly CloudPerson[];
}

/** Somebody with a role in a project. */
export interface CloudPerson {
  readonly userId: string;
  /** Holds `manager` or `admin` there. */
  readonly manages: boolean;
}

/** What the cloud itself says that a server has run, within the interval that was asked for. */
export interface CloudServerUsage {
  readonly serverId: string;
  readonly name: string;
  readonly seconds: number;
}

/**
 * What the cloud in front of which the market stands knows of its projects, asked with the market's own account there.
 * Failures are faults of the closed list; `forbidden` when the account may not see it.
 */
export interface CloudDirectory {
  /** All projects that are enabled, with their people. */
  projects(): Promise<readonly CloudProject[]>;
  /** Nova's own reckoning of a project's servers (`os-simple-tenant-usage`), half-open. */
  serverUsage(projectId: string, start: Date, end: Date): Promise<readonly CloudServerUsage[]>;
}
