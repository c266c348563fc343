import { afterAll, beforeAll, expect, it } from 'vitest';
import { type IdentityFixture, passwordBody, startIdentity } from './identity.fixture.ts';

let cloud: IdentityFixture;
beforeAll(async () => {
  cloud = await startIdentity();
});
afterAll(() => cloud.close());

const tryPassword = async (name: string, headers: Record<string, string> = {}) => {
  const answer = await cloud.call('POST', '/v3/auth/tokens', { body: passwordBody(name, 'a wrong guess'), headers });
  return { status: answer.status, message: answer.body.error.message, retryAfter: answer.headers.get('retry-after') };
};

it('guesses get 429 and when to try again; whether there is such a user makes no difference', async () => {
  const course = async (name: string) => {
    const answers = [];
    for (let time = 0; time < 7; time += 1) answers.push(await tryPassword(name));
    return answers;
  };
  const known = await course('demo');
  expect(known.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429, 429]);
  expect(known.at(-1)).toMatchObject({ retryAfter: '1', message: 'Too many failed sign-ins. Try again in 1 s.' });
  expect(await course('nobody-of-that-name')).toEqual(known);
});

it('what the caller says of where it is changes nothing, as long as no proxy is trusted', async () => {
  const at = (address: number) => tryPassword('admin', { 'X-Forwarded-For': `198.51.100.${address}` });
  for (let address = 1; address <= 5; address += 1) await at(address);
  expect((await at(6)).status).toBe(429);
});
