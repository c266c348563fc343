import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IdentityFixture, startIdentity } from './identity.fixture.ts';

let cloud: IdentityFixture;
let demo: string;
beforeAll(async () => {
  cloud = await startIdentity();
  demo = await cloud.token('demo');
});
afterAll(() => cloud.close());

/** Every route with its parameters filled in. */
const swept = () => cloud.routes.map((route) => ({ ...route, url: route.path.replaceAll(/:\w+/g, '0'.repeat(32)) }));

test('every route that is not public answers 401 without a token and with a wrong one', async () => {
  const closed = swept().filter(({ policy }) => policy.kind !== 'public');
  expect(closed.length).toBeGreaterThan(40);
  for (const { method, url } of closed) {
    for (const token of [undefined, 'wrong', 'A'.repeat(200)]) {
      const answer = await cloud.call(method, url, token === undefined ? {} : { token });
      expect([method, url, answer.status]).toEqual([method, url, 401]);
    }
  }
});

test('every route of administrators, managers and readers of domains answers 403 to a member', async () => {
  const admin = swept().filter(
    ({ policy }) => policy.kind === 'role' && (policy.roles.includes('admin') || policy.scope === 'directory'),
  );
  expect(admin.length).toBeGreaterThan(70);
  for (const { method, url } of admin) {
    const answer = await cloud.call(method, url, {
      token: demo,
      body: ['GET', 'HEAD'].includes(method) ? undefined : {},
    });
    expect([method, url, answer.status]).toEqual([method, url, 403]);
  }
});

test('no route answers 5xx to nonsense', { timeout: 60_000 }, async () => {
  const admin = await cloud.token('admin');
  const nonsense = [
    undefined,
    null,
    [],
    'text',
    {},
    { auth: { identity: null } },
    { user: [] },
    { project: { name: 'a\u0000' } },
  ];
  const fillers = [
    'nothing',
    '%00',
    '%F0%9F%92%A9',
    encodeURIComponent("'; drop table identity.user; --"),
    'x'.repeat(300),
  ];
  const queries = ['', '?name=%00', '?limit=-1', '?marker=%27&user.id=%00', '?name=a&name=b&enabled=%F0%9F'];
  const calls = cloud.routes.flatMap(({ method, path }) => {
    const urls = [...new Set(fillers.map((filler) => path.replaceAll(/:\w+/g, filler)))];
    const [url = path] = urls;
    const reads = method === 'GET' || method === 'HEAD';
    const further = reads
      ? queries.map((query) => ({ method, url: url + query, body: undefined }))
      : nonsense.map((body) => ({ method, url, body }));
    return [...urls.slice(1).map((odd) => ({ method, url: odd, body: reads ? undefined : {} })), ...further];
  });
  for (const { method, url, body } of calls) {
    const answer = await cloud.call(method, url, { token: admin, body, headers: { 'X-Subject-Token': 'nonsense' } });
    expect(answer.status, `${method} ${url} ${JSON.stringify(body)}`).toBeLessThan(500);
  }
});
