import Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { caller, Reply, type Route, route, type WebSocketRoute } from '../../../kernel/http/index.ts';
import { type ConsoleKind, issueConsoleToken, openConsole } from '../operations/consoles.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import type { Hypervisor } from '../ports.ts';
import { type ActionHandler, type ActionHandlers, action } from './actions/action.ts';
import { exact } from './schemas.ts';

const webSocketPath = '/console';
const until25 = { max: { major: 2, minor: 5 } };
const since26 = { min: { major: 2, minor: 6 } };

/** Nova's types of console, and which of ours each is; the others' technologies do not exist here. */
const types: Readonly<Record<string, ConsoleKind | undefined>> = { novnc: 'vnc', serial: 'serial' };

const remoteConsole = exact({
  remote_console: exact({
    protocol: Type.Union(['vnc', 'spice', 'rdp', 'serial', 'mks'].map((name) => Type.Literal(name))),
    type: Type.Union(
      ['novnc', 'xvpvnc', 'spice-html5', 'rdp-html5', 'serial', 'webmks'].map((name) => Type.Literal(name)),
    ),
  }),
});

/** Since 2.6, consoles are asked for here. */
export function remoteConsoleRoutes(settings: ComputeSettings): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v2.1/servers/:serverId/remote-consoles',
      operation: 'compute:servers:remote_consoles:create',
      policy: policies.projectMember,
      versions: since26,
      body: remoteConsole,
      async handler(request) {
        const { protocol, type } = request.body.remote_console;
        if (type !== 'serial' && type !== 'novnc') throw unavailable(type);
        if (types[type] !== protocol) throw badRequest(`A console of type ${type} does not speak ${protocol}.`);
        const url = await consoleUrl(settings, caller(request), request.params.serverId ?? '', type, request.baseUrl);
        return { remote_console: { protocol, type, url } };
      },
    }),
  ];
}

/** Until 2.5, by an action for each technology. */
export function consoleActions(settings: ComputeSettings): ActionHandlers {
  const by = (offered: readonly string[]): ActionHandler =>
    action<{ readonly type: string }>({
      versions: until25,
      schemas: { '2.1': exact({ type: Type.Union(offered.map((name) => Type.Literal(name))) }) },
      async run({ context, id, argument: { type }, baseUrl }) {
        const url = await consoleUrl(settings, context, id, type, baseUrl);
        return new Reply({ status: 200, body: { console: { type, url } } });
      },
    });
  return {
    'os-getVNCConsole': by(['novnc', 'xvpvnc']),
    'os-getSerialConsole': by(['serial']),
    'os-getSPICEConsole': by(['spice-html5']),
    'os-getRDPConsole': by(['rdp-html5']),
  };
}

/** Where the bytes of a console flow, as messages of a WebSocket: RFB of a screen, text of a serial line. */
export function consoleSockets(settings: ComputeSettings, hypervisor: Hypervisor): WebSocketRoute[] {
  return [
    {
      path: webSocketPath,
      operation: 'compute:servers:console',
      open: (query) => openConsole(settings, hypervisor, query.get('token') ?? ''),
    },
  ];
}

/** A page that shows the screen and is told, as noVNC's own pages are, the path of the WebSocket; for serial, the WebSocket. */
async function consoleUrl(
  settings: ComputeSettings,
  context: Context,
  id: string,
  type: string,
  baseUrl: string,
): Promise<string> {
  const kind = types[type];
  if (kind === undefined) throw unavailable(type);
  const token = await issueConsoleToken(settings, context, id, kind);
  if (kind === 'serial') return `${baseUrl.replace(/^http/, 'ws')}${webSocketPath}?token=${token}`;
  const publicUrl = baseUrl.replace(/\/compute$/, '');
  const path = `compute${webSocketPath}?token=${token}`;
  return `${publicUrl}/console/vnc?path=${encodeURIComponent(path)}`;
}

function unavailable(type: string): Error {
  return badRequest(`Unavailable console type ${type}.`);
}
