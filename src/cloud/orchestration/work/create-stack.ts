import { badRequest } from '../../../kernel/base/errors.ts';
import { validator } from '../../../kernel/http/index.ts';
import type { Tx } from '../../../kernel/store/index.ts';
import { type Later, later, type Step, type StepContext, type Workflow } from '../../../kernel/work/index.ts';
import type { JsonObject } from '../domain/document.ts';
import type { Created } from '../resources/type.ts';
import { lockStack, setResourceState, setStackState } from '../store/stacks.ts';
import type { Action, StackRow, Status } from '../store/tables.ts';
import { contextOf, existing, loadStack, resolveInStack, resourceName, type StackDeps, typeOf } from './stack-state.ts';

/** What a stack's workflows are given: the stack, and its resources in order with what each waits for. */
export interface StackWork {
  readonly stackId: string;
  readonly rollback: boolean;
  readonly resources: readonly { readonly name: string; readonly type: string; readonly after: readonly string[] }[];
}

const firstLookMs = 100;
const longestLookMs = 2_000;

/** When to look again at a resource that was first looked at `sinceMs` ago: often at first, then patiently. */
export function nextLook(sinceMs: number): Later {
  return later(Math.min(Math.max(firstLookMs, sinceMs / 8), longestLookMs));
}

/** Makes a stack: a step a resource, each begun as soon as what it needs is ready. */
export function createStackWorkflow(deps: StackDeps): Workflow<StackWork> {
  return {
    name: 'orchestration.stack.create',
    steps: ({ resources }) => resources.map((resource) => createStep(deps, resource)),
    done: (tx, context) => ended(tx, context, 'CREATE', 'COMPLETE', 'Stack CREATE completed successfully'),
    undone: async (tx, context, fault) => {
      const reason = `Resource CREATE failed: ${fault.step}: ${fault.message}`;
      if (context.input.rollback)
        await ended(tx, context, 'ROLLBACK', 'COMPLETE', `Stack ROLLBACK completed: ${reason}`);
      else await ended(tx, context, 'CREATE', 'FAILED', reason);
    },
  };
}

async function ended(
  tx: Tx,
  context: StepContext<StackWork>,
  action: Action,
  status: Status,
  reason: string,
): Promise<void> {
  const row = await lockStack(tx, context.input.stackId);
  // A deletion that began meanwhile has the last word.
  if (row === undefined || row.action === 'DELETE') return;
  const { id, name, project_id: projectId } = row;
  await setStackState(tx, { id, name, projectId, action, status, reason, time: context.now() });
}

function createStep(deps: StackDeps, resource: StackWork['resources'][number]): Step<StackWork> {
  const { name, type, after } = resource;
  return {
    name,
    after,
    run: (context) => createResource(deps, name, context),
    commit: async (tx, { input, now }, result) => {
      const { physicalId, data } = result as Created;
      const change = { stackId: input.stackId, name, type, physicalId, ...(data === undefined ? {} : { data }) };
      await setResourceState(tx, {
        ...change,
        action: 'CREATE',
        status: 'COMPLETE',
        reason: 'state changed',
        time: now(),
      });
    },
    undo: async (context) => {
      if (!context.input.rollback) return markFailed(deps, name, context);
      return (await removeResource(deps, name, context, 'ROLLBACK')) ? undefined : nextLook(0);
    },
  };
}

async function createResource(
  deps: StackDeps,
  name: string,
  context: StepContext<StackWork>,
): Promise<Created | Later> {
  const stack = await loadStack(deps, deps.store.db, context.input.stackId);
  const row = stack.resources.get(name);
  const definition = stack.template.resources.find((resource) => resource.name === name);
  if (row === undefined || definition === undefined) throw badRequest(`The stack has no resource ${name}.`);
  refuseTimeout(stack.row, context.now());
  const type = typeOf(deps, row.type);
  let physicalId = row.physical_id;
  let data = row.data;
  if (physicalId === '') {
    const properties = (await resolveInStack(deps, stack, definition.properties)) as JsonObject;
    validator('body', type.properties)(properties);
    const created = await type.create({
      context: await contextOf(deps, stack.row),
      id: row.id,
      name: resourceName(stack.row, row),
      properties,
    });
    physicalId = created.physicalId;
    data = created.data === undefined ? null : deps.sealer.seal(created.data, row.id);
    await deps.store.transact((tx) =>
      setResourceState(tx, {
        stackId: stack.row.id,
        name,
        type: row.type,
        physicalId,
        data,
        ...{ action: 'CREATE', status: 'IN_PROGRESS', reason: 'state changed', time: context.now() },
      }),
    );
  }
  const ready = await (type.ready?.(await existing(deps, stack.row, { ...row, physical_id: physicalId, data })) ??
    true);
  return ready ? { physicalId } : nextLook(context.now().getTime() - row.updated_at.getTime());
}

const defaultTimeoutMins = 60;

function refuseTimeout({ created_at, timeout_mins }: StackRow, now: Date): void {
  const minutes = timeout_mins ?? defaultTimeoutMins;
  if (now.getTime() - created_at.getTime() > minutes * 60_000) throw badRequest(`Timed out after ${minutes} minutes.`);
}

/** A failed stack keeps what was made, as Heat does, unless a rollback was asked for. */
async function markFailed(deps: StackDeps, name: string, context: StepContext<StackWork>): Promise<void> {
  const stack = await loadStack(deps, deps.store.db, context.input.stackId);
  const row = stack.resources.get(name);
  if (row === undefined || row.status === 'COMPLETE') return;
  await deps.store.transact((tx) =>
    setResourceState(tx, {
      stackId: stack.row.id,
      name,
      type: row.type,
      physicalId: row.physical_id,
      ...{ action: 'CREATE', status: 'FAILED', reason: 'Resource CREATE failed', time: context.now() },
    }),
  );
}

/** Removes one resource; true once it is gone and noted so. */
export async function removeResource(
  deps: StackDeps,
  name: string,
  context: StepContext<StackWork>,
  action: Action,
): Promise<boolean> {
  const stack = await loadStack(deps, deps.store.db, context.input.stackId);
  const row = stack.resources.get(name);
  if (row === undefined || (row.action === 'DELETE' && row.status === 'COMPLETE')) return true;
  const gone = row.retain || (await typeOf(deps, row.type).remove(await existing(deps, stack.row, row)));
  const status = gone ? 'COMPLETE' : 'IN_PROGRESS';
  if (row.action !== action || row.status !== status) {
    await deps.store.transact((tx) =>
      setResourceState(tx, {
        stackId: stack.row.id,
        name,
        type: row.type,
        physicalId: row.physical_id,
        ...{ action: gone ? 'DELETE' : action, status, reason: 'state changed', time: context.now() },
      }),
    );
  }
  return gone;
}
