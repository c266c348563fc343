import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Outcome } from '../../harness/commands.ts';

/** Debian's `openstack` command, as typed by one person. */
export interface OpenStackCommand {
  /** Types a command, without the word `openstack`. */
  run(args: readonly string[]): Promise<Outcome>;
  close(): void;
}

/** Starts it for an entry of a `clouds.yaml`; one command at a time. */
export function startOpenStackCommand(cloudsFile: string, cloud: string): OpenStackCommand {
  const script = fileURLToPath(new URL('session.py', import.meta.url));
  const child = spawn('/usr/bin/python3', [script], {
    env: {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      HOME: '/nonexistent',
      OS_CLIENT_CONFIG_FILE: cloudsFile,
      OS_CLOUD: cloud,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(args) {
      child.stdin.write(`${JSON.stringify(args)}\n`);
      const { value } = await answers.next();
      if (value === undefined) throw new Error('the session of openstack has ended');
      return JSON.parse(value) as Outcome;
    },
    close: () => child.stdin.end(),
  };
}
