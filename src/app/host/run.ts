import { execFile } from 'node:child_process';

/** A command that failed, with what it said. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly stderr: string;

  constructor(command: string, args: readonly string[], stderr: string, options: ErrorOptions) {
    super(`${[command, ...args].join(' ')}: ${stderr.trim() || 'failed'}`, options);
    this.stderr = stderr;
  }
}

/** Runs a command to its end and resolves with its output; no shell is involved. */
export function run(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 16 * 1024 * 1024, timeout: 60_000, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } };
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new CommandError(command, args, stderr || error.message, { cause: error }));
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
