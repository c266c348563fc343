import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../kernel/store/index.ts';
import { type IdentityFixture, projectScope, startIdentity } from './identity.fixture.ts';

let cloud: IdentityFixture;
let admin: string;
let path: string;

beforeAll(async () => {
  cloud = await startIdentity();
  admin = await cloud.token('admin', projectScope('admin'));
  const { body } = await ask('POST', '/v3/domains', { domain: { name: 'with a directory' } });
  path = `/v3/domains/${body.domain.id}/config`;
});
afterAll(() => cloud.close());

const ask = (method: string, url: string, body?: unknown) => cloud.call(method, url, { token: admin, body });
const config = { identity: { driver: 'ldap' }, ldap: { url: 'ldap://directory.example', use_tls: true } };

test('a domain’s configuration is kept whole, by group and by option, and taken back so', async () => {
  expect((await ask('GET', path)).status).toBe(404);
  expect((await ask('PATCH', path, { config })).status, 'nothing is there to change').toBe(404);
  expect(await ask('PUT', path, { config })).toMatchObject({ status: 201, body: { config } });
  expect(await ask('PUT', path, { config })).toMatchObject({ status: 200, body: { config } });
  expect((await ask('GET', `${path}/ldap`)).body).toEqual({ config: { ldap: config.ldap } });
  expect((await ask('GET', `${path}/ldap/url`)).body).toEqual({ config: { url: config.ldap.url } });

  const limited = { identity: { driver: 'ldap', list_limit: 7 } };
  expect((await ask('PATCH', `${path}/identity`, { config: limited })).body.config).toEqual({ ...config, ...limited });
  const changed = await ask('PATCH', `${path}/identity/driver`, { config: { driver: 'sql' } });
  expect(changed.body.config.identity).toEqual({ driver: 'sql', list_limit: 7 });
  expect((await ask('DELETE', `${path}/identity/driver`)).status).toBe(204);
  expect((await ask('GET', `${path}/identity/driver`)).status).toBe(404);
  expect((await ask('DELETE', `${path}/identity`)).status).toBe(204);
  expect((await ask('GET', `${path}/identity`)).status).toBe(404);
  expect((await ask('DELETE', path)).status).toBe(204);
  expect((await ask('GET', path)).status).toBe(404);
});

test('a secret is taken, never shown, and not readable in the database', async () => {
  const ldap = { user: 'cn=reader', password: 'very secret' };
  expect((await ask('PUT', path, { config: { ldap } })).body.config).toEqual({ ldap: { user: 'cn=reader' } });
  expect((await ask('GET', `${path}/ldap/password`)).status).toBe(404);
  expect((await ask('GET', path)).body.config).toEqual({ ldap: { user: 'cn=reader' } });
  const { rows } = await sql`select value::text from identity.domain_config`.execute(cloud.store.db);
  expect(JSON.stringify(rows)).not.toContain('very secret');
  expect((await ask('DELETE', `${path}/ldap/password`)).status).toBe(204);
});

test('what there is none of is refused, and changes nothing', async () => {
  await ask('PUT', path, { config });
  for (const [method, url, body, status] of [
    ['PUT', path, {}, 403],
    ['PUT', path, { ldap: {} }, 403],
    ['PUT', path, { kerberos: { realm: 'x' } }, 403],
    ['PATCH', path, { ldap: { colour: 'red' } }, 403],
    ['PATCH', `${path}/ldap`, { identity: { driver: 'sql' } }, 403],
    ['PATCH', `${path}/ldap`, config, 403],
    ['PATCH', `${path}/ldap/url`, { use_tls: false }, 403],
    ['PATCH', `${path}/ldap/user`, { user: 'cn=x' }, 404],
    ['PATCH', `${path}/constructor`, { constructor: { a: 1 } }, 403],
    ['PUT', '/v3/domains/none/config', config, 404],
    ['PUT', path, { ldap: { url: ['ldap://x'] } }, 400],
  ] as const) {
    expect((await ask(method, url, { config: body })).status, `${method} ${JSON.stringify(body)}`).toBe(status);
  }
  expect((await ask('GET', path)).body).toEqual({ config });
});

test('what holds where nothing is said can be read', async () => {
  const { identity, ldap } = (await ask('GET', '/v3/domains/config/default')).body.config;
  expect(identity).toEqual({ driver: 'sql', list_limit: null });
  expect((await ask('GET', '/v3/domains/config/ldap/default')).body.config).toEqual({ ldap });
  expect((await ask('GET', '/v3/domains/config/identity/driver/default')).body.config).toEqual({ driver: 'sql' });
  expect((await ask('GET', '/v3/domains/config/ldap/colour/default')).status).toBe(403);
});
