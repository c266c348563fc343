import Type from 'typebox';
import { Fault } from '../../../../kernel/base/errors.ts';
import { updateServer } from '../../operations/servers.ts';
import type { ComputeSettings } from '../../operations/settings.ts';
import { exact } from '../schemas.ts';
import { type ActionHandlers, action, nullOr, plain } from './action.ts';

const reason = exact({ locked_reason: Type.String({ minLength: 1, maxLength: 255 }) });

/** A locked server is left alone by all but administrators. */
export function lockActions(settings: ComputeSettings): ActionHandlers {
  return {
    lock: action<{ readonly locked_reason?: string } | null>({
      schemas: { '2.1': Type.Unknown(), '2.73': nullOr(reason) },
      async run({ context, id, argument }) {
        await updateServer(settings, context, id, (server) => ({
          locked_by: server.lockedBy ?? (context.isAdmin ? 'admin' : 'owner'),
          locked_reason: argument?.locked_reason ?? null,
        }));
        return undefined;
      },
    }),
    unlock: plain(({ context, id }) =>
      updateServer(settings, context, id, ({ lockedBy }) => {
        if (lockedBy === 'admin' && !context.isAdmin) {
          throw new Fault('forbidden', 'An administrator has locked this server: only an administrator may unlock it.');
        }
        return { locked_by: null, locked_reason: null };
      }),
    ),
  };
}
