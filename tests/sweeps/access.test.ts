import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodySchemaOf } from '../../src/kernel/http/openapi.ts';
import { type Schema, valuesOf } from './arbitraries.ts';
import { type Answer, ask, everyRoute, type SweptRoute } from './routes.ts';
import { mark, openScene, type Scene } from './scene.ts';
import { movesByItself, notProved, openToAll, readersMay, unfilled } from './uncovered.ts';
import { type Filled, type World, worldOf } from './world.ts';

/**
 * Every route of every service, found in the routing tables, called by those who have no business there. What this
 * cannot judge is in `uncovered.ts`, and whatever is there without need fails.
 */
const routes = everyRoute();
const closed = routes.filter(({ route }) => route.policy.kind !== 'public');
const isRead = ({ route }: SweptRoute) => route.method === 'GET' || route.method === 'HEAD';
/** What answers 410 whatever is named. */
const isRetired = ({ route }: SweptRoute) => route.operation.startsWith('compute:gone:');
const namesOf = (list: readonly SweptRoute[]) => [...new Set(list.map(({ name }) => name))].sort();

let scene: Scene;
let world: World;
const filled = new Map<SweptRoute, Filled>();

beforeAll(async () => {
  scene = await openScene();
  world = worldOf(scene);
  for (const swept of routes) filled.set(swept, await world.fill(swept));
}, 180_000);
afterAll(() => scene?.close());

const pathOf = (swept: SweptRoute): string => filled.get(swept)?.path ?? '';
const secretsIn = (text: string): string[] => [...world.secrets].filter((secret) => text.includes(secret));

/** Bodies that are good only with things that go together, which schemas do not say, or that tell the caller's own words again. */
const together: Readonly<Record<string, unknown>> = {
  'market:invitations:accept': { secret: `ami_${'x'.repeat(43)}` },
  'market:applications:create': { name: 'swept', roles: ['customer'], country: 'FR' },
  'compute:servers:remote_consoles:create': { remote_console: { protocol: 'serial', type: 'serial' } },
  'image:import:start': { method: { name: 'web-download', uri: 'http://127.0.0.1/' } },
  'image:images:update': [{ op: 'replace', path: '/name', value: 'swept' }],
};

/** A few good bodies, in which ids are those of the owner's things. */
function bodiesOf({ route }: SweptRoute, count: number): unknown[] {
  if (route.operation in together) return [together[route.operation]];
  const schema = bodySchemaOf(route);
  if (schema === undefined) return [route.body === 'stream' ? 'text' : undefined];
  const making = { values: world.values, wildness: 0, optional: 60 };
  return fc.sample(valuesOf(schema as Schema, making), { numRuns: count, seed: 7 });
}

/** What the owner sees of everything, by route. */
async function seenByOwner(): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  for (const swept of closed.filter(({ route, name }) => route.method === 'GET' && !(name in movesByItself))) {
    const { text } = await ask(scene.cloud.url, swept, pathOf(swept), { token: scene.owner.token });
    seen.set(swept.name, text.replaceAll(/req-[0-9a-f-]{36}/g, 'req'));
  }
  return seen;
}

/** Runs what should change nothing that the owner sees. */
async function changesNothing(attempt: () => Promise<void>): Promise<void> {
  const before = await seenByOwner();
  await attempt();
  const after = await seenByOwner();
  expect([...before.keys()].filter((name) => after.get(name) !== before.get(name))).toEqual([]);
}

it('finds something for every parameter of every path', () => {
  const missing = routes.filter((swept) => !isRetired(swept) && filled.get(swept)?.missing.length !== 0);
  const known = Object.keys(unfilled);
  const unknown = missing.filter(
    ({ service, route }) => !known.some((start) => `${service.mount}${route.path}`.startsWith(start)),
  );
  expect(namesOf(unknown)).toEqual([]);
  // A path begins with each of them, or it has gone.
  const paths = routes.map(({ service, route }) => `${service.mount}${route.path}`);
  expect(known.filter((start) => !paths.some((path) => path.startsWith(start)))).toEqual([]);
  expect(closed.length).toBeGreaterThan(250);
  expect(world.secrets.size).toBeGreaterThan(15);
});

