import { rmdirSync, rmSync } from 'node:fs';
import type { Logger } from '../../kernel/base/log.ts';
import { EventHub } from '../../kernel/hostlink/events.ts';
import { type HostLinkServer, serveHostLink } from '../../kernel/hostlink/server.ts';
import { type Installation, sockets } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { Supervisor } from '../../kernel/supervise/supervisor.ts';
import { apiSettings, publicUrl } from '../api-settings.ts';
import { type Config, settingsPath } from '../config.ts';
import { describeInstallation, isRoot, makeFolders, runRoot } from '../layout.ts';
import { apiProcess, codeDir, forwarderProcess } from './api-process.ts';
import { type EngineHosts, noEngines, realEngines } from './engines.ts';
import { gatewayOf } from './external-range.ts';
import { raiseNetwork, removeNetwork } from './machine-network.ts';
import { postgresProcess } from './postgres.ts';
import { Progress } from './progress.ts';
import { makeSecrets, writeCredentials, writePrivate } from './secrets.ts';
import { statusOperation } from './status.ts';
import { ensureApiUser } from './users.ts';

/** Settings with the external range chosen. */
export type SettledConfig = Config & { readonly externalCidr: string };

/** How long guests get to shut down by themselves before they are stopped. */
const guestDeadlineMs = 20_000;

/** One cloud on this machine, as its root process holds it: raises it, hands it over, takes it down. */
export class InstallationHost {
  readonly #installation: Installation;
  readonly #config: SettledConfig;
  readonly #engines: EngineHosts;
  readonly #supervisor: Supervisor;
  readonly #progress: Progress;
  readonly #link: HostLinkServer;
  readonly #log: Logger;
  readonly #wasRunning: boolean;

  private constructor(parts: Parts) {
    this.#installation = parts.installation;
    this.#config = parts.config;
    this.#engines = parts.engines;
    this.#supervisor = parts.supervisor;
    this.#progress = parts.progress;
    this.#link = parts.link;
    this.#log = parts.log;
    this.#wasRunning = parts.supervisor.foundRunning;
  }

  /** Gets everything ready to raise or take down the cloud in `dataDir`, a real path; starts and stops nothing. */
  static async open(dataDir: string, config: SettledConfig, log: Logger): Promise<InstallationHost> {
    await ensureApiUser();
    const installation = describeInstallation(dataDir, config.externalCidr);
    const { runDir, users } = installation;
    makeFolders(installation);
    const events = new EventHub();
    const progress = new Progress(events);
    const gid = isRoot ? users.api.gid : undefined;
    const link = await serveHostLink({ socketPath: sockets.host(runDir), gid, events, log });
    const engines = config.engine === 'real' ? await realEngines(installation, events, log) : noEngines;
    const supervisor = new Supervisor({ recordDir: `${runDir}/run`, logDir: `${dataDir}/log`, log, events });
    supervisor.add(processes(installation, config, engines));
    link.add([...engines.operations, statusOperation(installation, supervisor, engines)]);
    return new InstallationHost({ installation, config, engines, supervisor, progress, link, log });
  }

  /** Raises what is not up yet and adopts what is; rejects with what stands in the way. */
  async up(): Promise<void> {
    try {
      await this.#raise();
      this.#progress.publish({ type: 'host.ready' });
    } catch (error) {
      this.#progress.publish({ type: 'host.failed', message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }

  /** After a failed `up`: takes down what it raised; but a cloud that was running before keeps running, guests and all. */
  giveUp(): Promise<void> {
    return this.#wasRunning ? this.handOver() : this.down();
  }

  async #raise(): Promise<void> {
    const { dataDir, users, netns } = this.#installation;
    makeSecrets(dataDir, users.api);
    writeCredentials(dataDir, publicUrl(this.#config), netns);
    if (this.#config.engine === 'real') await this.#progress.step('network', () => raiseNetwork(this.#installation));
    const started = this.#supervisor.start();
    const step = (name: 'postgres' | 'engines' | 'api', work: () => Promise<void>) => this.#progress.step(name, work);
    const steps = [step('api', () => this.#supervisor.ready(['api']))];
    if (this.#config.databaseUrl === undefined)
      steps.push(step('postgres', () => this.#supervisor.ready(['postgres'])));
    if (this.#config.engine === 'real') steps.push(step('engines', () => this.#startEngines()));
    await Promise.all([started, ...steps]);
    writePrivate(settingsPath(dataDir), `${JSON.stringify(this.#config, undefined, 2)}\n`);
  }

  async #startEngines(): Promise<void> {
    await this.#supervisor.ready(this.#engines.processes.map(({ name }) => name));
    await this.#engines.start();
  }

  /** Stops everything and leaves the machine as it was before `up`; also what an earlier host process left. */
  async down(): Promise<void> {
    this.#progress.begin('down');
    // `api` first: with nobody to see guests go off, they stay meant to run, and the next `up` boots them.
    await this.#progress.step('api', () => this.#supervisor.stop('api'));
    await this.#progress.step('guests', () => this.#stopGuests());
    await this.#engines.close();
    await this.#progress.step('processes', () => this.#supervisor.stopAll());
    await this.#progress.step('remove', async () => {
      if (this.#config.engine === 'real') await removeNetwork(this.#installation);
    });
    await this.#link.close();
    rmSync(this.#installation.runDir, { recursive: true, force: true });
    removeIfEmpty(runRoot());
  }

  /** Ends this process's part and leaves everything running, for the next host process to adopt. */
  async handOver(): Promise<void> {
    await this.#supervisor.release();
    await this.#engines.close();
    await this.#link.close();
  }

  async #stopGuests(): Promise<void> {
    try {
      await this.#engines.stopGuests(guestDeadlineMs);
    } catch (error) {
      this.#log.error({ err: error }, 'could not stop the guests');
    }
  }
}

interface Parts {
  readonly installation: Installation;
  readonly config: SettledConfig;
  readonly engines: EngineHosts;
  readonly supervisor: Supervisor;
  readonly progress: Progress;
  readonly link: HostLinkServer;
  readonly log: Logger;
}

/** Everything that runs besides guests. `api` waits for PostgreSQL and engines by itself, so that all start at once. */
function processes(installation: Installation, config: SettledConfig, engines: EngineHosts): ProcessSpec[] {
  const settings = apiSettings(installation, config, {
    externalGateway: gatewayOf(config.externalCidr),
    assetsDir: `${codeDir}/.cache`,
  });
  return [
    ...(config.databaseUrl === undefined ? [postgresProcess(installation)] : []),
    ...engines.processes,
    apiProcess(installation, config, settings),
    ...(config.engine === 'real' ? [forwarderProcess(installation, config)] : []),
  ];
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another cloud still runs here.
  }
}
