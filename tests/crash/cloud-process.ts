import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApiSettings } from '../../src/app/api-settings.ts';

const fixture = fileURLToPath(new URL('./cloud.fixture.ts', import.meta.url));
const compiled = join(tmpdir(), `andromede-compiled-${process.getuid?.()}`);
const longestLifeMs = 20_000;

/** A cloud that runs in a process of its own, until a crash point or we kill it. */
export interface CloudProcess {
  /** From now on it dies at `WORKFLOW/STEP@MOMENT`. */
  arm(point: string): Promise<void>;
  /** `SIGKILL` once it has died; null when it has not in 20 s, in which case it is killed. */
  death(): Promise<NodeJS.Signals | null>;
  kill(): Promise<void>;
}

/** Resolves when all APIs answer. */
export async function startCloudProcess(settings: ApiSettings): Promise<CloudProcess> {
  const env = { ...process.env, NODE_COMPILE_CACHE: compiled, ANDROMEDE_TEST_SETTINGS: JSON.stringify(settings) };
  const child = fork(fixture, { env, stdio: 'inherit' });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  await said(child, 'ready', ended);
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return {
    kill,
    async arm(point) {
      const armed = said(child, 'armed', ended);
      child.send(point);
      await armed;
    },
    async death() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<null>((resolve) => {
        timer = setTimeout(() => resolve(null), longestLifeMs);
      });
      const signal = await Promise.race([ended, late]);
      clearTimeout(timer);
      if (signal === null) await kill();
      return signal;
    },
  };
}

async function said(child: ChildProcess, word: string, ended: Promise<unknown>): Promise<void> {
  const early = ended.then(() => Promise.reject(new Error(`the cloud's process ended before it was ${word}`)));
  const [message] = await Promise.race([once(child, 'message'), early]);
  if (message !== word) throw new Error(`the cloud's process said ${message}, not ${word}`);
}
