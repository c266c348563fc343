import { randomUUID } from 'node:crypto';
import { derivedId } from '../../src/kernel/base/ids.ts';
import { call, inParallel, prefix, type Target, urlOf } from './target.ts';
import { wrk } from './wrk.ts';

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
    inParallel(uuids, clients, async (uuid) => {
      const path = `/resource_providers/${uuid}`;
      // Claims that were made after their client had gone.
      const left = (await call(cloud, 'placement', 'GET', `${path}/allocations`, { headers })) as {
        allocations: object;
      };
      for (const consumer of Object.keys(left.allocations)) {
        await call(cloud, 'placement', 'DELETE', `/allocations/${consumer}`, { headers });
      }
      await call(cloud, 'placement', 'DELETE', path, { headers });
    });
}

/**
 * Claims a second, each as Nova's scheduler makes it: all candidates are asked for, one of them is taken. `wrk` makes them, for
 * a client that reads a thousand candidates into objects would take more of the machine than the cloud does.
 */
export async function claimsPerSecond(target: Target): Promise<number> {
  const { token } = await target.cloud.session.current();
  const url = await urlOf(target, 'placement');
  const run = randomUUID().slice(0, 8);
  const sent = { ...headers, 'X-Auth-Token': token, Accept: 'application/json', 'Content-Type': 'application/json' };
  const said = await wrk({ url, clients, seconds }, luaOf(new URL(url).pathname, run, sent));
  const [, made, took] = /made (\d+) claims in ([\d.]+) s/.exec(said) ?? [];
  const asked = Array.from({ length: Number(made) + clients }, (_, index) => consumerOf(run, index + 1));
  await inParallel(asked, clients, async (consumer) => {
    const path = `/allocations/${consumer}`;
    const { allocations } = (await call(target.cloud, 'placement', 'GET', path, { headers })) as {
      allocations: object;
    };
    if (Object.keys(allocations).length > 0) await call(target.cloud, 'placement', 'DELETE', path, { headers });
  });
  return Number(made) / Number(took);
}

/** The consumer of a run's claim, as the script below names it. */
function consumerOf(run: string, claim: number): string {
  return `${run}-0000-4000-8000-${claim.toString(16).padStart(12, '0')}`;
}

/** Whoever has been told the candidates takes one that stands somewhere in the answer. */
function luaOf(path: string, run: string, sent: Readonly<Record<string, string>>): string {
  const headerLines = Object.entries(sent).map(([name, value]) => `wrk.headers["${name}"] = "${value}"`);
  return `
${headerLines.join('\n')}
local chosen, asked = {}, 0
made = 0
local main
function setup(thread) main = thread end
function request()
  local allocations = table.remove(chosen)
  if allocations == nil then return wrk.format("GET", "${path}${candidates}") end
  asked = asked + 1
  return wrk.format("PUT", string.format("${path}/allocations/${run}-0000-4000-8000-%012x", asked), nil,
    '{"allocations":' .. allocations .. ',"project_id":"${prefix}","user_id":"${prefix}","consumer_generation":null}')
end
function response(status, headers, body)
  if status == 204 then made = made + 1 end
  if status ~= 200 then return end
  local pattern = '"allocations":%s*(%b{})'
  chosen[#chosen + 1] = body:match(pattern, math.random(#body / 2)) or body:match(pattern)
end
function done(summary) print(string.format("made %d claims in %f s", main:get("made"), summary.duration / 1e6)) end
`;
}
