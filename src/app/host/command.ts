import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { Fault } from '../../kernel/base/errors.ts';
import { connectHost } from '../../kernel/hostlink/client.ts';
import { sockets } from '../../kernel/supervise/installation.ts';
import { publicUrl } from '../api-settings.ts';
import { raisesEngines } from '../config.ts';
import { ConfigError } from '../config-error.ts';
import { refusePasswordInArguments } from '../database-url.ts';
import { assertReachable, isRoot } from '../layout.ts';
import { configOf, type Options, parseOptions } from './command-options.ts';
import { help } from './help.ts';
import type { SettledConfig } from './installation-host.ts';
import { endOf, follow, goneProcess, type HostPlace, hostPlace, launchHost, runningHost } from './launch.ts';
import { settleExternalRange } from './machine-network.ts';
import { messagesIn, terminalLanguage } from './messages.ts';
import { openStackPlace } from './openstack-place.ts';
import type { StepEvent } from './progress.ts';
import { assertRequirements } from './requirements.ts';
import { CommandError } from './run.ts';
import type { HostStatus } from './status.ts';

const words = messagesIn(terminalLanguage(process.env));
/** Longest that a host process may take to stop guests, engines and PostgreSQL. */
const downTimeoutMs = 120_000;
const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** For a cloud whose network is not real. */
const anyRange = '172.24.4.0/24';
const handOverTimeoutMs = 30_000;

/** Raises the cloud, or finds it raised; in the foreground it then stays until Ctrl-C takes the cloud down. */
async function up(options: Options): Promise<number> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o755 });
  const place = findPlace(options);
  if (runningHost(place) !== undefined) {
    print(words.already(publicUrl(configOf(options, process.env))));
    return options.detach ? 0 : stayInForeground(place);
  }
  const startedAt = performance.now();
  print(words.starting(place.dataDir));
  const config = await settle(options, place);
  await start(place, config);
  print(words.ready(publicUrl(config), seconds(startedAt)));
  if (raisesEngines(config)) print(words.externalRange(config.externalCidr));
  print(config.openstack === undefined ? words.signIn(place.dataDir) : words.marketAlone(config.openstack.cloud));
  return options.detach ? 0 : stayInForeground(place);
}

async function start(place: HostPlace, config: SettledConfig): Promise<void> {
  const child = launchHost(place, 'up', config);
  const gone = endOf(child, place);
  // Ctrl-C in the middle takes down what is up already; the host process has a session of its own and hears it from us.
  const interrupt = () => void child.kill('SIGTERM');
  for (const signal of interrupts) process.on(signal, interrupt);
  const failure = await follow(place, 'up', gone, show);
  for (const signal of interrupts) process.off(signal, interrupt);
  if (failure === undefined) {
    child.unref();
    return;
  }
  await gone;
  throw new ConfigError(failure);
}

/** The settings to run with, checked against this machine. */
async function settle(options: Options, place: HostPlace): Promise<SettledConfig> {
  const config = configOf(options, process.env);
  assertRequirements(config);
  assertReachable(place.dataDir);
  refusePasswordInArguments(options.flags.databaseUrl);
  if (config.databaseUrl !== undefined) await checkDatabase(config.databaseUrl);
  // What would not do is refused before anything starts.
  if (config.openstack !== undefined) openStackPlace(config.openstack);
  if (!raisesEngines(config)) return { ...config, externalCidr: config.externalCidr ?? anyRange };
  return { ...config, externalCidr: await settleExternalRange(config.externalCidr, place.dataDir) };
}

/** Loaded only by those who have a PostgreSQL of their own. */
async function checkDatabase(url: string): Promise<void> {
  const { assertUsableDatabase } = await import('./external-database.ts');
  await assertUsableDatabase(url);
}

/** Takes everything down, also what a host process that was killed left behind. */
async function down(options: Options): Promise<number> {
  const place = findPlace(options);
  if (!existsSync(place.runDir)) {
    print(words.notRunning(place.dataDir));
    return 0;
  }
  print(words.stopping(place.dataDir));
  const host = runningHost(place);
  let gone: Promise<string | undefined>;
  if (host === undefined) {
    const config = configOf(options, process.env);
    const child = launchHost(place, 'down', { ...config, externalCidr: config.externalCidr ?? anyRange });
    gone = endOf(child, place);
  } else {
    process.kill(host.pid, 'SIGTERM');
    gone = goneProcess(host, downTimeoutMs);
  }
  const failure = await follow(place, 'down', gone, show);
  if (failure !== undefined) throw new ConfigError(failure);
  print(words.stopped);
  return 0;
}

