import { rmdirSync, rmSync } from 'node:fs';
import type { Logger } from '../../kernel/base/log.ts';
import { EventHub } from '../../kernel/hostlink/events.ts';
import { type HostLinkServer, serveHostLink } from '../../kernel/hostlink/server.ts';
import { boundLog } from '../../kernel/supervise/bound-log.ts';
import { type Installation, sockets } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { Supervisor } from '../../kernel/supervise/supervisor.ts';
import { type ApiSettings, apiSettings, publicUrl, serverSettings } from '../api-settings.ts';
import { type Config, raisesEngines } from '../config.ts';
import { describeInstallation, hostLogFile, isRoot, makeFolders, runRoot, settingsPath } from '../layout.ts';
import type { MarketSettings } from '../market/settings.ts';
import { apiProcess, cloudProgram, forwarderProcess, marketProgram, publishedAddress } from './api-process.ts';
import { type EngineHosts, noEngines, realEngines } from './engines.ts';
import { gatewayOf } from './external-range.ts';
import { raiseNetwork, releaseExternalRange, removeNetwork } from './machine-network.ts';
import { openStackPlace } from './openstack-place.ts';
import { postgresProcess } from './postgres.ts';
import { Progress } from './progress.ts';
import { makeSecrets, writeCredentials, writePrivate } from './secrets.ts';
import { statusOperation } from './status.ts';
import { ensureApiUser } from './users.ts';

/** Settings with the external range chosen. */
export type SettledConfig = Config & { readonly externalCidr: string };

/** How long guests get to shut down by themselves before they are stopped. */
const guestDeadlineMs = 20_000;

const boundLogsEveryMs = 60_000;

/** One cloud on this machine, as its root process holds it: raises it, hands it over, takes it down. */
export class InstallationHost {
  readonly #installation: Installation;
  readonly #config: SettledConfig;
  readonly #supervisor: Supervisor;
  readonly #events: EventHub;
  readonly #progress: Progress;
  readonly #link: HostLinkServer;
  readonly #log: Logger;
  readonly #wasRunning: boolean;
  #engines: Promise<EngineHosts> | undefined;
  #loaded: EngineHosts | undefined;

