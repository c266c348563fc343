import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type Installation, sockets } from '../kernel/supervise/installation.ts';
import type { Config } from './config.ts';
import type { ServerSettings } from './serve.ts';

/** Everything that `api` is told at its start: a JSON file whose path is in `ANDROMEDE_CONFIG`. */
export interface ApiSettings extends ServerSettings {
  readonly dataDir: string;
  readonly runDir: string;
  /** What is demanded of passwords and sign-ins; nothing when absent. */
  readonly passwordRules?: Config['passwordRules'];
  /** Networks (CIDR) from which images may be imported besides the Internet. */
  readonly importSources?: readonly string[];
  readonly engine: 'real' | 'simulated';
  /** This machine's name as a hypervisor and OVN chassis. */
  readonly hostName: string;
  readonly netns: string;
  readonly externalCidr: string;
  /** The host's address in the external range, where the outside begins. */
  readonly externalGateway: string;
  readonly physicalNetwork: string;
  readonly sockets: {
    readonly api: string;
    /** Where guests are answered, by way of the metadata proxy. */
    readonly metadata: string;
    readonly host: string;
    readonly ovnNorthbound: string;
  };
  readonly secrets: SecretFiles;
  /** Written by `api`, read by guests. */
  readonly imagesDir: string;
  /** Where the set-up put what it built from this machine's packages, e.g. the tiny guest image. */
  readonly assetsDir: string;
}

export type SecretFiles = ServerSettings['secrets'] & {
  readonly adminPassword: string;
  readonly demoPassword: string;
};

/** Paths of the secrets of an installation. */
export function secretFiles(dataDir: string): SecretFiles {
  const path = (name: string) => `${dataDir}/secrets/${name}`;
  return {
    masterKey: path('master-key'),
    adminPassword: path('admin-password'),
    demoPassword: path('demo-password'),
    metricsToken: path('metrics-token'),
  };
}

/** The URL under which callers reach the cloud. */
export function publicUrl({ publicUrl: chosen, host, port }: Config): string {
  return chosen ?? `http://${host === '0.0.0.0' ? firstAddress() : host}:${port}`;
}

/** This machine's first IPv4 address that others can reach, for a cloud that listens on all of them. */
function firstAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

/** What every program of ours that listens is to be told about this installation. */
export function serverSettings({ runDir, dataDir }: Installation, config: Config): ServerSettings {
  const { host, port, logLevel, databaseUrl } = config;
  return {
    ...{
      host,
      port,
      publicUrl: publicUrl(config),
      trustedProxies: config.trustedProxies?.split(/, ?/) ?? [],
      outboundAllow: config.outboundAllow?.split(/, ?/) ?? [],
      logLevel,
    },
    database:
      databaseUrl === undefined
        ? { host: sockets.postgres(runDir), user: 'andromede', database: 'andromede' }
        : { connectionString: databaseUrl },
    sockets: { api: sockets.api(runDir) },
    secrets: secretFiles(dataDir),
  };
}

/** What `api` is to be told about this installation. */
export function apiSettings(installation: Installation, config: Config, facts: HostFacts): ApiSettings {
  const { dataDir, runDir, hostName, netns, externalCidr, physicalNetwork } = installation;
  const { engine, passwordRules } = config;
  const common = serverSettings(installation, config);
  return {
    ...common,
    ...{ dataDir, runDir, hostName, netns, externalCidr, physicalNetwork, engine, ...facts },
    sockets: {
      ...common.sockets,
      metadata: sockets.metadata(runDir),
      host: sockets.host(runDir),
      ovnNorthbound: sockets.ovnNorthbound(runDir),
    },
    ...(passwordRules === undefined ? {} : { passwordRules }),
    importSources: config.importSources?.split(/, ?/) ?? [],
    secrets: secretFiles(dataDir),
    imagesDir: `${dataDir}/images`,
  };
}

interface HostFacts {
  readonly externalGateway: string;
  readonly assetsDir: string;
}

/** For a program's start: reads the file that `ANDROMEDE_CONFIG` names. */
export function loadSettings<S extends ServerSettings = ApiSettings>(environment = process.env): S {
  const path = environment.ANDROMEDE_CONFIG;
  if (path === undefined) throw new Error('ANDROMEDE_CONFIG is not set: this program is started by bin/andromede up');
  return JSON.parse(readFileSync(path, 'utf8')) as S;
}
