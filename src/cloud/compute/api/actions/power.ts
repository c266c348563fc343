import Type from 'typebox';
import { conflict, Fault } from '../../../../kernel/base/errors.ts';
import { Reply } from '../../../../kernel/http/index.ts';
import type { Action } from '../../domain/actions.ts';
import { act, stateConflict, visibleServer } from '../../operations/servers.ts';
import type { ComputeSettings } from '../../operations/settings.ts';
import type { Hypervisor } from '../../ports.ts';
import { exact } from '../schemas.ts';
import { type ActionHandlers, action, plain } from './action.ts';

const rebootType = Type.Unsafe<string>({ type: 'string', pattern: '^([Hh]ard|HARD|[Ss]oft|SOFT)$' });
const consoleOutput = exact({
  length: Type.Optional(
    Type.Unsafe<number | string | null>({
      anyOf: [{ type: 'integer', minimum: -1 }, { type: 'string', pattern: '^-?[0-9]{1,9}$' }, { type: 'null' }],
    }),
  ),
});

/** What a guest does, and what it says. */
export function powerActions(settings: ComputeSettings, hypervisor: Hypervisor): ActionHandlers {
  const begin = (name: Action) => plain(({ context, id }) => act(settings, context, id, name));
  return {
    'os-start': begin('start'),
    'os-stop': begin('stop'),
    pause: begin('pause'),
    unpause: begin('unpause'),
    suspend: begin('suspend'),
    resume: begin('resume'),
    forceDelete: begin('delete'),
    // Deleted servers are gone at once here, as in Nova without a reclaim interval.
    restore: plain(async ({ context, id }) => {
      const { vmState } = await visibleServer(settings.store.db, context, id);
      throw stateConflict('restore', id, `vm_state ${vmState}`);
    }),
    reboot: action<{ readonly type: string }>({
      schemas: { '2.1': exact({ type: rebootType }) },
      async run({ context, id, argument: { type } }) {
        await act(settings, context, id, type.toLowerCase() === 'hard' ? 'hardReboot' : 'softReboot');
        return undefined;
      },
    }),
    'os-getConsoleOutput': action<{ readonly length?: number | string | null }>({
      schemas: { '2.1': consoleOutput },
      async run({ context, id, argument: { length } }) {
        const server = await visibleServer(settings.store.db, context, id);
        if (server.host === null) throw conflict(`Instance ${id} is not ready`);
        const all = length === undefined || length === null || Number(length) < 0;
        const log = await hypervisor.consoleLog(id, all ? undefined : Number(length));
        // As Nova counts: what follows the last line break is a line, be it empty.
        const output = all ? log : log.split('\n').slice(-Number(length)).join('\n');
        return new Reply({ status: 200, body: { output } });
      },
    }),
    changePassword: action<{ readonly adminPass: string }>({
      schemas: { '2.1': exact({ adminPass: Type.String({ maxLength: 255 }) }) },
      async run({ context, id }) {
        const { vmState } = await visibleServer(settings.store.db, context, id);
        if (vmState !== 'active') throw stateConflict('changePassword', id, `vm_state ${vmState}`);
        throw new Fault('notSupported', 'Unable to set password on instance: that needs an agent in the guest.');
      },
    }),
    trigger_crash_dump: plain(
      async ({ context, id }) => {
        await visibleServer(settings.store.db, context, id);
        throw new Fault('notSupported', 'Guests are not sent non-maskable interrupts here.', { status: 400 });
      },
      { versions: { min: { major: 2, minor: 17 } } },
    ),
  };
}
