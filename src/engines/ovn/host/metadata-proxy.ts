import { access, chmod, chown, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Installation, metadataNetns, sockets } from '../../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../../kernel/supervise/process.ts';
import { metadataAddress } from '../topology/metadata.ts';
import { run } from './command.ts';

/** A device in the metadata namespace, and the network whose guests are behind it. */
export interface MetadataLink {
  readonly ifname: string;
  readonly networkId: string;
}

/** What answers guests: an unprivileged HAProxy that tells `api` on whose behalf it asks. */
export interface MetadataProxy {
  /** For the supervisor. */
  readonly process: ProcessSpec;
  /** Resolves when the proxy listens on these devices, which must exist, and nowhere else. */
  listenOn(links: readonly MetadataLink[], signal: AbortSignal): Promise<void>;
}

const listenMs = 10_000;
const pollMs = 20;

/**
 * A namespace of its own: nothing but the proxy can be reached from a guest's network, and no packet goes from one
 * network to another. The address is on every link at once; which one a packet came by is what tells networks apart.
 */
const namespaceSettings = {
  'ipv4/ip_forward': '0',
  // Two networks may have the same addresses: a packet's source says nothing about where it must come from.
  'ipv4/conf/all/rp_filter': '0',
  'ipv4/conf/default/rp_filter': '0',
  // The proxy needs no capability to listen.
  'ipv4/ip_unprivileged_port_start': '80',
  'ipv6/conf/all/disable_ipv6': '1',
  'ipv6/conf/default/disable_ipv6': '1',
};

export function metadataProxy(installation: Installation): MetadataProxy {
  const { runDir, users } = installation;
  const netns = metadataNetns(installation.netns);
  const folder = `${runDir}/metadata-proxy`;
  const files = {
    configuration: `${folder}/haproxy.cfg`,
    // Of the proxy's own, where it makes its sockets; what root reads lies beside it.
    sockets: `${folder}/sockets`,
    control: `${folder}/sockets/control.sock`,
    alive: `${folder}/sockets/alive.sock`,
  };
  const textFor = (links: readonly MetadataLink[]) => configuration(sockets.metadata(runDir), files.alive, links);
  const write = async (text: string) => {
    await writeFile(`${files.configuration}.new`, text);
    await chmod(`${files.configuration}.new`, 0o644);
    await rename(`${files.configuration}.new`, files.configuration);
  };
  const present = () => readFile(files.configuration, 'utf8').catch(() => '');
  return {
    process: {
      name: 'metadata-proxy',
      command: 'haproxy',
      // A master that starts a new worker when it is told to reload, and hands it the sockets: nobody is refused meanwhile.
      args: ['-W', '-S', files.control, '-f', files.configuration],
      user: users.proxy,
      netns,
      async prepare() {
        await prepareNamespace(netns);
        await mkdir(files.sockets, { recursive: true });
        await chmod(folder, 0o755);
        await chown(files.sockets, users.proxy.uid, users.proxy.gid);
        await chmod(files.sockets, 0o700);
        if (!(await exists(files.configuration))) await write(textFor([]));
      },
      ready: (signal) => untilServes(files.alive, signal),
    },
    async listenOn(links, signal) {
      const text = textFor(links);
      const wanted = links.map(({ ifname }) => ifname);
      if (text === (await present()) && isSame(await listeningDevices(netns), wanted)) return;
      await write(text);
      await tell(files.control, 'reload');
      // HAProxy takes a device that it cannot bind to for no device at all, and would answer everybody: it is checked.
      const deadline = performance.now() + listenMs;
      while (!isSame(await listeningDevices(netns), wanted)) {
        if (performance.now() > deadline) throw new Error('the metadata proxy does not listen where it should');
        await sleep(pollMs, undefined, { signal });
      }
    },
  };
}

/** HAProxy's configuration. Headers that say who is asking are its own, whatever a guest sends. */
export function configuration(apiSocket: string, aliveSocket: string, links: readonly MetadataLink[]): string {
  const binds = links.map(
    // One network's guests cannot take all connections from another's.
    ({ ifname, networkId }) => `  bind ${metadataAddress}:80 interface ${ifname} name ${networkId} maxconn 32`,
  );
  return `global
  maxconn 4000
  nbthread 1
  hard-stop-after 10s
  no strict-limits
defaults
  mode http
  timeout connect 5s
  timeout http-request 10s
  timeout http-keep-alive 5s
  timeout client 10s
  timeout server 30s
frontend guests
  bind unix@${aliveSocket}
${binds.join('\n')}
  http-request del-header X-Forwarded-For
  http-request set-header X-Metadata-Network %[so_name]
  http-request set-header X-Metadata-Address %[src]
  default_backend api
backend api
  server api unix@${apiSocket}
`;
}

async function prepareNamespace(netns: string): Promise<void> {
  const writes = Object.entries(namespaceSettings).map(([name, value]) => `echo ${value} >/proc/sys/net/${name}`);
  await run('ip', ['netns', 'exec', netns, 'sh', '-ec', writes.join('\n')]);
  await run('ip', ['-n', netns, 'link', 'set', 'dev', 'lo', 'up']);
  await run('ip', ['-n', netns, 'address', 'replace', `${metadataAddress}/32`, 'dev', 'lo']);
}

/** The devices of the namespace's TCP listeners; `undefined` for one that is bound to none. */
async function listeningDevices(netns: string): Promise<(string | undefined)[]> {
  const lines = (await run('ip', ['netns', 'exec', netns, 'ss', '-Hltn'])).trim().split('\n');
  return lines.filter((line) => line !== '').map((line) => /%([^:\s]+):80\s/.exec(line)?.[1]);
}

function isSame(listening: readonly (string | undefined)[], wanted: readonly string[]): boolean {
  return new Set(listening).size === wanted.length && wanted.every((ifname) => listening.includes(ifname));
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function untilServes(socket: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const serves = await tell(socket, '').then(
      () => true,
      () => false,
    );
    if (serves) return;
    await sleep(pollMs, undefined, { signal });
  }
}

/** Says a line to a unix socket and resolves when the other side has ended the conversation. */
function tell(path: string, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.setTimeout(listenMs, () => socket.destroy(new Error(`${path} does not answer`)));
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.resume();
    socket.end(`${line}\n`);
  });
}
