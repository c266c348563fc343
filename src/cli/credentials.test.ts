import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessOf, findVariables } from './credentials.ts';

let dir: string;
const cloudsYaml = `clouds:
  demo:
    region_name: RegionOne
    auth: {auth_url: 'http://cloud/identity/v3', username: demo, password: secret, project_name: demo}
`;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'andromede-cli-'));
  writeFileSync(join(dir, 'clouds.yaml'), cloudsYaml);
});
afterAll(() => rmSync(dir, { recursive: true }));

const find = (cloud: string | undefined, more: { dataDir?: string; environment?: Record<string, string> } = {}) =>
  findVariables({ cloud, dataDir: more.dataDir, environment: more.environment ?? {}, language: 'en' });

describe('credentials', () => {
  it.each([
    ['the folder of a cloud on this machine', { dataDir: () => dir }, {}],
    ['OS_CLIENT_CONFIG_FILE', {}, { OS_CLIENT_CONFIG_FILE: () => join(dir, 'clouds.yaml') }],
    ['ANDROMEDE_DATA', {}, { ANDROMEDE_DATA: () => dir }],
  ])('are found in the clouds.yaml of %s', (_where, more: { dataDir?: () => string }, names) => {
    const environment = Object.fromEntries(Object.entries(names).map(([name, value]) => [name, value()]));
    const variables = find('demo', { environment, ...(more.dataDir && { dataDir: more.dataDir() }) });
    expect(variables).toMatchObject({ OS_USERNAME: 'demo', OS_PASSWORD: 'secret', OS_REGION_NAME: 'RegionOne' });
  });

  it('are those of OS_CLOUD when nobody is named', () => {
    const environment = { OS_CLOUD: 'demo', ANDROMEDE_DATA: dir };
    expect(find(undefined, { environment }).OS_USERNAME).toBe('demo');
  });

  it('are the OS_* variables without a clouds.yaml', () => {
    const environment = { OS_AUTH_URL: 'http://cloud/identity', OS_USERNAME: 'eve', OS_PASSWORD: 'x' };
    expect(accessOf(find(undefined, { environment }))).toMatchObject({ authUrl: 'http://cloud/identity' });
  });

  it('that are missing are asked for in words, never by a stack trace', () => {
    expect(() => find(undefined)).toThrow(/who are you\? Say --cloud NAME/);
    expect(() => find('eve', { dataDir: dir })).toThrow(/does not know “eve”; it knows: demo/);
    expect(() => find('demo', { dataDir: '/nowhere' })).toThrow(/no clouds\.yaml for --cloud demo/);
    expect(() => accessOf({ OS_AUTH_URL: 'http://cloud', OS_USERNAME: 'eve' })).toThrow(/OS_PASSWORD/);
  });
});
