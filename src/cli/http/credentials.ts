import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { parse as parseYaml } from 'yaml';
import type { Language } from '../../kernel/base/i18n.ts';
import { usageFailure } from '../failures.ts';
import { credentialTexts } from './texts.ts';

/** Who signs in, where. */
export type Credentials =
  | {
      readonly kind: 'keystone';
      /** With `/v3` at the end. */
      readonly authUrl: string;
      readonly region: string | undefined;
      /** The body of `POST /v3/auth/tokens` (Identity API reference, "Password authentication with scoped authorization"). */
      readonly auth: object;
    }
  | {
      /** `OS_AUTH_TYPE=admin_token`: a token that somebody else got, for one service. */
      readonly kind: 'token';
      readonly token: string;
      readonly endpoint: string;
    };

export interface CredentialsQuery {
  /** `--cloud` */
  readonly cloud: string | undefined;
  /** `--data`: the folder of a cloud on this machine. */
  readonly dataDir: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly language: Language;
}

/**
 * Finds credentials as OpenStack's clients do: `--cloud` (or `OS_CLOUD`) names an entry of a `clouds.yaml`, otherwise the
 * `OS_*` variables hold. Rejects with what to do when there are none.
 */
export function findCredentials({ cloud, dataDir, environment, language }: CredentialsQuery): Credentials {
  const texts = credentialTexts(language);
  const name = cloud ?? (environment.OS_CLOUD || undefined);
  if (name === undefined) {
    if (environment.OS_AUTH_URL || environment.OS_TOKEN) return fromVariables(environment, texts.environment, language);
    throw usageFailure(texts.nobody);
  }
  const path = cloudsFiles(dataDir, environment).find((candidate) => existsSync(candidate));
  if (path === undefined) throw usageFailure(texts.noFile(name));
  const { clouds = {} } = (parseYaml(readFileSync(path, 'utf8'), { schema: 'core' }) ?? {}) as CloudsFile;
  const entry = clouds[name];
  if (entry === undefined) throw usageFailure(texts.noCloud(name, path, Object.keys(clouds)));
  return fromEntry(entry, `${path}: ${name}`, language);
}

type Values = Readonly<Record<string, string | undefined>>;

interface CloudEntry {
  readonly auth?: Values;
  readonly auth_type?: string;
  readonly region_name?: string;
}

interface CloudsFile {
  readonly clouds?: Readonly<Record<string, CloudEntry>>;
}

/** Where a `clouds.yaml` may be, the nearest first (openstacksdk's order, then this machine's own cloud). */
function cloudsFiles(dataDir: string | undefined, environment: Values): string[] {
  const named = environment.OS_CLIENT_CONFIG_FILE;
  const ours = dataDir ?? (environment.ANDROMEDE_DATA || '/var/lib/andromede');
  if (dataDir !== undefined) return [`${dataDir}/clouds.yaml`];
  if (named) return [named];
  return [
    'clouds.yaml',
    `${homedir()}/.config/openstack/clouds.yaml`,
    '/etc/openstack/clouds.yaml',
    `${ours}/clouds.yaml`,
  ];
}

function fromEntry(entry: CloudEntry, where: string, language: Language): Credentials {
  return made(entry.auth ?? {}, entry.auth_type, entry.region_name, where, language);
}

function fromVariables(environment: Values, where: string, language: Language): Credentials {
  const names = Object.keys(environment).filter((name) => name.startsWith('OS_'));
  const values = Object.fromEntries(names.map((name) => [name.slice(3).toLowerCase(), environment[name]]));
  return made(values, values.auth_type, values.region_name, where, language);
}

function made(
  values: Values,
  type: string | undefined,
  region: string | undefined,
  where: string,
  language: Language,
): Credentials {
  const required = (name: string): string => {
    const value = values[name];
    if (value === undefined || value === '') throw usageFailure(credentialTexts(language).missing(where, name));
    return String(value);
  };
  if (type === 'admin_token' || type === 'token_endpoint') {
    return { kind: 'token', token: required('token'), endpoint: required('endpoint').replace(/\/+$/, '') };
  }
  const url = required('auth_url').replace(/\/+$/, '');
  const authUrl = url.endsWith('/v3') ? url : `${url}/v3`;
  return { kind: 'keystone', authUrl, region, auth: { auth: authOf(values, required) } };
}

function authOf(values: Values, required: (name: string) => string): object {
  if (values.application_credential_id) {
    const secret = required('application_credential_secret');
    const credential = { id: values.application_credential_id, secret };
    return { identity: { methods: ['application_credential'], application_credential: credential } };
  }
  const user = values.user_id
    ? { id: values.user_id }
    : { name: required('username'), domain: domainOf(values, 'user_domain') };
  const identity = { methods: ['password'], password: { user: { ...user, password: required('password') } } };
  if (values.project_id) return { identity, scope: { project: { id: values.project_id } } };
  if (values.project_name) {
    return { identity, scope: { project: { name: values.project_name, domain: domainOf(values, 'project_domain') } } };
  }
  return { identity };
}

function domainOf(values: Values, prefix: 'user_domain' | 'project_domain'): object {
  const id = values[`${prefix}_id`];
  return id ? { id } : { name: values[`${prefix}_name`] || 'Default' };
}
