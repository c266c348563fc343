/**
 * A daemon that the host process runs. The supervisor starts it in a session of its own (so that Ctrl-C reaches only
 * us), records pid and start time in `RUNDIR/run/NAME`, restarts it with backoff when it dies, and adopts it again
 * (pid and start time match) when the host process itself was replaced.
 */
export interface ProcessSpec {
  /** Unique in the installation, e.g. `postgres`, `ovn-northd`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Numeric uid and gid to run as; root when absent. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Linux capabilities to keep when `user` is set, e.g. `net_admin`. */
  readonly capabilities?: readonly string[];
  /** Runs inside this named network namespace. */
  readonly netns?: string;
  /** Bind mounts that only this process and its children see; `target` exists (a file for a file). */
  readonly binds?: readonly { readonly source: string; readonly target: string }[];
  /** False: an instance that is found alive at start is stopped and replaced instead of adopted. */
  readonly adopt?: boolean;
  /** Names of the processes that must be ready first. */
  readonly after?: readonly string[];
  /** Done before each start, idempotent: make folders, initialise a database. */
  prepare?(): Promise<void>;
  /** Resolves when it serves; rejects or times out (`readyTimeoutMs`, 30 s unless said) when it does not. */
  ready?(signal: AbortSignal): Promise<void>;
  readonly readyTimeoutMs?: number;
  /** How to ask it to stop; SIGTERM unless said. SIGKILL follows after `stopTimeoutMs` (10 s unless said). */
  stop?(pid: number): Promise<void>;
  readonly stopTimeoutMs?: number;
}
