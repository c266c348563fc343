/**
 * The states of a server, as Nova has them: `vmState` is what it is, `taskState` what is being done to it,
 * `powerState` what was last seen of its guest. Pure: who may go where, and what to do next.
 */
export const vmStates = ['building', 'active', 'stopped', 'error', 'deleted'] as const;
export type VmState = (typeof vmStates)[number];

export const taskStates = [
  'scheduling',
  'networking',
  'spawning',
  'powering-on',
  'powering-off',
  'rebooting',
  'rebooting_hard',
  'deleting',
] as const;
export type TaskState = (typeof taskStates)[number];

/** Nova's numbers (API guide, "Server power states"). */
export const powerStates = { none: 0, running: 1, paused: 3, shutdown: 4, crashed: 6, suspended: 7 } as const;

export interface ServerState {
  readonly vmState: VmState;
  readonly taskState: TaskState | null;
}

/** What the API calls a state: `status`. */
const statuses: Readonly<Record<VmState, { readonly default: string } & Partial<Record<TaskState, string>>>> = {
  building: { default: 'BUILD' },
  active: { default: 'ACTIVE', rebooting: 'REBOOT', rebooting_hard: 'HARD_REBOOT' },
  stopped: { default: 'SHUTOFF', rebooting_hard: 'HARD_REBOOT' },
  error: { default: 'ERROR', rebooting_hard: 'HARD_REBOOT' },
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

/** What a caller may ask of a server. */
export type Action = 'start' | 'stop' | 'softReboot' | 'hardReboot' | 'delete';

interface Rule {
  readonly from: readonly VmState[];
  /** Tasks that do not stand in the way. */
  readonly during?: readonly TaskState[] | 'any';
  readonly task: TaskState;
}

const rules: Readonly<Record<Action, Rule>> = {
  start: { from: ['stopped'], task: 'powering-on' },
  stop: { from: ['active', 'error'], task: 'powering-off' },
  softReboot: { from: ['active'], task: 'rebooting' },
  hardReboot: { from: ['active', 'stopped', 'error'], during: ['rebooting', 'rebooting_hard'], task: 'rebooting_hard' },
  delete: { from: ['building', 'active', 'stopped', 'error'], during: 'any', task: 'deleting' },
};

/** The task that the action begins, or which state stands in its way. */
export function begin(action: Action, state: ServerState): { readonly task: TaskState } | { readonly refused: string } {
  const { from, during = [], task } = rules[action];
  if (!from.includes(state.vmState)) return { refused: `vm_state ${state.vmState}` };
  const { taskState } = state;
  if (taskState !== null && during !== 'any' && !during.includes(taskState)) {
    return { refused: `task_state ${taskState}` };
  }
  return { task };
}

/** What the reconciler has to do next. `watch`: compare with what the engine sees. */
export type NextStep = 'build' | 'start' | 'stop' | 'softReboot' | 'hardReboot' | 'delete' | 'watch' | 'gone';

export function nextStep({ vmState, taskState }: ServerState): NextStep {
  if (vmState === 'deleted') return 'gone';
  switch (taskState) {
    case 'deleting':
      return 'delete';
    case 'powering-on':
      return 'start';
    case 'powering-off':
      return 'stop';
    case 'rebooting':
      return 'softReboot';
    case 'rebooting_hard':
      return 'hardReboot';
    default:
      return vmState === 'building' ? 'build' : 'watch';
  }
}

/** What was seen of a guest; `missing`: the engine does not know it. */
export type Observed = 'on' | 'off' | 'paused' | 'suspended' | 'crashed' | 'missing';

/** What follows from what was seen of a server that is not being worked on. */
export type Verdict = 'asWanted' | 'stoppedByItself' | 'startAgain' | 'givenUp' | 'lost' | 'mustBeOff';

/** A guest that crashes again this soon after it was started again is left alone, in error. */
export const crashLoopMs = 10 * 60_000;

/**
 * A guest that was shut down from inside stays off, as its owner wants; one that crashed is started again, unless it
 * crashes over and over. One that the engine does not know any more is not made anew: its owner would find an empty disk.
 */
export function judge(vmState: VmState, observed: Observed, crashedAt: Date | null, now: Date): Verdict {
  const isHeld = observed === 'paused' || observed === 'suspended';
  if (vmState === 'stopped') return observed === 'on' || isHeld ? 'mustBeOff' : 'asWanted';
  if (vmState !== 'active' || observed === 'on' || isHeld) return 'asWanted';
  if (observed === 'off') return 'stoppedByItself';
  if (observed === 'missing') return 'lost';
  const again = crashedAt !== null && now.getTime() - crashedAt.getTime() < crashLoopMs;
  return again ? 'givenUp' : 'startAgain';
}
