import { expect } from 'vitest';
import type { Service } from '../../kernel/http/index.ts';
import { sql } from '../../kernel/store/index.ts';
import {
  type Answer,
  createTestStore,
  eventually,
  type TestCloud,
  type TestStore,
  testCloud,
} from '../../kernel/testing/index.ts';
import { createPlacement, placementMigrations } from '../placement/index.ts';
import { type ComputeApi, computeMigrations, createCompute } from './index.ts';
import { defaultQuota } from './operations/settings.ts';
import {
  type FakeHypervisor,
  type FakeImages,
  type FakeNetworks,
  type FakeVolumes,
  fakeHypervisor,
  fakeImages,
  fakeNetworks,
  fakeVolumes,
  imageId,
  nothingProxied,
} from './testing.ts';

/** Tests only: the compute service over HTTP, on fakes, with what tests of servers do again and again. */
export interface ServersUnderTest {
  readonly store: TestStore;
  readonly cloud: TestCloud;
  readonly api: ComputeApi;
  readonly metadata: Service;
  readonly hypervisor: FakeHypervisor;
  readonly networks: FakeNetworks;
  readonly images: FakeImages;
  readonly volumes: FakeVolumes;
  create(token: string, server?: Record<string, unknown>, asked?: string): Promise<Answer>;
  /** Creates a server and waits until it is ACTIVE; answers its id. */
  active(token: string, server?: Record<string, unknown>): Promise<string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape.
  get(token: string, id: string, asked?: string): Promise<any>;
  /** Waits until the server has that status and nothing is being done to it. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape.
  until(token: string, id: string, status: string): Promise<any>;
  action(token: string, id: string, json: unknown, asked?: string): Promise<Answer>;
  /** Deletes the server and waits until it is not found. */
  deleted(token: string, id: string): Promise<void>;
  /** What was told of the server: `created`, `started`, … */
  events(id: string): Promise<{ type: string; data: Record<string, unknown> }[]>;
  close(): Promise<void>;
}

export const servers = '/compute/v2.1/servers';
export const microversion = (wanted: string) => ({ 'OpenStack-API-Version': `compute ${wanted}` });

const quota = { ...defaultQuota, instances: 100, cores: 100, ram: 100_000 };

export async function serversUnderTest(): Promise<ServersUnderTest> {
  const store = await createTestStore([placementMigrations, computeMigrations]);
  const cloud = testCloud(store);
  const hypervisor = fakeHypervisor();
  const networks = fakeNetworks();
  const images = fakeImages();
  const volumes = fakeVolumes();
  const engines = {
    hypervisor,
    network: networks,
    image: images,
    volumes,
    proxied: nothingProxied,
    placement: createPlacement({ store }).api,
  };
  const module = createCompute({ ...cloud.deps, ...engines, masterKey: new Uint8Array(32), hostName: 'host-1', quota });
  await cloud.serve([module]);

  const create: ServersUnderTest['create'] = (token, server = {}, asked) => {
    const json = { server: { name: 'web', flavorRef: '42', imageRef: imageId, ...server } };
    return cloud.call(token, 'POST', servers, { json, headers: asked === undefined ? {} : microversion(asked) });
  };
  const get: ServersUnderTest['get'] = async (token, id, asked = '2.1') => {
    const answer = await cloud.call(token, 'GET', `${servers}/${id}`, { headers: microversion(asked) });
    expect(answer.status).toBe(200);
    return answer.body.server;
  };
  const until: ServersUnderTest['until'] = (token, id, status) =>
    eventually(async () => {
      const server = await get(token, id);
      expect(server).toMatchObject({ status, 'OS-EXT-STS:task_state': null });
      return server;
    });
  return {
    ...{
      store,
      cloud,
      api: module.api,
      metadata: module.metadata,
      hypervisor,
      networks,
      images,
      volumes,
      create,
      get,
      until,
    },
    async active(token, server) {
      const { status, body } = await create(token, server);
      expect(status).toBe(202);
      await until(token, body.server.id, 'ACTIVE');
      return body.server.id;
    },
    action: (token, id, json, asked = '2.1') =>
      cloud.call(token, 'POST', `${servers}/${id}/action`, { json, headers: microversion(asked) }),
    async deleted(token, id) {
      expect((await cloud.call(token, 'DELETE', `${servers}/${id}`)).status).toBe(204);
      await eventually(async () => expect((await cloud.call(token, 'GET', `${servers}/${id}`)).status).toBe(404));
    },
    async events(id) {
      const { rows } = await sql<{ type: string; data: Record<string, unknown> }>`
        select type, data from kernel.outbox where subject = ${id} order by seq`.execute(store.db);
      return rows.map(({ type, data }) => ({ type: type.split('.')[3] ?? '', data }));
    },
    async close() {
      await cloud.close();
      await store.close();
    },
  };
}
