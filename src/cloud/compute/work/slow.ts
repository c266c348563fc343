import { type Later, later } from '../../../kernel/work/index.ts';

interface UnderWay {
  readonly task: string;
  readonly effect: Promise<unknown>;
}

/** What is under way, or done and not yet looked at, by server. */
const underWay = new Map<string, UnderWay>();

/** How long a worker waits before it turns to other servers, and how long until it looks again. */
const patienceMs = 2_000;
const againMs = 500;

/**
 * Has an effect that may take as long as a guest wants (a shutdown) happen once for a server's task; undefined when it is
 * done. Otherwise it goes on, and the next look waits for the same one, so that slow guests do not keep the workers from
 * other servers. A process that lost this memory starts the effect again.
 */
export async function patiently(
  serverId: string,
  task: string,
  effect: () => Promise<unknown>,
): Promise<Later | undefined> {
  const known = underWay.get(serverId);
  const current = known?.task === task ? known : { task, effect: effect() };
  // Whoever looks next sees a failure; when nobody does, it must not end the process.
  current.effect.catch(() => undefined);
  underWay.set(serverId, current);
  const done = await within(patienceMs, current.effect).catch((error: unknown) => {
    forget(serverId);
    throw error;
  });
  if (!done) return later(againMs);
  forget(serverId);
  return undefined;
}

/** The server's tasks are of no interest any more. */
export function forget(serverId: string): void {
  underWay.delete(serverId);
}

async function within(ms: number, effect: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([effect.then(() => true), patience]);
  } finally {
    clearTimeout(timer);
  }
}