/** Replaces the host process and `api`; guests, networks and PostgreSQL stay. */
async function restart(options: Options): Promise<number> {
  const place = findPlace(options);
  const startedAt = performance.now();
  if (!existsSync(place.runDir)) throw new ConfigError(words.notRunning(place.dataDir));
  // What would not start is refused before anything stops.
  const config = await settle(options, place);
  const host = runningHost(place);
  if (host !== undefined) {
    process.kill(host.pid, 'SIGHUP');
    const failure = await goneProcess(host, handOverTimeoutMs);
    if (failure !== undefined) throw new ConfigError(failure);
  }
  await start(place, config);
  print(words.restarted(publicUrl(config), seconds(startedAt)));
  return 0;
}

async function status(options: Options): Promise<number> {
  const place = findPlace(options);
  if (runningHost(place) === undefined) {
    const isHeadless = existsSync(place.runDir);
    if (options.output === 'json') print(JSON.stringify({ running: false }));
    else print(isHeadless ? words.hostDied(place.logFile) : words.notRunning(place.dataDir));
    return isHeadless ? 1 : 3;
  }
  const link = connectHost(sockets.host(place.runDir));
  const answer = await link.call<HostStatus>('host.status', {});
  link.close();
  const url = publicUrl(configOf(options, process.env));
  if (options.output === 'json') print(JSON.stringify({ running: true, url, ...answer }, undefined, 2));
  else printTable(url, answer);
  return answer.processes.every(({ state }) => state === 'ready') ? 0 : 1;
}

function printTable(url: string, { processes, guests, accelerator, ceilings, ...facts }: HostStatus): void {
  print(`${url}  ${facts.netns}  ${facts.externalCidr}  andromede ${facts.versions.andromede}`);
  if (facts.database !== null) print(words.externalDatabase(facts.database));
  print(words.guestCount(Object.entries(guests).map(([power, count]) => `${count} ${power}`)));
  // A host process from before the last upgrade does not say it.
  if (accelerator) print(words.accelerator(accelerator.kind.toUpperCase(), accelerator.reason));
  if (ceilings) print(words.ceilings(ceilings.kind, ceilings.reason));
  const rows = [{ name: 'host', state: 'ready', pid: facts.pid, restarts: 0, since: '' }, ...processes].map(
    ({ name, state, pid, restarts, since }) => [name, state, String(pid ?? '-'), String(restarts), since],
  );
  for (const row of [['NAME', 'STATE', 'PID', 'RESTARTS', 'SINCE'], ...rows]) {
    const widths = [20, 10, 8, 10, 0];
    print(
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('')
        .trimEnd(),
    );
  }
}

/** Becomes the command, inside the cloud's network namespace. */
function exec(options: Options): number {
  const [command] = options.rest;
  if (command === undefined) throw new ConfigError('exec needs a command: bin/andromede exec -- ip address');
  if (!isRoot) throw new ConfigError('only root may enter a network namespace: run the same command with sudo');
  const place = findPlace(options);
  const { netns } = place;
  if (!existsSync(`/run/netns/${netns}`)) throw new ConfigError(words.notRunning(place.dataDir));
  become('/usr/sbin/ip', ['ip', 'netns', 'exec', netns, ...options.rest]);
  return 1;
}

/** A few kilobytes of shell wait in our place; Ctrl-C reaches them, not the host, which has a session of its own. */
function stayInForeground(place: HostPlace): number {
  const bin = realpathSync(`${import.meta.dirname}/../../../bin/andromede`);
  const script = `${import.meta.dirname}/foreground.sh`;
  const texts = [words.interrupt, words.hostDied(place.logFile)];
  become('/bin/sh', ['sh', script, place.record, bin, place.dataDir, ...texts]);
  return 1;
}

/** Replaces this process by another program, which keeps its pid and terminal; returns only on failure. */
function become(path: string, argv: string[]): void {
  flushCompileCache();
  const { NODE_COMPILE_CACHE: _ours, ...environment } = process.env;
  process.execve?.(path, argv, environment as Record<string, string>);
}

function findPlace({ dataDir }: Options): HostPlace {
  if (!existsSync(dataDir)) throw new ConfigError(words.notRunning(dataDir));
  return hostPlace(realpathSync(dataDir));
}

function show(event: StepEvent): void {
  if (event.state === 'begun') return;
  const mark = event.state === 'done' ? '✓' : '✗';
  print(`  ${mark} ${words[event.step]} (${(event.ms / 1000).toFixed(1)} s)`);
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const commands = { up, down, restart, status, exec };

async function main(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2), process.env);
    if (options.help) {
      print(help(options.command, terminalLanguage(process.env)));
      return 0;
    }
    return await commands[options.command](options);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof Fault || error instanceof CommandError)) throw error;
    process.stderr.write(`andromede: ${error.message}\n`);
    return 1;
  }
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exitCode = await main();
