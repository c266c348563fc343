import { setTimeout as sleep } from 'node:timers/promises';
import { RpcConnection } from '../ovsdb/connection.ts';

const retryMs = 25;

/** One call over a fresh connection: a daemon's control socket (as `ovs-appctl` does) or a database. */
export async function callOnce(socket: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const connection = await RpcConnection.open(socket);
  try {
    return await connection.call(method, params, 5_000);
  } finally {
    connection.close();
  }
}

/** Repeats a call until its answer is accepted; rejects with the signal's reason. `socket` may have to be found out first. */
export async function callUntil(
  socket: string | (() => Promise<string>),
  method: string,
  params: readonly unknown[],
  accept: (answer: unknown) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const call = async () => callOnce(typeof socket === 'string' ? socket : await socket(), method, params);
  for (;;) {
    const answer = await call().catch(() => undefined);
    if (answer !== undefined && accept(answer)) return;
    await sleep(retryMs, undefined, { signal });
  }
}
