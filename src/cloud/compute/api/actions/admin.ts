import Type from 'typebox';
import { badRequest, Fault } from '../../../../kernel/base/errors.ts';
import type { VmState } from '../../domain/states.ts';
import { resetState, stateConflict, visibleServer } from '../../operations/servers.ts';
import type { ComputeSettings } from '../../operations/settings.ts';
import { boolean, exact } from '../schemas.ts';
import { type ActionHandler, type ActionHandlers, type ActionRequest, action, nullOr, plain } from './action.ts';

const optional = Type.Optional;
const host = Type.String({ minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9-._]*$' });
const hostOrNull = nullOr(host);
const blockMigration = Type.Union([boolean, Type.Literal('auto')]);

/** What only administrators do: words on states, and moves to other hosts, of which there are none. */
export function adminActions(settings: ComputeSettings): ActionHandlers {
  const { hostName } = settings;
  const inState = async ({ context, id }: ActionRequest, name: string, states: readonly VmState[]) => {
    const { vmState, taskState } = await visibleServer(settings.store.db, context, id);
    if (!states.includes(vmState)) throw stateConflict(name, id, `vm_state ${vmState}`);
    if (taskState !== null) throw stateConflict(name, id, `task_state ${taskState}`);
  };
  const move = (name: string, wanted: string | undefined | null): never => {
    if (wanted !== undefined && wanted !== null && wanted !== hostName) {
      throw badRequest(`Compute host ${wanted} could not be found.`);
    }
    throw badRequest(`No valid host was found. There is no other host to ${name} to.`);
  };
  const removed = (name: string): ActionHandler =>
    plain(
      async () => {
        throw new Fault('notFound', `The action ${name} was for XenAPI, which is no more.`, { status: 410 });
      },
      { admin: true },
    );
  return {
    'os-resetState': action<{ readonly state: 'active' | 'error' }>({
      admin: true,
      schemas: { '2.1': exact({ state: Type.Union([Type.Literal('active'), Type.Literal('error')]) }) },
      async run({ context, id, argument: { state } }) {
        await resetState(settings, context, id, state);
        return undefined;
      },
    }),
    migrate: action<{ readonly host?: string | null } | null>({
      admin: true,
      schemas: { '2.1': Type.Unknown(), '2.56': nullOr(exact({ host: optional(hostOrNull) })) },
      async run(request) {
        await inState(request, 'migrate', ['active', 'stopped']);
        return move('migrate', request.argument?.host);
      },
    }),
    'os-migrateLive': action<{ readonly host: string | null }>({
      admin: true,
      schemas: {
        '2.1': exact({ host: hostOrNull, block_migration: boolean, disk_over_commit: boolean }),
        '2.25': exact({ host: hostOrNull, block_migration: blockMigration }),
        '2.30': exact({ host: hostOrNull, block_migration: blockMigration, force: optional(boolean) }),
        '2.68': exact({ host: hostOrNull, block_migration: blockMigration }),
      },
      async run(request) {
        await inState(request, 'os-migrateLive', ['active', 'paused']);
        return move('migrate', request.argument.host);
      },
    }),
    evacuate: action<{ readonly host?: string }>({
      admin: true,
      schemas: {
        '2.1': exact({
          host: optional(host),
          onSharedStorage: boolean,
          adminPass: optional(Type.String({ maxLength: 255 })),
        }),
        '2.14': exact({ host: optional(host), adminPass: optional(Type.String({ maxLength: 255 })) }),
      },
      async run(request) {
        await inState(request, 'evacuate', ['active', 'stopped', 'error']);
        throw badRequest(`Compute service of ${hostName} is still in use.`);
      },
    }),
    resetNetwork: removed('resetNetwork'),
    injectNetworkInfo: removed('injectNetworkInfo'),
  };
}
