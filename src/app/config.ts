import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import type { XStatic } from 'typebox/schema';
import { parse as parseYaml } from 'yaml';
import { ConfigError } from './config-error.ts';
import { withoutPassword } from './database-url.ts';
import { settingsPath } from './layout.ts';

/**
 * Every setting of a cloud on one machine, with what holds when nobody says otherwise. Plain JSON Schema, typed by TypeBox:
 * the commands and the host process need not load TypeBox itself (20 MB and a quarter of a second).
 */
export const configSchema = {
  type: 'object',
  properties: {
    host: {
      type: 'string',
      pattern: '^(\\d{1,3}\\.){3}\\d{1,3}$',
      default: '127.0.0.1',
      description: 'IPv4 address on which the API listens',
    },
    port: {
      type: 'integer',
      minimum: 1,
      maximum: 65535,
      default: 8000,
      description: 'TCP port of the API and console',
    },
    externalCidr: {
      type: 'string',
      pattern: '^(\\d{1,3}\\.){3}\\d{1,3}/(1[6-9]|2[0-8])$',
      description: 'IPv4 range of floating IPs, /16 to /28; chosen to collide with nothing when absent',
    },
    publicUrl: {
      type: 'string',
      pattern: '^https?://[^/]+$',
      description: 'what the catalog says; http://HOST:PORT when absent',
    },
    trustedProxies: {
      type: 'string',
      pattern: '^[0-9a-fA-F:./]+(, ?[0-9a-fA-F:./]+)*$',
      description: 'addresses or ranges of proxies whose X-Forwarded-For is believed; none when absent',
    },
    outboundAllow: {
      type: 'string',
      pattern: '^[0-9a-fA-F:./]+(, ?[0-9a-fA-F:./]+)*$',
      description:
        'networks that are not public and in which publishers’ webhooks and brokers may be called; none when absent',
    },
    importSources: {
      type: 'string',
      pattern: '^[0-9a-fA-F:.]+/\\d{1,3}(, ?[0-9a-fA-F:.]+/\\d{1,3})*$',
      description: 'networks (CIDR) that are not public and from which images may be imported; none when absent',
    },
    logLevel: {
      enum: ['trace', 'debug', 'info', 'warn', 'error'],
      default: 'info',
      description: 'least level that is logged',
    },
    engine: {
      enum: ['real', 'simulated'],
      default: 'real',
      description: '`simulated` only pretends to run servers and networks, for tests',
    },
    databaseUrl: {
      type: 'string',
      pattern: '^postgres(ql)?://',
      description: 'an existing PostgreSQL 15 or newer, instead of a private one',
    },
    openstack: {
      type: 'object',
      properties: {
        cloudsFile: { type: 'string', minLength: 1 },
        cloud: { type: 'string', minLength: 1 },
        notificationsUrl: { type: 'string', pattern: '^amqps?://' },
        notificationsQueue: { type: 'string', minLength: 1 },
        pollSeconds: { type: 'integer', minimum: 5 },
      },
      required: ['cloudsFile', 'cloud'],
      additionalProperties: false,
      description: 'the market alone, in front of this OpenStack: a mapping, in config.yaml',
    },
    passwordRules: {
      type: 'object',
      // Named and meant as in the identity service's `PasswordRules`.
      properties: {
        lockoutFailureAttempts: { type: 'integer', minimum: 1 },
        lockoutDurationSeconds: { type: 'integer', minimum: 1 },
        passwordExpiresDays: { type: 'integer', minimum: 1 },
        uniqueLastPasswordCount: { type: 'integer', minimum: 0 },
        minimumPasswordAgeDays: { type: 'integer', minimum: 0 },
        passwordRegex: { type: 'string' },
        passwordRegexDescription: { type: 'string' },
        changePasswordUponFirstUse: { type: 'boolean' },
      },
      additionalProperties: false,
      description: 'what is demanded of passwords and sign-ins: a mapping, in config.yaml',
    },
  },
  // All of them have a default; see `resolveConfig`.
  required: ['host', 'port', 'logLevel', 'engine'],
  additionalProperties: false,
} as const;

export type Config = XStatic<typeof configSchema>;
export type Setting = keyof Config;

/** Whether real engines and their network are raised: not for a simulated cloud, nor for a market alone. */
export function raisesEngines({ engine, openstack }: Config): boolean {
  return engine === 'real' && openstack === undefined;
}

/** A setting as its schema describes it. */
export interface SettingSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly description: string;
}

/** The schema of one setting. */
export function schemaOf(setting: Setting): SettingSchema {
  return configSchema.properties[setting];
}

const settings = Object.keys(configSchema.properties) as Setting[];

