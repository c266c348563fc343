import type { Workflow } from '../../../kernel/work/index.ts';
import { lockStack, setStackState } from '../store/stacks.ts';
import type { Status } from '../store/tables.ts';
import { nextLook, removeResource, type StackWork } from './create-stack.ts';
import type { StackDeps } from './stack-state.ts';

/**
 * Deletes a stack: each resource once those that needed it are gone. It has no undo: what fails leaves the stack as
 * `DELETE_FAILED`, and deleting it again goes on from there.
 */
export function deleteStackWorkflow(deps: StackDeps): Workflow<StackWork> {
  return {
    name: 'orchestration.stack.delete',
    steps: ({ resources }) =>
      [...resources].reverse().map(({ name }) => ({
        name,
        after: resources.filter(({ after }) => after.includes(name)).map((needing) => needing.name),
        run: async (context) => {
          const gone = await removeResource(deps, name, context, 'DELETE');
          return gone ? null : nextLook(0);
        },
      })),
    done: (tx, { input, now }) => ended(tx, input.stackId, 'COMPLETE', 'Stack DELETE completed successfully', now()),
    undone: (tx, { input, now }, fault) =>
      ended(tx, input.stackId, 'FAILED', `Resource DELETE failed: ${fault.step}: ${fault.message}`, now()),
  };
}

async function ended(
  tx: Parameters<typeof lockStack>[0],
  id: string,
  status: Status,
  reason: string,
  time: Date,
): Promise<void> {
  const row = await lockStack(tx, id);
  if (row === undefined) return;
  await setStackState(tx, { id, name: row.name, projectId: row.project_id, action: 'DELETE', status, reason, time });
}
