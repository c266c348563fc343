import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IdentityFixture, startIdentity } from './identity.fixture.ts';

const day = 86_400_000;
let cloud: IdentityFixture;
let names = 0;

beforeAll(async () => {
  cloud = await startIdentity({
    passwordRules: {
      lockoutFailureAttempts: 2,
      lockoutDurationSeconds: 300,
      passwordExpiresDays: 90,
      uniqueLastPasswordCount: 2,
      passwordRegex: '^.{6,}$',
      passwordRegexDescription: 'at least 6 characters',
    },
  });
});
afterAll(() => cloud.close());

async function person(options: Record<string, unknown> = {}) {
  const token = await cloud.token('admin');
  names += 1;
  const made = await cloud.call('POST', '/v3/users', {
    token,
    body: { user: { name: `person ${names}`, password: 'password-0', options } },
  });
  const { id } = made.body.user;
  const signIn = async (password: string) => {
    const identity = { methods: ['password'], password: { user: { id, password } } };
    const { status, body } = await cloud.call('POST', '/v3/auth/tokens', { body: { auth: { identity } } });
    return { status, message: body.error?.message };
  };
  const change = async (original_password: string, password: string) =>
    (await cloud.call('POST', `/v3/users/${id}/password`, { body: { user: { original_password, password } } })).status;
  const reset = async (password: string) =>
    (await cloud.call('PATCH', `/v3/users/${id}`, { token, body: { user: { password } } })).status;
  return { id, made, signIn, change, reset };
}

describe('an account', () => {
  test('is locked after wrong passwords, for a while, even to the right one', async () => {
    const { signIn } = await person();
    for (const attempt of ['wrong', 'wrong']) expect((await signIn(attempt)).status).toBe(401);
    expect((await signIn('password-0')).message).toContain('The account is locked');
    await cloud.clock.advance(301_000);
    expect((await signIn('password-0')).status).toBe(201);
  });

  test('that signs in between starts counting again', async () => {
    const { signIn } = await person();
    for (const attempt of ['wrong', 'password-0', 'wrong']) await signIn(attempt);
    expect((await signIn('password-0')).status).toBe(201);
  });

  test('can be exempt from being locked', async () => {
    const { signIn } = await person({ ignore_lockout_failure_attempts: true });
    for (const attempt of ['wrong', 'wrong', 'wrong']) await signIn(attempt);
    expect((await signIn('password-0')).status).toBe(201);
  });
});

describe('a password', () => {
  test('is as the operator wants it, whoever sets it', async () => {
    const { change, reset } = await person();
    expect(await change('password-0', 'short')).toBe(400);
    expect(await reset('short')).toBe(400);
  });

  test('that was used before is refused to its owner, not to an administrator', async () => {
    const { change, reset } = await person();
    expect(await change('password-0', 'password-0')).toBe(400);
    expect(await change('password-0', 'password-1')).toBe(204);
    expect(await change('password-1', 'password-0')).toBe(400);
    expect(await change('password-1', 'password-2')).toBe(204);
    expect(await change('password-2', 'password-0')).toBe(204);
    expect(await reset('password-2')).toBe(200);
  });

  test('expires, and is changed by who knows it', async () => {
    const { signIn, change, made } = await person();
    expect(Date.parse(made.body.user.password_expires_at)).toBe(cloud.clock.now().getTime() + 90 * day);
    await cloud.clock.advance(91 * day);
    expect((await signIn('password-0')).message).toContain('The password is expired');
    expect(await change('password-0', 'password-1')).toBe(204);
    expect((await signIn('password-1')).status).toBe(201);
  });

  test('can be an administrator’s to change only', async () => {
    const { change } = await person({ lock_password: true });
    expect(await change('password-0', 'password-1')).toBe(403);
  });
});

test('options that would have no effect are refused', async () => {
  const token = await cloud.token('admin');
  const user = { name: 'optional', options: { multi_factor_auth_enabled: true } };
  expect((await cloud.call('POST', '/v3/users', { token, body: { user } })).status).toBe(400);
});