/** Whether a flag and a variable can say it; the others are mappings of DIR/config.yaml. */
export function isScalar(setting: Setting): boolean {
  return schemaOf(setting).type !== 'object';
}

/** `externalCidr` → `ANDROMEDE_EXTERNAL_CIDR`. */
export function environmentName(setting: Setting): string {
  // The name that every program knows it by.
  if (setting === 'databaseUrl') return 'DATABASE_URL';
  return `ANDROMEDE_${setting.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/** `externalCidr` → `external-cidr`. */
export function flagName(setting: Setting): string {
  return setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export interface ConfigSources {
  /** Values of command-line flags, by setting. */
  readonly flags: Partial<Record<Setting, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
}

interface Source {
  /** The name by which an error calls a setting of this source. */
  readonly nameOf: (setting: string) => string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * The settings in force: flags over `ANDROMEDE_*` over `DIR/config.yaml` over what the last `up` remembered in
 * `DIR/settings.json` over defaults. Throws `ConfigError` that names the setting as its source writes it.
 */
export function resolveConfig(sources: ConfigSources): Config {
  const layers = [remembered(sources.dataDir), file(sources.dataDir), environment(sources), flags(sources)];
  for (const layer of layers) check(layer);
  const merged: Record<string, unknown> = Object.assign({}, ...layers.map(({ values }) => values));
  for (const setting of settings) {
    const preset = schemaOf(setting).default;
    if (merged[setting] === undefined && preset !== undefined) merged[setting] = preset;
  }
  return merged as Config;
}

let ajv: Ajv | undefined;

function check({ nameOf, values }: Source): void {
  ajv ??= new Ajv({ coerceTypes: false, strict: false });
  const valid = ajv.compile({ ...configSchema, required: [] });
  if (valid(values)) return;
  const [error] = valid.errors ?? [];
  const unknown = (error?.params as { additionalProperty?: string } | undefined)?.additionalProperty;
  if (unknown !== undefined) {
    throw new ConfigError(`${nameOf(unknown)} is not a setting; there are ${settings.map(nameOf).join(', ')}`);
  }
  const setting = error?.instancePath.split('/')[1] ?? '';
  const schema = schemaOf(setting as Setting);
  const choices = schema?.enum?.join(' or ');
  const wanted =
    choices === undefined ? `${error?.message ?? 'is wrong'} (${schema?.description})` : `must be ${choices}`;
  const shown = setting === 'databaseUrl' ? withoutPassword(String(values[setting])) : values[setting];
  throw new ConfigError(`${nameOf(setting)} is ${JSON.stringify(shown)} but ${wanted}`);
}

function remembered(dataDir: string): Source {
  const path = settingsPath(dataDir);
  const values = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>) : {};
  return { nameOf: (setting) => `${path}: ${setting}`, values };
}

function file(dataDir: string): Source {
  const path = `${dataDir}/config.yaml`;
  if (!existsSync(path)) return { nameOf: String, values: {} };
  let values: unknown;
  try {
    values = parseYaml(readFileSync(path, 'utf8'), { schema: 'core' }) ?? {};
  } catch (error) {
    throw new ConfigError(`${path} is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof values !== 'object' || Array.isArray(values))
    throw new ConfigError(`${path} must be a mapping of settings`);
  return { nameOf: (setting) => `${path}: ${setting}`, values: values as Record<string, unknown> };
}

function environment({ environment: variables }: ConfigSources): Source {
  const found = settings.filter(isScalar).flatMap((setting) => {
    const text = variables[environmentName(setting)];
    return text === undefined || text === '' ? [] : [[setting, fromText(setting, text)]];
  });
  return { nameOf: (setting) => environmentName(setting as Setting), values: Object.fromEntries(found) };
}

function flags(sources: ConfigSources): Source {
  const found = Object.entries(sources.flags).filter((entry): entry is [Setting, string] => entry[1] !== undefined);
  const values = Object.fromEntries(found.map(([setting, text]) => [setting, fromText(setting, text)]));
  return { nameOf: (setting) => `--${flagName(setting as Setting)}`, values };
}

/** Text from outside as the type the schema wants; left as it is, for the check to complain, when it does not fit. */
function fromText(setting: Setting, text: string): unknown {
  return schemaOf(setting).type === 'integer' && /^\d+$/.test(text) ? Number(text) : text;
}

/** `--data` over `ANDROMEDE_DATA` over `/var/lib/andromede`, absolute. */
export function resolveDataDir(
  flag: string | undefined,
  variables: Readonly<Record<string, string | undefined>>,
): string {
  return resolve(flag ?? (variables.ANDROMEDE_DATA || '/var/lib/andromede'));
}
