import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type Installation, sockets } from '../kernel/supervise/installation.ts';
import type { Config } from './config.ts';

/** Everything that `api` is told at its start: a JSON file whose path is in `ANDROMEDE_CONFIG`. Holds no secret. */
export interface ApiSettings {
  readonly dataDir: string;
  readonly runDir: string;
  /** Where it listens, besides `sockets.api`. */
  readonly host: string;
  readonly port: number;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** Proxies whose word on where a request comes from is taken. */
  readonly trustedProxies?: readonly string[];
  readonly logLevel: string;
  /** What is demanded of passwords and sign-ins; nothing when absent. */
  readonly passwordRules?: Config['passwordRules'];
  readonly engine: 'real' | 'simulated';
  /** This machine's name as a hypervisor and OVN chassis. */
  readonly hostName: string;
  readonly netns: string;
  readonly externalCidr: string;
  /** The host's address in the external range, where the outside begins. */
  readonly externalGateway: string;
  readonly physicalNetwork: string;
  /** Options of a `pg` pool. */
  readonly database: { readonly connectionString: string } | LocalDatabase;
  readonly sockets: { readonly api: string; readonly host: string; readonly ovnNorthbound: string };
  /** Paths of files that only `api` and root may read. */
  readonly secrets: SecretFiles;
  /** Written by `api`, read by guests. */
  readonly imagesDir: string;
  /** Where the set-up put what it built from this machine's packages, e.g. the tiny guest image. */
  readonly assetsDir: string;
}

export interface LocalDatabase {
  /** Folder of the socket. */
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

export interface SecretFiles {
  /** 32 random bytes in hex: encrypts columns and signs tokens. */
  readonly masterKey: string;
  readonly adminPassword: string;
  readonly demoPassword: string;
  /** Lets Prometheus read `/metrics`. */
  readonly metricsToken: string;
}

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

/** What `api` is to be told about this installation. */
export function apiSettings(installation: Installation, config: Config, facts: HostFacts): ApiSettings {
  const { dataDir, runDir, hostName, netns, externalCidr, physicalNetwork } = installation;
  const { host, port, logLevel, engine, databaseUrl, passwordRules } = config;
  const trustedProxies = config.trustedProxies?.split(/, ?/) ?? [];
  const database =
    databaseUrl === undefined
      ? { host: sockets.postgres(runDir), user: 'andromede', database: 'andromede' }
      : { connectionString: databaseUrl };
  return {
    ...{ dataDir, runDir, hostName, netns, externalCidr, physicalNetwork, database },
    ...{ host, port, publicUrl: publicUrl(config), trustedProxies, logLevel, engine, ...facts },
    sockets: {
      api: sockets.api(runDir),
      host: sockets.host(runDir),
      ovnNorthbound: sockets.ovnNorthbound(runDir),
    },
    ...(passwordRules === undefined ? {} : { passwordRules }),
    secrets: secretFiles(dataDir),
    imagesDir: `${dataDir}/images`,
  };
}

interface HostFacts {
  readonly externalGateway: string;
  readonly assetsDir: string;
}

/** For `api`'s start: reads the file that `ANDROMEDE_CONFIG` names. */
export function loadApiSettings(environment: NodeJS.ProcessEnv = process.env): ApiSettings {
  const path = environment.ANDROMEDE_CONFIG;
  if (path === undefined) throw new Error('ANDROMEDE_CONFIG is not set: api is started by bin/andromede up');
  return JSON.parse(readFileSync(path, 'utf8')) as ApiSettings;
}
