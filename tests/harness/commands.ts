import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adminPassword, demoPassword } from './simulated-cloud.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a command did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `bin/andromede` as a person at a terminal types it, at the root of the clone. */
export interface Commands {
  attempt(...args: readonly string[]): Promise<Outcome>;
  /** As `cloud` (`admin` unless said); answers the API's JSON; rejects when it is refused. */
  made<T = { id: string }>(args: readonly string[], cloud?: string): Promise<T>;
  /** Forgets the credentials. */
  close(): void;
}

/** Commands for a cloud on simulated engines, with a `clouds.yaml` of its two people, of whom each may have more names. */
export function commandsFor(url: string, names: Readonly<Record<string, 'admin' | 'demo'>> = {}): Commands {
  const dir = mkdtempSync(join(tmpdir(), 'andromede-commands-'));
  const passwords = { admin: adminPassword, demo: demoPassword };
  const entry = (who: 'admin' | 'demo') => ({
    auth: { auth_url: `${url}/identity/v3`, username: who, password: passwords[who], project_name: who },
  });
  const people = Object.entries({ admin: 'admin', demo: 'demo', ...names } as const);
  // JSON is YAML.
  writeFileSync(
    join(dir, 'clouds.yaml'),
    JSON.stringify({ clouds: Object.fromEntries(people.map(([name, who]) => [name, entry(who)])) }),
  );
  const env = { PATH: process.env.PATH, LANG: 'en_GB.UTF-8', OS_CLIENT_CONFIG_FILE: join(dir, 'clouds.yaml') };

  const attempt = (...args: readonly string[]): Promise<Outcome> =>
    new Promise((resolve) => {
      execFile(join(root, 'bin/andromede'), args, { env, cwd: root }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  return {
    attempt,
    async made<T>(args: readonly string[], cloud = 'admin') {
      const { code, stdout, stderr } = await attempt(...args, '--cloud', cloud, '--output', 'json');
      if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
      return JSON.parse(stdout) as T;
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
