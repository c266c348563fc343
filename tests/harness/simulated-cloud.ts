import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi } from '../../src/app/api/start.ts';
import type { ApiSettings } from '../../src/app/api-settings.ts';
import { createTestStore, type TestStore } from '../../src/kernel/testing/index.ts';

/** A whole cloud in this process, on simulated engines, that tests reach over HTTP only. */
export interface TestCloud {
  readonly url: string;
  /** Where the simulated engines keep their journal. */
  readonly simulatedDir: string;
  close(): Promise<void>;
}

export const adminPassword = 'admin-password-of-tests';
export const demoPassword = 'demo-password-of-tests';
export const metricsToken = 'metrics-token-of-tests';

export async function startCloud(): Promise<TestCloud> {
  const { settings, remove } = await prepareCloud();
  const api = await startApi(settings);
  return {
    url: settings.publicUrl,
    simulatedDir: simulatedDirOf(settings),
    async close() {
      await api.close();
      await remove();
    },
  };
}

/** A database, a folder and a port for a cloud that is to be started here or, with its settings, in other processes. */
export async function prepareCloud(): Promise<{ store: TestStore; settings: ApiSettings; remove(): Promise<void> }> {
  const store = await createTestStore();
  const dataDir = await mkdtemp(join(tmpdir(), 'andromede-cloud-'));
  const settings = await settingsIn(dataDir, store.connection as unknown as ApiSettings['database']);
  return {
    store,
    settings,
    async remove() {
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Where the simulated engines of such a cloud keep their journal. */
export function simulatedDirOf({ dataDir }: ApiSettings): string {
  return join(dataDir, 'simulated');
}

/** The settings of a cloud in that folder, which must exist, on that database. */
export async function settingsIn(dataDir: string, database: ApiSettings['database']): Promise<ApiSettings> {
  const path = (name: string) => join(dataDir, name);
  for (const folder of ['simulated', 'images', 'assets']) await mkdir(path(folder));
  await writeFile(path('master-key'), '11'.repeat(32));
  await writeFile(path('admin-password'), adminPassword);
  await writeFile(path('demo-password'), demoPassword);
  await writeFile(path('metrics-token'), metricsToken);
  const port = await freePort();
  return {
    dataDir,
    runDir: dataDir,
    host: '127.0.0.1',
    port,
    publicUrl: `http://127.0.0.1:${port}`,
    logLevel: process.env.ANDROMEDE_LOG ?? 'silent',
    engine: 'simulated',
    hostName: 'host-1',
    netns: 'none',
    externalCidr: '172.24.4.0/24',
    externalGateway: '172.24.4.1',
    physicalNetwork: 'external',
    database,
    sockets: {
      ...{ api: path('api.sock'), metadata: path('metadata.sock') },
      ...{ host: path('host.sock'), ovnNorthbound: path('nb.sock') },
    },
    secrets: {
      masterKey: path('master-key'),
      adminPassword: path('admin-password'),
      demoPassword: path('demo-password'),
      metricsToken: path('metrics-token'),
    },
    imagesDir: path('images'),
    assetsDir: path('assets'),
  };
}

/** A TCP port on which nobody listens. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
