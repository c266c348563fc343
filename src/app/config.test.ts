import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigSources, resolveConfig, resolveDataDir } from './config.ts';
import { ConfigError } from './config-error.ts';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(`${tmpdir()}/config-`);
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const resolve = (sources: Partial<ConfigSources> = {}) =>
  resolveConfig({ flags: {}, environment: {}, dataDir, ...sources });

describe('the settings of a cloud', () => {
  it('have defaults', () => {
    expect(resolve()).toEqual({ host: '127.0.0.1', port: 8000, logLevel: 'info', engine: 'real' });
  });

  it('come from flags over the environment over config.yaml over what was remembered', () => {
    writeFileSync(`${dataDir}/settings.json`, JSON.stringify({ host: '127.0.0.2', port: 1, logLevel: 'warn' }));
    expect(resolve()).toMatchObject({ host: '127.0.0.2', port: 1, logLevel: 'warn' });
    writeFileSync(`${dataDir}/config.yaml`, 'port: 2\nlogLevel: error\n');
    expect(resolve()).toMatchObject({ host: '127.0.0.2', port: 2, logLevel: 'error' });
    const environment = { ANDROMEDE_PORT: '3', ANDROMEDE_EXTERNAL_CIDR: '10.9.0.0/24' };
    expect(resolve({ environment })).toMatchObject({ port: 3, logLevel: 'error', externalCidr: '10.9.0.0/24' });
    expect(resolve({ environment, flags: { port: '4' } })).toMatchObject({ port: 4, externalCidr: '10.9.0.0/24' });
  });

  it.each<[string, Partial<ConfigSources>, string]>([
    ['a flag', { flags: { port: 'eighty' } }, '--port is "eighty" but must be integer'],
    ['a flag out of range', { flags: { port: '70000' } }, '--port is 70000 but must be <= 65535'],
    ['a flag with a choice', { flags: { engine: 'vmware' } }, '--engine is "vmware" but must be real or simulated'],
    ['a variable', { environment: { ANDROMEDE_EXTERNAL_CIDR: '10.0.0.0' } }, 'ANDROMEDE_EXTERNAL_CIDR is "10.0.0.0"'],
    ['a variable', { environment: { ANDROMEDE_PUBLIC_URL: 'cloud' } }, 'ANDROMEDE_PUBLIC_URL is "cloud"'],
    ['a password', { environment: { DATABASE_URL: 'mysql://me:hush@db/x' } }, 'DATABASE_URL is "mysql://me@db/x"'],
  ])('name %s that is wrong', (_, sources, complaint) => {
    expect(() => resolve(sources)).toThrow(ConfigError);
    expect(() => resolve(sources)).toThrow(complaint);
  });

  it.each([
    ['port: "8000"', 'config.yaml: port is "8000" but must be integer'],
    ['prot: 8000', 'config.yaml: prot is not a setting; there are'],
    ['- port', 'config.yaml must be a mapping of settings'],
    ['importSources: 10.1.2.3', 'config.yaml: importSources'],
    ['port: [', 'config.yaml is not YAML'],
  ])('name the file in which %j is wrong', (text, complaint) => {
    writeFileSync(`${dataDir}/config.yaml`, text);
    expect(() => resolve()).toThrow(ConfigError);
    expect(() => resolve()).toThrow(complaint);
  });

  it('have mappings that only config.yaml can say', () => {
    writeFileSync(`${dataDir}/config.yaml`, 'passwordRules: {lockoutFailureAttempts: 2}');
    const environment = { ANDROMEDE_PASSWORD_RULES: '{}' };
    expect(resolve({ environment }).passwordRules).toEqual({ lockoutFailureAttempts: 2 });
    writeFileSync(`${dataDir}/config.yaml`, 'passwordRules: {lockoutFailureAttempts: 0}');
    expect(() => resolve()).toThrow('config.yaml: passwordRules');
  });

  it('take an empty file and an empty variable for nothing', () => {
    writeFileSync(`${dataDir}/config.yaml`, '');
    expect(resolve({ environment: { ANDROMEDE_PORT: '' } }).port).toBe(8000);
  });
});

describe('the folder of a cloud', () => {
  it('comes from --data over ANDROMEDE_DATA over /var/lib/andromede', () => {
    expect(resolveDataDir(undefined, {})).toBe('/var/lib/andromede');
    expect(resolveDataDir(undefined, { ANDROMEDE_DATA: '/srv/cloud' })).toBe('/srv/cloud');
    expect(resolveDataDir('/srv/other', { ANDROMEDE_DATA: '/srv/cloud' })).toBe('/srv/other');
  });
});
