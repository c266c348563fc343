import { readdirSync, readFileSync } from 'node:fs';
import type { Session } from '../../tests/harness/client.ts';
import { until } from '../../tests/harness/client.ts';
import { market, type Shop } from '../../tests/harness/market.ts';
import type { RealCloud } from '../../tests/harness/real-cloud.ts';
import { firstByte } from './first-byte.ts';

/** A server that was ordered, and how long its page took. */
export interface Ordered {
  /** Seconds from the order to the page's first byte. */
  readonly seconds: number;
  readonly serverId: string;
  /** Terminates it; resolves when nothing is left. */
  end(): Promise<void>;
}

/** Orders a web page; the time begins with the order and ends with the first byte through the floating IP. */
export async function order(customer: Session, shop: Shop): Promise<Ordered> {
  const { customerId: organisationId, ...choice } = shop;
  const { id: quoteId } = await market(customer, 'POST', '/quotes', { organisationId, ...choice });
  const begun = performance.now();
  const { id, subscriptionId } = await market(customer, 'POST', '/orders', { quoteId });
  await until(
    () => market(customer, 'GET', `/orders/${id}`),
    ({ state }) => state === 'completed',
    60,
  );
  const { outputs } = await market(customer, 'GET', `/subscriptions/${subscriptionId}`);
  await firstByte(outputs.url);
  const seconds = (performance.now() - begun) / 1000;
  return {
    seconds,
    serverId: outputs.server_id,
    async end() {
      await market(customer, 'POST', `/subscriptions/${subscriptionId}/terminate`, {});
      await until(
        () => market(customer, 'GET', `/subscriptions/${subscriptionId}`),
        ({ state }) => state === 'terminated',
        60,
      );
    },
  };
}

/** What a server's QEMU was started with, and the files that it uses. */
export interface Guest {
  readonly args: readonly string[];
  readonly folder: string;
  readonly sockets: string;
  readonly tap: string;
  readonly mac: string;
}

/** Looks at the process of a server that runs. */
export function guestOf({ dataDir }: RealCloud, serverId: string): Guest {
  const args = commandLines().find((line) => line[0]?.includes('qemu-system') && line.includes(serverId));
  if (args === undefined) throw new Error(`no QEMU runs ${serverId}`);
  const text = args.join('\n');
  const found = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
  return {
    args: args.slice(1),
    folder: `${dataDir}/servers/${serverId}`,
    sockets: found(/path=([^,\n]+)\/[^/,\n]+,server=on,wait=off\n-mon/),
    tap: found(/"ifname":"([^"]+)"/),
    mac: found(/"mac":"([^"]+)"/),
  };
}

function commandLines(): string[][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')];
      } catch {
        // Gone in between.
        return [];
      }
    });
}
