import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** The request that is sent over and over. */
export interface Load {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** How many clients at once; each sends its next request when the last is answered. */
  readonly clients: number;
  readonly seconds: number;
}

/** Requests answered with success, a second. `wrk` (Debian's) is a C program of one thread: it takes little from the server's cores. */
export async function requestsPerSecond(load: Load): Promise<number> {
  const said = await wrk(load, luaOf(load));
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]);
}

/** Runs wrk with a script of its own against the URL; answers what it printed. Fails when an answer was no success. */
export async function wrk({ url, clients, seconds }: Pick<Load, 'url' | 'clients' | 'seconds'>, lua: string) {
  const folder = mkdtempSync(join(tmpdir(), 'andromede-wrk-'));
  try {
    const script = join(folder, 'request.lua');
    writeFileSync(script, lua);
    const options = ['-t1', `-c${clients}`, `-d${seconds}s`, '--timeout', '60s', '-s', script];
    const { stdout } = await exec('wrk', [...options, url]);
    const failed = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? /Socket errors: (.*)/.exec(stdout)?.[1];
    const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
    if (/^\d+$/.test(failed ?? '')) throw new Error(`${url}: ${failed} of ${requests} refused`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function luaOf({ method, headers, json }: Load): string {
  // Spaces keep a bracket before it from making another long string.
  const quote = (text: string) => `[==[${text}]==]`;
  const all = json === undefined ? headers : { ...headers, 'Content-Type': 'application/json' };
  return [
    `wrk.method = ${quote(method)}`,
    ...(json === undefined ? [] : [`wrk.body = ${quote(JSON.stringify(json))}`]),
    ...Object.entries(all).map(([name, value]) => `wrk.headers[ ${quote(name)} ] = ${quote(value)}`),
  ].join('\n');
}
