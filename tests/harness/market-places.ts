import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { MarketSettings } from '../../src/app/market/settings.ts';
import { accessFromEnvironment, openStack, variablesOfCloud } from '../../src/client/index.ts';
import { createTestStore } from '../../src/kernel/testing/index.ts';
import { type Session, signIn, until } from './client.ts';
import { uploadTinyImage } from './market.ts';
import { adminPassword, demoPassword, freePort, startCloud } from './simulated-cloud.ts';

/** A market in front of a cloud: its sessions reach `/market` and, under the paths of our own cloud, the cloud's services. */
export interface MarketPlace {
  readonly admin: Session;
  /** An ordinary person, in a project without anything. */
  readonly demo: Session;
  close(): Promise<void>;
}

/** As part of our own cloud (simulated engines). */
export async function inOurCloud(): Promise<MarketPlace> {
  const cloud = await startCloud();
  const admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
  const demo = await signIn(cloud.url, 'demo', demoPassword, 'demo');
  await uploadTinyImage(admin);
  return { admin, demo, close: cloud.close };
}

/** In a process of its own, in front of our own cloud, which it reaches over HTTP only. */
export async function alone(): Promise<MarketPlace> {
  const cloud = await inOurCloud();
  const { origin } = new URL(cloud.admin.url);
  const credentials = {
    kind: 'password',
    user: { name: 'admin' },
    password: adminPassword,
    scope: { project: { name: 'admin' } },
  } as const;
  const market = await startMarketProcess({ authUrl: `${origin}/identity/v3`, credentials });
  return {
    admin: at(cloud.admin, { '/market': `${market.url}/market` }),
    demo: at(cloud.demo, { '/market': `${market.url}/market` }),
    async close() {
      await market.close();
      await cloud.close();
    },
  };
}

/** In a process of its own, in front of the cloud that `tools/openstack.sh` brings up. */
export async function beforeOpenStack(): Promise<MarketPlace> {
  const clouds: unknown = parse(readFileSync(process.env.ANDROMEDE_TEST_CLOUDS ?? '', 'utf8'));
  const access = accessFromEnvironment(variablesOfCloud(clouds, 'admin'));
  if (access?.credentials.kind !== 'password')
    throw new Error('the cloud `admin` of ANDROMEDE_TEST_CLOUDS has no password');
  const { credentials } = access;
  const market = await startMarketProcess({ ...access, credentials }, process.env.ANDROMEDE_TEST_NOTIFICATIONS);
  const operator = openStack(access);
  const name = `test-${Date.now()}`;
  const { id: projectId } = await operator.identity.createProject({ name, domainId: 'default' });
  const { id: userId } = await operator.identity.createUser({ name, domainId: 'default', password: name });
  await operator.identity.grantRole('member', userId, projectId);
  const url = access.authUrl.replace(/\/v3$/, '');
  const endpoint = (type: string) => operator.session.endpoint(type);
  const mounts = {
    '/market': `${market.url}/market`,
    '/compute/v2.1': await endpoint('compute'),
    '/network': await endpoint('network'),
    '/image': await endpoint('image'),
  };
  const session = async (user: string, password: string) => at(await signIn(url, user, password, user, ''), mounts);
  return {
    admin: await session('admin', credentials.password),
    demo: await session(name, name),
    async close() {
      operator.close();
      await market.close();
    },
  };
}

/** The same person, some of whose calls go elsewhere: by the beginning of their path. */
function at(session: Session, mounts: Readonly<Record<string, string>>): Session {
  return {
    ...session,
    call(method, path, body, headers) {
      const [mount, target] = Object.entries(mounts).find(([prefix]) => path.startsWith(`${prefix}/`)) ?? ['', ''];
      return session.call(method, target === '' ? path : `${target}${path.slice(mount.length)}`, body, headers);
    },
  };
}

const program = fileURLToPath(new URL('../../src/app/market/main.ts', import.meta.url));

/** A market in a process of its own, on a database of its own. */
async function startMarketProcess(access: MarketSettings['openstack']['access'], notificationsUrl?: string) {
  const store = await createTestStore();
  const dir = await mkdtemp(join(tmpdir(), 'andromede-market-'));
  const path = (name: string) => join(dir, name);
  await writeFile(path('master-key'), '22'.repeat(32));
  await writeFile(path('metrics-token'), 'metrics-token-of-tests');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings: MarketSettings = {
    ...{ host: '127.0.0.1', port, publicUrl: url, logLevel: process.env.ANDROMEDE_LOG ?? 'silent' },
    database: store.connection as unknown as MarketSettings['database'],
    sockets: { api: path('api.sock') },
    secrets: { masterKey: path('master-key'), metricsToken: path('metrics-token') },
    openstack: {
      access,
      usage: {
        ...(notificationsUrl !== undefined && { notificationsUrl }),
        ...{ notificationsQueue: 'andromede.info', pollSeconds: 1 },
      },
    },
  };
  await writeFile(path('market.json'), JSON.stringify(settings));
  const child = fork(program, { env: { ...process.env, ANDROMEDE_CONFIG: path('market.json') }, stdio: 'inherit' });
  const answers = () =>
    fetch(`${url}/market/v1`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(answers, Boolean, 30);
  return {
    url,
    async close() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
