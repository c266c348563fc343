import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { UnixUser } from '../../kernel/supervise/installation.ts';
import { secretFiles } from '../api-settings.ts';
import { isRoot } from '../layout.ts';

/** Makes the secrets that are missing, each once for the life of the installation. */
export function makeSecrets(dataDir: string, api: UnixUser): void {
  const files = secretFiles(dataDir);
  const fresh = {
    masterKey: () => randomBytes(32).toString('hex'),
    adminPassword: newPassword,
    demoPassword: newPassword,
    metricsToken: newPassword,
  };
  for (const [name, path] of Object.entries(files)) {
    if (!existsSync(path)) writePrivate(path, `${fresh[name as keyof typeof files]()}\n`, api);
  }
}

/** 120 bits in letters, digits, `-` and `_`: can be pasted into a shell or YAML as it is. */
function newPassword(): string {
  return randomBytes(15).toString('base64url');
}

/** What a person needs to sign in: `DIR/openrc`, `DIR/clouds.yaml` and `DIR/netns`. */
export function writeCredentials(dataDir: string, publicUrl: string, netns: string): void {
  const files = secretFiles(dataDir);
  const authUrl = `${publicUrl}/identity/v3`;
  const admin = { user: 'admin', project: 'admin', password: readSecret(files.adminPassword) };
  const demo = { user: 'demo', project: 'demo', password: readSecret(files.demoPassword) };
  writePrivate(`${dataDir}/openrc`, openrc(authUrl, admin));
  writePrivate(`${dataDir}/clouds.yaml`, `clouds:\n${cloud('admin', authUrl, admin)}${cloud('demo', authUrl, demo)}`);
  writePrivate(`${dataDir}/netns`, `${netns}\n`);
}

interface Person {
  readonly user: string;
  readonly project: string;
  readonly password: string;
}

/** The text of a secret's file. */
export function readSecret(path: string): string {
  return readFileSync(path, 'utf8').trim();
}

function openrc(authUrl: string, { user, project, password }: Person): string {
  const variables = {
    OS_AUTH_URL: authUrl,
    OS_IDENTITY_API_VERSION: '3',
    OS_REGION_NAME: 'RegionOne',
    OS_PROJECT_NAME: project,
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_USERNAME: user,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PASSWORD: password,
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
  return `# source this file, then: openstack server list\n${lines.join('\n')}\n`;
}

function cloud(name: string, authUrl: string, { user, project, password }: Person): string {
  return `  ${name}:
    region_name: RegionOne
    identity_api_version: 3
    auth:
      auth_url: ${authUrl}
      project_name: ${project}
      project_domain_name: Default
      username: ${user}
      user_domain_name: Default
      password: ${JSON.stringify(password)}
`;
}

/** Written aside and renamed, so that a crash leaves the old file or the new one; mode 0600. */
export function writePrivate(path: string, text: string, owner?: UnixUser): void {
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  if (owner !== undefined && isRoot) chownSync(draft, owner.uid, owner.gid);
  renameSync(draft, path);
}
