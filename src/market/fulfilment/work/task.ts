import type { TaskFulfilment } from '../domain/fulfilment.ts';
import type { Fulfiller, Progress } from '../ports.ts';
import type { NewTask, Task } from '../store/tasks.ts';

/** Where tasks are kept. */
export interface TaskDeps {
  ensure(task: NewTask): Promise<void>;
  /** What of the instance somebody may still do. */
  open(instanceId: string): Promise<readonly Task[]>;
  /** Takes a task away from whoever has it. */
  cancel(id: string): Promise<void>;
  /** Whether somebody has done something for it. */
  wasDone(instanceId: string): Promise<boolean>;
  now(): Date;
}

/** A lost wake-up is made good this soon. */
const lookAgainMs = 30_000;
const nothing: Progress = { state: 'done', delivered: { outputs: {}, secrets: {}, resources: [] } };

/** Work for people: a task in an inbox. Whoever has done it says so, with what was promised. */
export function taskFulfiller(deps: TaskDeps): Fulfiller<TaskFulfilment> {
  return {
    async advance({ id, operation, delivery, memory }) {
      const { fulfilment, title, parameters } = delivery;
      if (operation === 'terminate') {
        for (const task of await deps.open(delivery.instanceId)) if (task.id !== id) await deps.cancel(task.id);
        if (!(await deps.wasDone(delivery.instanceId))) return nothing;
      }
      if (operation !== 'provision' && fulfilment.operations?.includes(operation) !== true) return nothing;
      const assigneeId = fulfilment.assigneeId ?? delivery.publisherId;
      const { instructions } = fulfilment;
      await deps.ensure({ id, assigneeId, title, instructions, parameters, createdAt: deps.now() });
      return { state: 'working', waitsFor: 'person', lookAgainMs, memory };
    },
  };
}
