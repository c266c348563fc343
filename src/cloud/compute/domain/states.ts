/**
 * The states of a server, as Nova has them: `vmState` is what it is, `taskState` what is being done to it,
 * `powerState` what was last seen of its guest.
 */
export const vmStates = [
  'building',
  'active',
  'paused',
  'suspended',
  'stopped',
  'rescued',
  'resized',
  'shelved',
  'shelved_offloaded',
  'error',
  'deleted',
] as const;
export type VmState = (typeof vmStates)[number];

export const taskStates = [
  'scheduling',
  'block_device_mapping',
  'networking',
  'spawning',
  'powering-on',
  'powering-off',
  'rebooting',
  'rebooting_hard',
  'pausing',
  'unpausing',
  'suspending',
  'resuming',
  'rescuing',
  'unrescuing',
  'rebuilding',
  'resize_prep',
  'resize_migrating',
  'resize_finish',
  'resize_reverting',
  'image_snapshot_pending',
  'image_uploading',
  'image_backup',
  'shelving',
  'shelving_image_uploading',
  'shelving_offloading',
  'unshelving',
  'deleting',
] as const;
export type TaskState = (typeof taskStates)[number];

/** Nova's numbers (API guide, "Server power states"). */
export const powerStates = { none: 0, running: 1, paused: 3, shutdown: 4, crashed: 6, suspended: 7 } as const;

export interface ServerState {
  readonly vmState: VmState;
  readonly taskState: TaskState | null;
}

const resizing = {
  resize_prep: 'RESIZE',
  resize_migrating: 'RESIZE',
  resize_finish: 'RESIZE',
} as const;

/** What the API calls a state: `status`. */
const statuses: Readonly<Record<VmState, { readonly default: string } & Partial<Record<TaskState, string>>>> = {
  building: { default: 'BUILD' },
  active: {
    ...{ default: 'ACTIVE', rebooting: 'REBOOT', rebooting_hard: 'HARD_REBOOT', rebuilding: 'REBUILD' },
    ...resizing,
  },
  paused: { default: 'PAUSED', rebooting_hard: 'HARD_REBOOT' },
  suspended: { default: 'SUSPENDED', rebooting_hard: 'HARD_REBOOT' },
  stopped: { default: 'SHUTOFF', rebooting_hard: 'HARD_REBOOT', rebuilding: 'REBUILD', ...resizing },
  rescued: { default: 'RESCUE' },
  resized: { default: 'VERIFY_RESIZE', resize_reverting: 'REVERT_RESIZE' },
  shelved: { default: 'SHELVED' },
  shelved_offloaded: { default: 'SHELVED_OFFLOADED' },
  error: { default: 'ERROR', rebooting_hard: 'HARD_REBOOT', rebuilding: 'REBUILD' },
  deleted: { default: 'DELETED' },
};

export function statusOf({ vmState, taskState }: ServerState): string {
  const known = statuses[vmState];
  return (taskState === null ? undefined : known[taskState]) ?? known.default;
}

/** Some of the states that a status stands for. */
export interface StatesOfStatus {
  readonly vmState: VmState;
  /** Null: any task that has no status of its own. */
  readonly tasks: readonly TaskState[] | null;
}

/** The states that a status stands for; none when there is no such status. */
export function statesOf(status: string): StatesOfStatus[] {
  return vmStates.flatMap((vmState): StatesOfStatus[] => {
    const { default: usual, ...special } = statuses[vmState];
    const tasks = Object.entries(special)
      .filter(([, name]) => name === status)
      .map(([task]) => task as TaskState);
    if (tasks.length > 0) return [{ vmState, tasks }];
    return usual === status ? [{ vmState, tasks: null }] : [];
  });
}
