import { chmod, chown, mkdir, readdir, rm, stat } from 'node:fs/promises';
import type { Installation } from '../../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../../kernel/supervise/process.ts';
import { run } from './command.ts';
import { callUntil } from './control.ts';
import type { Layout } from './layout.ts';

const schemas = {
  ovs: '/usr/share/openvswitch/vswitch.ovsschema',
  northbound: '/usr/share/ovn/ovn-nb.ovsschema',
  southbound: '/usr/share/ovn/ovn-sb.ovsschema',
} as const;

/**
 * It takes no `--unixctl` (23.03) and names its control socket after its pid, in its runtime folder: whoever was killed
 * leaves one behind.
 */
const controller = 'ovn-controller';

/** What the hooks of the switch and of the controller do; the rest of a daemon is the same for all. */
export interface DaemonHooks {
  prepareSwitch(): Promise<void>;
  switchReady(signal: AbortSignal): Promise<void>;
  prepareController(): Promise<void>;
  controllerReady(signal: AbortSignal): Promise<void>;
}

/** The six daemons, none of which detaches: the supervisor has them. All paths are the installation's own. */
export function daemons(installation: Installation, layout: Layout, hooks: DaemonHooks): readonly ProcessSpec[] {
  const { northboundSocket, southboundSocket, ovsSocket } = layout;
  const groupAccess = async () => {
    await chown(northboundSocket, 0, installation.users.api.gid);
    await chmod(northboundSocket, 0o660);
  };
  const makeFolders = () => prepareFolders(installation, layout);
  const daemon = (spec: Pick<ProcessSpec, 'name' | 'command' | 'args' | 'after' | 'prepare' | 'ready' | 'netns'>) =>
    daemonSpec(layout, makeFolders, spec);
  const database = (name: string, file: string, schema: string, socket: string, opened: () => Promise<void>) =>
    daemon({
      name,
      command: 'ovsdb-server',
      args: [`--remote=punix:${socket}`, file],
      prepare: () => prepareDatabase(file, schema),
      async ready(signal) {
        await callUntil(socket, 'list_dbs', [], () => true, signal);
        await opened();
      },
    });
  const nothing = async () => {};
  return [
    database('ovsdb', `${layout.data}/conf.db`, schemas.ovs, ovsSocket, nothing),
    database('ovn-northbound', `${layout.data}/northbound.db`, schemas.northbound, northboundSocket, groupAccess),
    database('ovn-southbound', `${layout.data}/southbound.db`, schemas.southbound, southboundSocket, nothing),
    daemon({
      name: 'ovs-vswitchd',
      command: 'ovs-vswitchd',
      args: [`unix:${ovsSocket}`],
      netns: installation.netns,
      after: ['ovsdb'],
      prepare: hooks.prepareSwitch,
      ready: hooks.switchReady,
    }),
    daemon({
      name: 'ovn-northd',
      command: 'ovn-northd',
      args: [`--ovnnb-db=unix:${northboundSocket}`, `--ovnsb-db=unix:${southboundSocket}`],
      after: ['ovn-northbound', 'ovn-southbound'],
      ready: (signal) =>
        callUntil(layout.control('ovn-northd'), 'status', [], (status) => String(status).includes('active'), signal),
    }),
    daemon({
      name: controller,
      command: 'ovn-controller',
      args: [`unix:${ovsSocket}`],
      netns: installation.netns,
      after: ['ovs-vswitchd', 'ovn-southbound'],
      async prepare() {
        await removeControllerSockets(layout.ovnRun);
        await hooks.prepareController();
      },
      ready: hooks.controllerReady,
    }),
  ];
}

function daemonSpec(
  layout: Layout,
  makeFolders: () => Promise<void>,
  spec: Pick<ProcessSpec, 'name' | 'command' | 'args' | 'after' | 'prepare' | 'ready' | 'netns'>,
): ProcessSpec {
  const control = layout.control(spec.name);
  return {
    ...spec,
    args: [
      ...(spec.name === controller ? [] : [`--unixctl=${control}`]),
      `--pidfile=${control.replace(/ctl$/, 'pid')}`,
      // The supervisor keeps what is said on stderr.
      '-vconsole:info',
      '-vfile:off',
      '-vsyslog:off',
      ...spec.args,
    ],
    env: {
      OVS_RUNDIR: layout.ovsRun,
      OVN_RUNDIR: layout.ovnRun,
      OVS_DBDIR: layout.data,
      OVN_DBDIR: layout.data,
      OVS_SYSCONFDIR: layout.data,
      OVN_SYSCONFDIR: layout.data,
    },
    cwd: '/',
    async prepare() {
      await makeFolders();
      await spec.prepare?.();
    },
  };
}

async function prepareFolders(installation: Installation, layout: Layout): Promise<void> {
  for (const folder of [layout.data, layout.ovsRun, layout.ovnRun])
    await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(layout.data, 0o700);
  await chmod(layout.ovsRun, 0o700);
  await chown(layout.ovnRun, 0, installation.users.api.gid);
  await chmod(layout.ovnRun, 0o750);
}

async function removeControllerSockets(folder: string): Promise<void> {
  const stale = (await readdir(folder)).filter((name) => /^ovn-controller\.\d+\.ctl$/.test(name));
  for (const name of stale) await rm(`${folder}/${name}`, { force: true });
}

/** Creates the database, or brings one that an older version made to the schema that is installed. */
async function prepareDatabase(file: string, schema: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (!there) await run('ovsdb-tool', ['create', file, schema]);
  else if ((await run('ovsdb-tool', ['needs-conversion', file, schema])).trim() === 'yes') {
    await run('ovsdb-tool', ['convert', file, schema]);
  }
}
