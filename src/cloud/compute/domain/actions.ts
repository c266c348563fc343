import type { ServerState, TaskState, VmState } from './states.ts';

/** What a caller may ask of a server. */
export type Action =
  | 'start'
  | 'stop'
  | 'softReboot'
  | 'hardReboot'
  | 'pause'
  | 'unpause'
  | 'suspend'
  | 'resume'
  | 'rescue'
  | 'unrescue'
  | 'rebuild'
  | 'resize'
  | 'revertResize'
  | 'createImage'
  | 'createBackup'
  | 'shelve'
  | 'shelveOffload'
  | 'unshelve'
  | 'delete';

interface Rule {
  readonly from: readonly VmState[];
  /** Tasks that do not stand in the way. */
  readonly during?: readonly TaskState[] | 'any';
  readonly task: TaskState;
  /** How the server's list of actions calls it, when not by its own name. */
  readonly name?: string;
}

const everything: readonly VmState[] = [
  ...(['building', 'active', 'paused', 'suspended', 'stopped', 'rescued'] as const),
  ...(['resized', 'shelved', 'shelved_offloaded', 'error'] as const),
];

/** Nova's `check_instance_state`, as data. */
const rules: Readonly<Record<Action, Rule>> = {
  start: { from: ['stopped'], task: 'powering-on' },
  stop: { from: ['active', 'error'], task: 'powering-off' },
  softReboot: { from: ['active'], task: 'rebooting', name: 'reboot' },
  hardReboot: {
    from: ['active', 'stopped', 'paused', 'suspended', 'error'],
    during: ['rebooting', 'rebooting_hard', 'resuming', 'unpausing', 'suspending'],
    task: 'rebooting_hard',
    name: 'reboot',
  },
  pause: { from: ['active'], task: 'pausing' },
  unpause: { from: ['paused'], task: 'unpausing' },
  suspend: { from: ['active'], task: 'suspending' },
  resume: { from: ['suspended'], task: 'resuming' },
  rescue: { from: ['active', 'stopped', 'error'], task: 'rescuing' },
  unrescue: { from: ['rescued'], task: 'unrescuing' },
  rebuild: { from: ['active', 'stopped', 'error'], task: 'rebuilding' },
  resize: { from: ['active', 'stopped'], task: 'resize_prep' },
  revertResize: { from: ['resized'], task: 'resize_reverting' },
  createImage: { from: ['active', 'stopped', 'paused', 'suspended'], task: 'image_snapshot_pending' },
  createBackup: { from: ['active', 'stopped', 'paused', 'suspended'], task: 'image_backup' },
  shelve: { from: ['active', 'stopped', 'paused', 'suspended'], task: 'shelving' },
  shelveOffload: { from: ['shelved'], task: 'shelving_offloading' },
  unshelve: { from: ['shelved', 'shelved_offloaded'], task: 'unshelving' },
  delete: { from: everything, during: 'any', task: 'deleting' },
};

/** How the server's list of actions calls it. */
export function actionName(action: Action): string {
  return rules[action].name ?? action;
}

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

/** Cards come and go in these states, when nothing else is being done to the server. */
export const deviceStates: readonly VmState[] = ['active', 'paused', 'stopped'];
/** Volumes also in these. */
export const volumeStates: readonly VmState[] = [...deviceStates, 'resized', 'shelved_offloaded'];

/** What the reconciler has to do next. `watch`: see to its devices, and compare with what the engine sees. */
export type NextStep =
  | ('build' | 'start' | 'stop' | 'softReboot' | 'hardReboot' | 'pause' | 'suspend' | 'rescue' | 'unrescue')
  | ('rebuild' | 'resize' | 'revert' | 'snapshot' | 'shelve' | 'offload' | 'unshelve' | 'delete' | 'watch' | 'gone');

/** The step of each task that has one of its own; the others are stages of a build. */
const steps: Partial<Record<TaskState, NextStep>> = {
  deleting: 'delete',
  'powering-on': 'start',
  unpausing: 'start',
  resuming: 'start',
  'powering-off': 'stop',
  rebooting: 'softReboot',
  rebooting_hard: 'hardReboot',
  pausing: 'pause',
  suspending: 'suspend',
  rescuing: 'rescue',
  unrescuing: 'unrescue',
  rebuilding: 'rebuild',
  resize_prep: 'resize',
  resize_migrating: 'resize',
  resize_finish: 'resize',
  resize_reverting: 'revert',
  image_snapshot_pending: 'snapshot',
  image_uploading: 'snapshot',
  image_backup: 'snapshot',
  shelving: 'shelve',
  shelving_image_uploading: 'shelve',
  shelving_offloading: 'offload',
  unshelving: 'unshelve',
};

export function nextStep({ vmState, taskState }: ServerState): NextStep {
  if (vmState === 'deleted') return 'gone';
  const step = taskState === null ? undefined : steps[taskState];
  return step ?? (vmState === 'building' ? 'build' : 'watch');
}
