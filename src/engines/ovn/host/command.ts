import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** How long a command may take. They all answer in milliseconds. */
const deadlineMs = 15_000;

/** Runs a command without a shell and gives its output; the error of one that fails says what it wrote. */
export async function run(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await execute(command, [...args], { timeout: deadlineMs, encoding: 'utf8' })).stdout;
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? '').trim();
    throw new Error(`${command} ${args.join(' ')}: ${said || String(error)}`, { cause: error });
  }
}
