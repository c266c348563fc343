import pg from 'pg';
import type { Logger } from '../base/log.ts';

/**
 * PostgreSQL's NOTIFY, heard. A notification only wakes: it is lost on a reconnect, so every listener also looks at the
 * tables after each (re)connection, and once a second where staleness would matter (`loop`).
 */
export interface Notifications {
  /** Calls `listener` at each notification on the channel and after each reconnection; returns how to stop. */
  on(channel: string, listener: (payload: string) => void): () => void;
  /** Runs `work` now, then after each notification and at least every second, never twice at a time. */
  loop(
    channel: string,
    signal: AbortSignal,
    work: () => Promise<void>,
    onError: (error: unknown) => void,
  ): Promise<void>;
  close(): Promise<void>;
}

const reconnectMs = 250;
const idleMs = 1000;

/** Opens one connection for all channels of the process, and keeps it open. */
export function openNotifications(connection: pg.ClientConfig, log: Logger): Notifications {
  const listeners = new Map<string, Set<(payload: string) => void>>();
  let client: pg.Client | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  function lost(): void {
    if (closed) return;
    client = undefined;
    timer = setTimeout(() => void connect(), reconnectMs);
  }

  async function connect(): Promise<void> {
    const fresh = new pg.Client(connection);
    fresh.on('error', (error) => log.warn({ err: error }, 'the notification connection was lost'));
    fresh.on('notification', ({ channel, payload }) => {
      for (const listener of listeners.get(channel) ?? []) listener(payload ?? '');
    });
    try {
      await fresh.connect();
      for (const channel of listeners.keys()) await fresh.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      log.warn({ err: error }, 'no notification connection yet');
      void fresh.end().catch(() => undefined);
      return lost();
    }
    fresh.once('end', lost);
    if (closed) return void fresh.end();
    client = fresh;
    for (const set of listeners.values()) for (const listener of set) listener('');
  }

  void connect();

  function on(channel: string, listener: (payload: string) => void): () => void {
    const set = listeners.get(channel) ?? new Set();
    if (!listeners.has(channel)) {
      listeners.set(channel, set);
      void client?.query(`listen ${pg.escapeIdentifier(channel)}`).catch(() => undefined);
    }
    set.add(listener);
    return () => set.delete(listener);
  }

  return {
    on,
    loop: (channel, signal, work, onError) => loop(on, channel, signal, work, onError),
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}

async function loop(
  on: Notifications['on'],
  channel: string,
  signal: AbortSignal,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): Promise<void> {
  let wake = (): void => undefined;
  let woken = false;
  const off = on(channel, () => {
    woken = true;
    wake();
  });
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      woken = false;
      await work().catch(onError);
      if (woken || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, idleMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    off();
    signal.removeEventListener('abort', stop);
  }
}
