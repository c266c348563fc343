import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Clock } from '../../../kernel/base/clock.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { Logger } from '../../../kernel/base/log.ts';
import { emit, type Store } from '../../../kernel/store/index.ts';
import type { NetworkEngine } from '../ports.ts';

interface Deps {
  readonly store: Store;
  readonly engine: NetworkEngine;
  readonly clock: Clock;
  readonly log: Logger;
}

const retryMs = 1000;

/**
 * Writes down what the engine tells of ports, until the signal aborts: their status, and in the same transaction
 * `andromede.network.port.up.v1` or `.down.v1`. Of what could not be written the latest word is kept and tried again.
 */
export function watchPorts(deps: Deps, signal: AbortSignal): { readonly settled: () => Promise<void> } {
  const heard = new Map<string, boolean>();
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    for (const [portId, up] of heard) {
      if (signal.aborted) return;
      heard.delete(portId);
      try {
        await notePort(deps, portId, up);
      } catch (error) {
        deps.log.warn({ err: error, portId, up }, "could not note a port's status; trying again");
        if (!heard.has(portId)) heard.set(portId, up);
        await sleep(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  function drain(): void {
    writing ??= write().finally(() => {
      writing = undefined;
      if (heard.size > 0 && !signal.aborted) drain();
    });
  }

  deps.engine.watch(({ portId, up }) => {
    if (!isUuid(portId)) return;
    heard.set(portId, up);
    drain();
  }, signal);
  return { settled: async () => writing };
}

interface Noted {
  project_id: string;
  network_id: string;
  device_id: string;
  device_owner: string;
  /** Its status, not only what the engine says of it. */
  changed: boolean;
}

async function notePort({ store, clock }: Deps, portId: string, up: boolean): Promise<void> {
  const now = clock.now();
  await store.transact(async (tx) => {
    const status = up ? 'ACTIVE' : 'DOWN';
    const { rows } = await sql<Noted>`
      with before as (select id, status, router_id is null and (admin_state_up or not ${up}) as follows
        from network.port where id = ${portId} for no key update)
      update network.port p set link_up = ${up},
        status = case when follows then ${status} else p.status end,
        updated_at = case when follows and before.status <> ${status} then ${now} else p.updated_at end
      from before where p.id = before.id and (p.link_up <> ${up} or (follows and before.status <> ${status}))
      returning project_id, network_id, device_id, device_owner, before.status <> p.status as changed`.execute(tx);
    const [port] = rows;
    if (!port?.changed) return;
    await emit(tx, {
      type: `andromede.network.port.${up ? 'up' : 'down'}.v1`,
      subject: portId,
      time: now,
      data: {
        portId,
        projectId: port.project_id,
        networkId: port.network_id,
        deviceId: port.device_id,
        deviceOwner: port.device_owner,
        at: now,
      },
    });
  });
}
