import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bodySchemaOf } from '../../src/kernel/http/openapi.ts';
import { signIn } from '../harness/client.ts';
import { adminPassword } from '../harness/simulated-cloud.ts';
import { faultIn, requestsFor, send } from './requests.ts';
import { everyRoute, type SweptRoute } from './routes.ts';
import { openScene, type Scene } from './scene.ts';
import { type World, worldOf } from './world.ts';

/**
 * Every route of every service gets requests that are nearly right, from whoever may do everything. `npm run fuzz` makes
 * 100,000 of them; `FUZZ_SEED` repeats a run, `FUZZ_SHARD=2/4` takes a part of the routes.
 */
const total = Number(process.env.FUZZ_REQUESTS ?? 3000);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_125);
const [shard = 1, shards = 1] = (process.env.FUZZ_SHARD ?? '1/1').split('/').map(Number);
const atOnce = 8;

const weightOf = ({ route }: SweptRoute): number => (bodySchemaOf(route) === undefined ? 1 : 3);
const isLast = ({ name }: SweptRoute): boolean => /^DELETE |terminate$|delete$/i.test(name);
// What takes things away comes last, so that the others find them.
const routes = everyRoute()
  .filter((_, index) => index % shards === shard - 1)
  .sort((a, b) => Number(isLast(a)) - Number(isLast(b)));
const weight = routes.reduce((sum, route) => sum + weightOf(route), 0);

let scene: Scene;
let world: World;
const paths = new Map<string, string>();
const statuses = new Map<number, number>();

beforeAll(async () => {
  scene = await openScene();
  world = worldOf(scene);
  for (const swept of everyRoute()) paths.set(swept.name, (await world.fill(swept)).path);
}, 180_000);
afterAll(() => scene?.close());

it(`${total} requests (seed ${seed}) get no 5xx, no inside view and always the API's own words`, {
  timeout: 1000 * (60 + total / 20),
}, async () => {
  const failures: string[] = [];
  const queue = [...routes];
  let admin = scene.admin;

  async function fuzz(swept: SweptRoute): Promise<void> {
    const path = paths.get(swept.name) ?? swept.route.path;
    const numRuns = Math.max(1, Math.round((total * weightOf(swept)) / weight));
    const details = await fc.check(
      fc.asyncProperty(requestsFor(swept, path, world.values), async (request) => {
        const answer = await send(scene.cloud.url, request, admin.token);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        if (answer.status === 401) admin = await signIn(scene.cloud.url, 'admin', adminPassword, 'admin');
        const fault = faultIn(swept, answer);
        if (fault !== undefined) throw new Error(fault);
      }),
      { numRuns, seed, interruptAfterTimeLimit: 300_000 },
    );
    if (!details.failed) return;
    const [request] = details.counterexample ?? [];
    const { method, target, headers, body } = request ?? { method: '', target: '', headers: {}, body: '' };
    const sent = JSON.stringify({ headers, body: String(body).slice(0, 400) });
    failures.push(`${method} ${target.slice(0, 300)} ${sent}\n  → ${String(details.errorInstance)}`);
  }

  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await fuzz(next);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  console.log(
    `answers by status: ${[...statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${status} × ${count}`)
      .join(', ')}`,
  );
  expect(failures.join('\n\n')).toBe('');
});
