import { randomUUID } from 'node:crypto';
import { derivedId } from '../../src/kernel/base/ids.ts';
import { call, inParallel, prefix, type Target } from './target.ts';

const hosts = 1000;
const clients = 8;
const seconds = 4;
/** What Nova of the same age asks with. */
const headers = { 'OpenStack-API-Version': 'placement 1.36' };
const inventories = {
  VCPU: { total: 64, allocation_ratio: 16 },
  MEMORY_MB: { total: 1 << 20 },
  DISK_GB: { total: 9000 },
};
/** Nova's scheduler asks for so many candidates (`max_placement_results`), whatever it then takes. */
const candidates = '/allocation_candidates?limit=1000&resources=VCPU:1,MEMORY_MB:64,DISK_GB:1';

/** Makes a thousand hosts, empty; answers how they are taken away. */
export async function makeHosts({ cloud }: Target): Promise<() => Promise<void>> {
  const uuids = Array.from({ length: hosts }, (_, index) => derivedId(prefix, String(index)));
  await inParallel(uuids, clients, async (uuid) => {
    await call(cloud, 'placement', 'POST', '/resource_providers', {
      json: { uuid, name: `${prefix}-${uuid}` },
      headers,
    });
    const json = { resource_provider_generation: 0, inventories };
    await call(cloud, 'placement', 'PUT', `/resource_providers/${uuid}/inventories`, { json, headers });
  });
  return () =>
    inParallel(uuids, clients, (uuid) =>
      call(cloud, 'placement', 'DELETE', `/resource_providers/${uuid}`, { headers }),
    );
}

/** Claims a second, each as Nova's scheduler makes it: all candidates are asked for, one of them is taken. */
export async function claimsPerSecond(target: Target): Promise<number> {
  const made: string[] = [];
  const started = performance.now();
  const until = started + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < until) made.push(await claim(target));
    }),
  );
  const perSecond = made.length / ((performance.now() - started) / 1000);
  await inParallel(made, clients, (consumer) =>
    call(target.cloud, 'placement', 'DELETE', `/allocations/${consumer}`, { headers }),
  );
  return perSecond;
}

interface Candidates {
  readonly allocation_requests: readonly { readonly allocations: object }[];
}

async function claim({ cloud }: Target): Promise<string> {
  const { allocation_requests: offers } = (await call(cloud, 'placement', 'GET', candidates, {
    headers,
  })) as Candidates;
  const { allocations } = offers[Math.floor(Math.random() * offers.length)] ?? {};
  if (allocations === undefined) throw new Error('there is no room');
  const consumer = randomUUID();
  const owner = { project_id: prefix, user_id: prefix, consumer_generation: null };
  await call(cloud, 'placement', 'PUT', `/allocations/${consumer}`, { json: { ...owner, allocations }, headers });
  return consumer;
}