describe('whoever has no token, or none that is good,', () => {
  it.each([
    ['none', undefined],
    ['nonsense', 'nonsense'],
    ['long nonsense', 'A'.repeat(2000)],
  ])('is told nothing but 401 (%s)', { timeout: 120_000 }, async (_what, token) => {
    const others: string[] = [];
    for (const swept of closed) {
      const [body] = bodiesOf(swept, 1);
      const { status } = await ask(scene.cloud.url, swept, pathOf(swept), { ...(token && { token }), body });
      if (status !== 401) others.push(`${swept.name}: ${status}`);
    }
    expect(others).toEqual([]);
  });
});

describe('whoever has too small a role', () => {
  it('changes nothing as a reader', { timeout: 120_000 }, async () => {
    const changing = closed.filter((swept) => !isRead(swept));
    const allowed: SweptRoute[] = [];
    await changesNothing(async () => {
      for (const swept of changing) {
        const statuses = [];
        for (const body of bodiesOf(swept, 4)) {
          const { status } = await ask(scene.cloud.url, swept, pathOf(swept), { token: scene.reader.token, body });
          statuses.push(status);
        }
        // The market looks at what is asked for before it looks at who asks.
        const refused = statuses.some((status) => [403, 404, 410].includes(status));
        if (!refused || statuses.some((status) => status < 400)) allowed.push(swept);
      }
    });
    expect(namesOf(allowed)).toEqual(Object.keys(readersMay).sort());
  });

  it('is refused as a member what is for administrators', { timeout: 120_000 }, async () => {
    const administrative = closed.filter(
      ({ route: { policy } }) => policy.kind === 'role' && policy.roles.includes('admin'),
    );
    expect(administrative.length).toBeGreaterThan(40);
    const others: string[] = [];
    await changesNothing(async () => {
      for (const swept of administrative) {
        const [body] = bodiesOf(swept, 1);
        const { status } = await ask(scene.cloud.url, swept, pathOf(swept), { token: scene.owner.token, body });
        if (status !== 403) others.push(`${swept.name}: ${status}`);
      }
    });
    expect(others).toEqual([]);
  });
});

describe('a stranger, who is a member of another project,', () => {
  it('is told nothing of this one, and changes nothing in it', { timeout: 120_000 }, async () => {
    const proved = new Set<string>();
    const leaks: string[] = [];
    await changesNothing(async () => {
      for (const swept of closed) {
        for (const [path, body] of attemptsOf(swept)) {
          const answer = await ask(scene.cloud.url, swept, path, { token: scene.stranger.token, body });
          leaks.push(...leakIn(swept, path, answer));
          if (isRefusal(answer)) proved.add(swept.name);
        }
      }
    });
    expect(leaks).toEqual([]);
    const others = closed.filter((swept) => secretsIn(pathOf(swept)).length > 0 && !(swept.name in openToAll));
    const unproved = others.filter(({ name }) => !proved.has(name));
    expect(namesOf(unproved)).toEqual(Object.keys(notProved).sort());
  });

  /** 403, 404, and 410 of what OpenStack has retired; Cinder's own word for a path that names another project is 400. */
  function isRefusal({ status, text }: Answer): boolean {
    return [403, 404, 410].includes(status) || (status === 400 && text.includes('Malformed request url'));
  }

  /** The owner's things, also through the stranger's own project where the path names one. */
  function attemptsOf(swept: SweptRoute): [string, unknown][] {
    const path = pathOf(swept);
    const paths = new Set([path, path.replace(scene.owner.projectId, scene.stranger.projectId)]);
    return [...paths].flatMap((one) => bodiesOf(swept, 6).map((body): [string, unknown] => [one, body]));
  }

  /** What of the owner's is told, or the success of what is done to a thing of the owner's. */
  function leakIn(swept: SweptRoute, path: string, { status, text }: Answer): string[] {
    const told =
      text.includes(mark) && !path.includes(mark) && !(swept.name in openToAll)
        ? [`${swept.name} tells a name: ${text.slice(0, 300)}`]
        : [];
    if (status >= 300) return told;
    const own = secretsIn(text).filter((secret) => !path.includes(secret));
    const ids = own.length > 0 ? [`${swept.name} tells ${own}: ${text.slice(0, 300)}`] : [];
    const does = secretsIn(path).length > 0 && !(swept.name in openToAll) ? [`${swept.name} answers ${status}`] : [];
    return [...told, ...ids, ...does];
  }
});
