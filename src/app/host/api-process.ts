import { closeSync, existsSync, openSync, realpathSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Installation, sockets } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { publicUrl } from '../api-settings.ts';
import type { Config } from '../config.ts';
import { isRoot } from '../layout.ts';
import { inherited, openTelemetryVariables } from './inherited.ts';
import { portState } from './listens.ts';
import { isForeign } from './machine-network.ts';
import { run } from './run.ts';
import { writePrivate } from './secrets.ts';

/** The folder of this program, which holds `src/` and `node_modules/`. */
export const codeDir = realpathSync(`${import.meta.dirname}/../../..`);

/** The programs that answer: a whole cloud, or a market alone. Tests put a small one in their place. */
export const cloudProgram = 'src/app/api/main.ts';
export const marketProgram = 'src/app/market/main.ts';

/**
 * The young generation, which V8 lets grow to three times its semi-space and does not give back, is held to 24 MB: 285 MB
 * after two stories become 188, for some 8 % fewer requests a second (2026-11-26).
 */
const nodeFlags = ['--max-semi-space-size=8', '--disable-warning=ExperimentalWarning'];

/**
 * `api`: unprivileged, in the machine's own network. A clone may lie where that user cannot read (`/root`), so the
 * code and Node are mounted at a place that it can read and that nobody else sees.
 */
export function apiProcess(
  installation: Installation,
  config: Config,
  program: string,
  settings: () => object,
): ProcessSpec {
  const { dataDir, runDir, users } = installation;
  const settingsFile = `${runDir}/api.json`;
  const code = isRoot ? `${runDir}/code` : codeDir;
  const node = isRoot ? `${runDir}/node` : process.execPath;
  const privileged = {
    user: users.api,
    binds: [
      { source: codeDir, target: code },
      { source: realpathSync(process.execPath), target: node },
    ],
  };
  return {
    name: 'api',
    command: node,
    args: [...nodeFlags, `${code}/${process.env.ANDROMEDE_API_PROGRAM ?? program}`],
    env: {
      ANDROMEDE_CONFIG: settingsFile,
      ANDROMEDE_LOG: config.logLevel,
      NODE_COMPILE_CACHE: `${dataDir}/cache/api`,
      NODE_ENV: 'production',
      HOME: '/nonexistent',
      ...inherited(['ANDROMEDE_CRASH_AT', ...openTelemetryVariables()]),
    },
    ...(isRoot ? privileged : {}),
    adopt: false,
    async prepare() {
      writePrivate(settingsFile, `${JSON.stringify(settings(), undefined, 2)}\n`, users.api);
      if (isRoot) closeSync(openSync(node, 'a', 0o644));
      await assertPortFree(config);
    },
    ready: (signal) => untilAnswers(sockets.api(runDir), signal),
    readyTimeoutMs: 60_000,
    stopTimeoutMs: 15_000,
  };
}

/** The host in the cloud's URL. */
export function publishedAddress(config: Config): string {
  return new URL(publicUrl(config)).hostname;
}

/** Makes the cloud's URL, and `http://127.0.0.1:PORT`, work inside the namespace too. */
export function forwarderProcess({ runDir, netns, users }: Installation, config: Config): ProcessSpec {
  const { port } = config;
  const address = isForeign(publishedAddress(config)) ? '0.0.0.0' : '127.0.0.1';
  return {
    name: 'forwarder',
    command: 'socat',
    args: [`TCP-LISTEN:${port},bind=${address},fork,reuseaddr`, `UNIX-CONNECT:${sockets.api(runDir)}`],
    user: users.api,
    ...(port < 1024 ? { capabilities: ['net_bind_service'] } : {}),
    netns,
  };
}

async function assertPortFree({ host, port }: Config): Promise<void> {
  const state = await portState(host, port);
  if (state === 'free') return;
  if (state !== 'EADDRINUSE')
    throw new Error(`cannot listen on ${host} port ${port} (${state}); choose another --host`);
  const holder = await run('ss', ['-Hltnp', `sport = :${port}`]).catch(() => '');
  const who = /users:\(\("([^"]+)",pid=(\d+)/.exec(holder);
  const by = who === null ? '' : ` by ${who[1]} (pid ${who[2]})`;
  throw new Error(`port ${port} of ${host} is taken${by}; stop that, or choose another with --port`);
}

/** `GET /` is answered by whatever lists the APIs: 200, or 300 "Multiple Choices". */
async function untilAnswers(socketPath: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const status = existsSync(socketPath) ? await statusOf(socketPath, signal) : undefined;
    if (status === 200 || status === 300) return;
    await sleep(25, undefined, { signal }).catch(() => {});
  }
}

function statusOf(socketPath: string, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve) => {
    const query = request({ socketPath, path: '/', signal, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    query.on('error', () => resolve(undefined));
    query.end();
  });
}
