import Type, { type TSchema } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import {
  atLeast,
  caller,
  Reply,
  type Route,
  route,
  type Validator,
  type Version,
  validator,
} from '../../../kernel/http/index.ts';
import { act, updateServer, visibleServer } from '../operations/servers.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import type { Hypervisor } from '../ports.ts';
import { exact } from './schemas.ts';

/** One of the actions that share `POST /servers/ID/action`. */
interface ActionHandler {
  /** What must stand under the action's name. */
  readonly schema: TSchema;
  /** The same, since 2.73. */
  readonly schemaSince273?: TSchema;
  /** Undefined: 202 without a body. */
  run(context: Context, id: string, argument: unknown): Promise<Reply | undefined>;
}

const anything = Type.Unknown();

/** Actions of Nova's API that this cloud does not have yet. */
const unsupported = new Set([
  'addFixedIp',
  'removeFixedIp',
  'addFloatingIp',
  'removeFloatingIp',
  'addSecurityGroup',
  'removeSecurityGroup',
  'changePassword',
  'confirmResize',
  'createBackup',
  'createImage',
  'evacuate',
  'migrate',
  'os-getRDPConsole',
  'os-getSerialConsole',
  'os-getSPICEConsole',
  'os-getVNCConsole',
  'os-migrateLive',
  'os-resetState',
  'pause',
  'rebuild',
  'rescue',
  'resetNetwork',
  'injectNetworkInfo',
  'resize',
  'restore',
  'resume',
  'revertResize',
  'shelve',
  'shelveOffload',
  'suspend',
  'trigger_crash_dump',
  'unpause',
  'unrescue',
  'unshelve',
]);

/** Takes what runs to the guest: power, console, lock. */
export function actionRoutes(settings: ComputeSettings, hypervisor: Hypervisor): Route[] {
  const handlers = actionHandlers(settings, hypervisor);
  return [
    route({
      method: 'POST',
      path: '/v2.1/servers/:serverId/action',
      operation: 'compute:servers:action',
      policy: policies.projectMember,
      status: 202,
      body: Type.Record(Type.String(), Type.Unknown(), { minProperties: 1, maxProperties: 1 }),
      actions: Object.fromEntries(Object.entries(handlers).map(([name, { schema }]) => [name, schema])),
      async handler(request) {
        const [name = ''] = Object.keys(request.body);
        const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
        if (handler === undefined) throw noSuchAction(name);
        checkOf(name, handler, request.version)(request.body);
        return (await handler.run(caller(request), request.params.serverId ?? '', request.body[name])) ?? new Reply({});
      },
    }),
  ];
}

const checks = new Map<string, Validator>();

/** Checks the whole body of an action; each schema is compiled once. */
function checkOf(name: string, { schema, schemaSince273 }: ActionHandler, asked: Version): Validator {
  const later = schemaSince273 !== undefined && atLeast(asked, '2.73');
  const key = `${name}${later ? '@2.73' : ''}`;
  const known = checks.get(key);
  if (known !== undefined) return known;
  const made = validator('body', exact({ [name]: later ? schemaSince273 : schema }));
  checks.set(key, made);
  return made;
}

function noSuchAction(name: string): Fault {
  if (unsupported.has(name)) return new Fault('notSupported', `The server action ${name} is not supported yet.`);
  return badRequest(`There is no such action: ${name.slice(0, 64)}`);
}

const rebootType = Type.Unsafe<string>({ type: 'string', pattern: '^([Hh]ard|HARD|[Ss]oft|SOFT)$' });
const reboot = exact({ type: rebootType });
const lockReason = Type.Union([exact({ locked_reason: Type.String({ minLength: 1, maxLength: 255 }) }), Type.Null()]);
const consoleOutput = exact({
  length: Type.Optional(
    Type.Unsafe<number | string | null>({
      anyOf: [{ type: 'integer', minimum: -1 }, { type: 'string', pattern: '^-?[0-9]{1,9}$' }, { type: 'null' }],
    }),
  ),
});

function actionHandlers(settings: ComputeSettings, hypervisor: Hypervisor): Record<string, ActionHandler> {
  const simple = (action: 'start' | 'stop' | 'delete'): ActionHandler => ({
    schema: anything,
    run: (context, id) => act(settings, context, id, action).then(() => undefined),
  });
  return {
    'os-start': simple('start'),
    'os-stop': simple('stop'),
    forceDelete: simple('delete'),
    reboot: {
      schema: reboot,
      async run(context, id, argument) {
        const { type } = argument as { type: string };
        await act(settings, context, id, type.toLowerCase() === 'hard' ? 'hardReboot' : 'softReboot');
        return undefined;
      },
    },
    'os-getConsoleOutput': {
      schema: consoleOutput,
      async run(context, id, argument) {
        const { length } = argument as { length?: number | string | null };
        return new Reply({
          status: 200,
          body: { output: await consoleText(settings, hypervisor, context, id, length) },
        });
      },
    },
    lock: {
      schema: anything,
      schemaSince273: lockReason,
      async run(context, id, argument) {
        const reason = (argument as { locked_reason?: string } | null)?.locked_reason ?? null;
        await updateServer(settings, context, id, (server) => ({
          locked_by: server.lockedBy ?? (context.isAdmin ? 'admin' : 'owner'),
          locked_reason: reason,
        }));
        return undefined;
      },
    },
    unlock: {
      schema: anything,
      async run(context, id) {
        await updateServer(settings, context, id, ({ lockedBy }) => {
          if (lockedBy === 'admin' && !context.isAdmin) {
            throw new Fault(
              'forbidden',
              'An administrator has locked this server: only an administrator may unlock it.',
            );
          }
          return { locked_by: null, locked_reason: null };
        });
        return undefined;
      },
    },
  };
}

async function consoleText(
  { store }: ComputeSettings,
  hypervisor: Hypervisor,
  context: Context,
  id: string,
  length: number | string | null | undefined,
): Promise<string> {
  const server = await visibleServer(store.db, context, id);
  if (server.host === null) throw conflict(`Instance ${id} is not ready`);
  const lines = length === undefined || length === null || Number(length) < 0 ? undefined : Number(length);
  return hypervisor.consoleLog(id, lines);
}
