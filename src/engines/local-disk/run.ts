import { spawn } from 'node:child_process';

const usualTimeoutMs = 30_000;
const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

/** How a tool is to be run. */
export interface ToolOptions {
  /** What it finds on its standard input; nothing unless said. */
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** 30 s unless said. */
  readonly timeoutMs?: number;
}

/** Runs a tool to its end; no shell is involved. Rejects with what the tool said when it fails or takes too long. */
export function runTool(
  command: string,
  args: readonly string[],
  { input = '', env = {}, timeoutMs = usualTimeoutMs }: ToolOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...environment, ...env }, timeout: timeoutMs, killSignal: 'SIGKILL' });
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.err += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(said.out);
      else reject(new Error(`${command} ${args.join(' ')}: ${said.err.trim() || `ended with ${signal ?? code}`}`));
    });
    // A tool that ends without reading its input says so by its exit code.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
