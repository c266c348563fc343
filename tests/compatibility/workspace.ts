import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Account, Ingredients } from './ingredients.ts';

/** A folder from which Tempest runs: its settings, its logs, its own record of each run. */
export interface WorkspaceFacts extends Ingredients {
  readonly url: string;
  readonly adminPassword: string;
  /** Ordinary accounts that are there already; none for accounts that Tempest makes as an administrator. */
  readonly accounts: readonly Account[];
  /** Whether tests log in to guests. */
  readonly validation: boolean;
}

/** Writes the workspace anew; what earlier runs left in it stays. */
export function writeWorkspace(folder: string, facts: WorkspaceFacts): void {
  for (const name of ['etc', 'logs', 'tempest_lock']) mkdirSync(`${folder}/${name}`, { recursive: true });
  // As `tempest init` writes it.
  const tempest = '/usr/lib/python3/dist-packages/tempest';
  const stestr = ['[DEFAULT]', `test_path=${tempest}/test_discover`, `top_dir=${tempest}`, 'group_regex=([^\\.]*\\.)*'];
  writeFileSync(`${folder}/.stestr.conf`, `${stestr.join('\n')}\n`);
  writeFileSync(`${folder}/etc/accounts.yaml`, accountsFile(facts.accounts));
  writeFileSync(`${folder}/etc/tempest.conf`, tempestConf(folder, facts), { mode: 0o600 });
}

function tempestConf(folder: string, facts: WorkspaceFacts): string {
  const template = readFileSync(new URL('tempest.conf.template', import.meta.url), 'utf8');
  const values: Readonly<Record<string, string>> = {
    WORKSPACE: folder,
    CREDENTIALS: credentials(folder, facts),
    URL: facts.url,
    IMAGE: facts.images[0],
    IMAGE_ALT: facts.images[1],
    IMAGE_URL: facts.imageUrl,
    EXTERNAL_NETWORK_ID: facts.externalNetwork.id,
    EXTERNAL_NETWORK_NAME: facts.externalNetwork.name,
    EXTENSIONS: facts.extensions,
    VALIDATION: String(facts.validation),
    // Guests without hardware virtualisation, two at a time on a machine that may be shared.
    BUILD_TIMEOUT: facts.validation ? '300' : '60',
    DESIGNATE: 'false',
  };
  return template.replace(/@([A-Z_]+)@/g, (mark, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`tempest.conf.template: nobody fills in ${mark}`);
    return value;
  });
}

function credentials(folder: string, { accounts, adminPassword }: WorkspaceFacts): string {
  const lines =
    accounts.length > 0
      ? ['use_dynamic_credentials = false', `test_accounts_file = ${folder}/etc/accounts.yaml`]
      : [
          'use_dynamic_credentials = true',
          'admin_username = admin',
          `admin_password = ${adminPassword}`,
          'admin_project_name = admin',
          'admin_domain_name = Default',
        ];
  return lines.join('\n');
}

function accountsFile(accounts: readonly Account[]): string {
  const entries = accounts.map(({ username, project, password, network }) =>
    [
      `- username: ${username}`,
      `  project_name: ${project}`,
      `  password: ${password}`,
      '  domain_name: Default',
      '  roles: [member]',
      `  resources: {network: ${network}}`,
    ].join('\n'),
  );
  return `${entries.join('\n')}\n`;
}
