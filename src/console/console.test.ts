import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemContext } from '../kernel/access/context.ts';
import { createLogger } from '../kernel/base/log.ts';
import { type ApiServer, createApiServer } from '../kernel/http/index.ts';
import type { Notifications } from '../kernel/store/index.ts';
import { sessionCookie } from './cookie.ts';
import { createConsole } from './index.ts';

let directory: string;
/** Nothing happens in any project. */
const notifications: Notifications = {
  ...{ on: () => () => undefined, loop: async () => undefined, close: async () => undefined },
};

let server: ApiServer;
let url: string;

const script = 'export const answer = 42;\n'.repeat(20);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'andromede-console-'));
  mkdirSync(join(directory, 'assets'));
  writeFileSync(join(directory, 'index.html'), '<html lang="fr"><meta name="csp-nonce" content="__NONCE__">');
  writeFileSync(join(directory, 'assets/main-abc.js'), script);
  writeFileSync(join(directory, 'assets/main-abc.js.br'), brotliCompressSync(script));
  const { services, tokenOf } = createConsole({ publicUrl: 'http://127.0.0.1:8000', notifications, directory });
  server = createApiServer({
    services,
    tokenOf,
    authenticate: async (token, requestId) => (token === 'good' ? systemContext(requestId) : undefined),
    publicUrl: 'http://127.0.0.1:8000',
    log: createLogger('test', 'silent'),
  });
  url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers });

describe('the page', () => {
  it('is in the language of the browser, whatever the address below /console', async () => {
    for (const path of ['/console', '/console/', '/console/servers/42']) {
      const page = await get(path, { 'Accept-Language': 'en-GB,en;q=0.9' });
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(await page.text()).toContain('<html lang="en">');
    }
  });

  it('runs no script but its own, under a nonce that is never used twice', async () => {
    const pages = await Promise.all([get('/console/'), get('/console/')]);
    const nonces = await Promise.all(pages.map(async (page) => /content="([^"]+)"/.exec(await page.text())?.[1] ?? ''));
    const policies = pages.map(({ headers }) => headers.get('content-security-policy') ?? '');
    expect(new Set(nonces).size).toBe(2);
    for (const [index, policy] of policies.entries()) {
      expect(policy).toContain(`'nonce-${nonces[index]}'`);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toContain('unsafe');
    }
  });

  it('says what to do when it has not been built', async () => {
    const { services } = createConsole({
      ...{ publicUrl: 'http://127.0.0.1:8000', notifications, directory: join(directory, 'none') },
    });
    const [show] = services
      .flatMap(({ routes }) => routes)
      .filter(({ operation }) => operation === 'console:home:show');
    const request = { headers: {} } as Parameters<NonNullable<typeof show>['handler']>[0];
    expect(() => show?.handler(request)).toThrow(/npm run setup/);
  });
});

describe('a script', () => {
  it('is kept for ever, for its name changes with it', async () => {
    const answer = await get('/console/assets/main-abc.js');
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(answer.headers.get('content-type')).toContain('text/javascript');
    expect(await answer.text()).toBe(script);
    const again = await get('/console/assets/main-abc.js', { 'If-None-Match': answer.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
  });

  it('travels compressed to whoever takes that', async () => {
    const answer = await get('/console/assets/main-abc.js', { 'Accept-Encoding': 'gzip, br' });
    expect(answer.headers.get('content-encoding')).toBe('br');
    expect(await answer.text()).toBe(script);
  });

  it.each([
    '/console/assets/gone.js',
    '/console/assets/..%2f..%2findex.ts',
    '/console/assets/%2e%2e/%2e%2e/package.json',
  ])('that was not built is not found: %s', async (path) => {
    const answer = await get(path);
    expect([404, 200]).toContain(answer.status);
    expect(await answer.text()).not.toContain('"dependencies"');
  });
});

describe('the session', () => {
  const cookie = { Cookie: 'other=1; andromede-session-8000=good' };
  const put = (headers: Record<string, string>) => fetch(`${url}/console/v1/session`, { method: 'PUT', headers });

  it('takes a token once, and shows it to no script', async () => {
    const begun = await put({ 'X-Auth-Token': 'good' });
    const set = begun.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^andromede-session-8000=good; Expires=.*; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(await begun.text()).not.toContain('good');
    expect((await put({ 'X-Auth-Token': 'bad' })).status).toBe(401);
  });

  it('says who is signed in, and null for nobody', async () => {
    const of = async (headers: Record<string, string>) =>
      ((await (await get('/console/v1/session', headers)).json()) as { session: object | null }).session;
    expect(await of(cookie)).toMatchObject({ user: { id: 'system' }, isAdmin: true });
    expect(await of({ Cookie: 'andromede-session-8000=bad' })).toBeNull();
    expect(await of({})).toBeNull();
  });

  it('changes things only for pages of this very host and port', async () => {
    const { host } = new URL(url);
    expect((await put({ ...cookie, Origin: `http://${host}` })).status).toBe(200);
    for (const origin of ['http://evil.example', `http://127.0.0.1:1`, `http://shop.${host}`, 'null', 'nonsense']) {
      expect((await put({ ...cookie, Origin: origin })).status).toBe(401);
    }
    expect((await put(cookie)).status).toBe(401);
  });

  it('travels over TLS only where there is TLS', () => {
    const at = new Date('2026-01-01T00:00:00Z');
    expect(sessionCookie('https://cloud.example').set('t', at)).toContain('Secure');
    expect(sessionCookie('http://127.0.0.1:8000').set('t', at)).not.toContain('Secure');
  });
});