  private constructor(
    installation: Installation,
    config: SettledConfig,
    log: Logger,
    events: EventHub,
    link: HostLinkServer,
  ) {
    const { runDir, dataDir } = installation;
    this.#installation = installation;
    this.#config = config;
    this.#log = log;
    this.#events = events;
    this.#link = link;
    this.#progress = new Progress(events);
    this.#supervisor = new Supervisor({ recordDir: `${runDir}/run`, logDir: `${dataDir}/log`, log, events });
    this.#wasRunning = this.#supervisor.anyRunning;
    this.#supervisor.add(controlPlane(installation, config));
    link.add([statusOperation(installation, config.databaseUrl, this.#supervisor, () => this.#loaded)]);
  }

  /** Gets everything ready to raise or take down the cloud in `dataDir`, a real path; starts and stops nothing. */
  static async open(dataDir: string, config: SettledConfig, log: Logger): Promise<InstallationHost> {
    await ensureApiUser();
    const installation = describeInstallation(dataDir, config.externalCidr);
    const { runDir, users } = installation;
    makeFolders(installation);
    const events = new EventHub();
    const gid = isRoot ? users.api.gid : undefined;
    const link = await serveHostLink({ socketPath: sockets.host(runDir), gid, events, log });
    return new InstallationHost(installation, config, log, events, link);
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
    if (this.#config.openstack === undefined) writeCredentials(dataDir, publicUrl(this.#config), netns);
    // `api` takes longest, so it starts first; it waits for PostgreSQL and the engines by itself.
    const started = this.#supervisor.start();
    const steps = [this.#progress.step('api', () => this.#supervisor.ready(['api']))];
    if (this.#config.databaseUrl === undefined) {
      steps.push(this.#progress.step('postgres', () => this.#supervisor.ready(['postgres'])));
    }
    if (raisesEngines(this.#config)) steps.push(this.#raiseEngines());
    await Promise.all([started, ...steps]);
    this.#link.complete();
    setInterval(() => this.#boundLogs(), boundLogsEveryMs).unref();
    writePrivate(settingsPath(dataDir), `${JSON.stringify(this.#config, undefined, 2)}\n`);
  }

  #boundLogs(): void {
    this.#supervisor.boundLogs();
    boundLog(hostLogFile(this.#installation.dataDir));
  }

  async #raiseEngines(): Promise<void> {
    await this.#progress.step('network', () => raiseNetwork(this.#installation, publishedAddress(this.#config)));
    await this.#progress.step('engines', async () => {
      const engines = await this.#loadEngines();
      await this.#supervisor.start();
      await engines.start();
    });
  }

  /** The engines' host sides: loaded once `api` and PostgreSQL are on their way, for that takes a moment. */
  #loadEngines(): Promise<EngineHosts> {
    this.#engines ??= this.#addEngines();
    return this.#engines;
  }

  async #addEngines(): Promise<EngineHosts> {
    if (!raisesEngines(this.#config)) return noEngines;
    const engines = await realEngines(this.#installation, assetsDir(), this.#events, this.#log);
    this.#supervisor.add([...engines.processes, forwarderProcess(this.#installation, this.#config)]);
    this.#link.add(engines.operations);
    this.#link.addStreams(engines.streams);
    this.#loaded = engines;
    return engines;
  }

  /** Stops everything and leaves the machine as it was before `up`; also what an earlier host process left. */
  async down(): Promise<void> {
    this.#progress.begin('down');
    const engines = await this.#loadEngines();
    // `api` first: with nobody to see guests go off, they stay meant to run, and the next `up` boots them.
    await this.#progress.step('api', () => this.#supervisor.stop('api'));
    await this.#progress.step('guests', () => this.#stopGuests(engines));
    await engines.close();
    await this.#progress.step('processes', () => this.#supervisor.stopAll());
    await this.#progress.step('remove', async () => {
      if (raisesEngines(this.#config)) await removeNetwork(this.#installation);
    });
    await this.#link.close();
    releaseExternalRange(this.#installation);
    rmSync(this.#installation.runDir, { recursive: true, force: true });
    removeIfEmpty(runRoot());
  }

  /** Ends this process's part and leaves everything running, for the next host process to adopt. */
  async handOver(): Promise<void> {
    await this.#supervisor.release();
    const engines = await this.#engines;
    await engines?.close();
    await this.#link.close();
  }

  async #stopGuests(engines: EngineHosts): Promise<void> {
    try {
      await engines.stopGuests(guestDeadlineMs);
    } catch (error) {
      this.#log.error({ err: error }, 'could not stop the guests');
    }
  }
}

/** Where the set-up puts what it builds from this machine's packages. */
function assetsDir(): string {
  return process.env.ANDROMEDE_CACHE ?? '/var/cache/andromede';
}

/** What runs whatever the engine: the program that answers, and its database. */
function controlPlane(installation: Installation, config: SettledConfig): ProcessSpec[] {
  const { openstack } = config;
  const api =
    openstack === undefined
      ? apiProcess(installation, config, cloudProgram, () => cloudSettings(installation, config))
      : apiProcess(installation, config, marketProgram, (): MarketSettings => {
          return { ...serverSettings(installation, config), openstack: openStackPlace(openstack) };
        });
  return config.databaseUrl === undefined ? [api, postgresProcess(installation)] : [api];
}

function cloudSettings(installation: Installation, config: SettledConfig): ApiSettings {
  return apiSettings(installation, config, { externalGateway: gatewayOf(config.externalCidr), assetsDir: assetsDir() });
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another cloud still runs here.
  }
}
