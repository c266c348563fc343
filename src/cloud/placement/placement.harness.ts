import { newId } from '../../kernel/base/ids.ts';
import { type Answer, createTestStore, type TestCloud, type TestStore, testCloud } from '../../kernel/testing/index.ts';
import { createPlacement, type PlacementApi, placementMigrations } from './index.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape.
type Json = any;

/** Tests only: Placement over HTTP, with what tests do again and again. */
export interface PlacementUnderTest {
  readonly store: TestStore;
  readonly cloud: TestCloud;
  readonly api: PlacementApi;
  /** As an administrator; the newest version unless said. */
  call(method: string, path: string, json?: unknown, asked?: string): Promise<Answer>;
  /** The body of a successful answer; another fails the test. */
  ok(method: string, path: string, json?: unknown, asked?: string): Promise<Json>;
  /** Makes a provider with these totals; answers its uuid. */
  provider(
    totals?: Record<string, number>,
    more?: { parent?: string; traits?: string[]; name?: string },
  ): Promise<string>;
  /** Takes it; answers the status and the error's code. */
  take(
    consumer: string,
    allocations: Record<string, Record<string, number>>,
    seen?: number | null,
  ): Promise<[number, string?]>;
  usages(provider: string): Promise<Record<string, number>>;
  close(): Promise<void>;
}

export async function placementUnderTest(): Promise<PlacementUnderTest> {
  const store = await createTestStore([placementMigrations]);
  const cloud = testCloud(store);
  const module = createPlacement(cloud.deps);
  await cloud.serve([module]);
  const call: PlacementUnderTest['call'] = (method, path, json, asked = '1.39') => {
    const headers = { 'OpenStack-API-Version': `placement ${asked}` };
    return cloud.call('p1:admin', method, `/placement${path}`, json === undefined ? { headers } : { json, headers });
  };
  const ok: PlacementUnderTest['ok'] = async (method, path, json, asked) => {
    const answer = await call(method, path, json, asked);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  return {
    ...{ store, cloud, api: module.api, call, ok },
    async provider(totals = { VCPU: 8, MEMORY_MB: 1024 }, { parent, traits, name = newId() } = {}) {
      const { uuid } = await ok('POST', '/resource_providers', { name, parent_provider_uuid: parent ?? null });
      const inventories = Object.fromEntries(Object.entries(totals).map(([of, total]) => [of, { total }]));
      await ok('PUT', `/resource_providers/${uuid}/inventories`, { resource_provider_generation: 0, inventories });
      if (traits !== undefined) {
        await ok('PUT', `/resource_providers/${uuid}/traits`, { resource_provider_generation: 1, traits });
      }
      return uuid;
    },
    async take(consumer, allocations, seen = null) {
      const resources = Object.entries(allocations).map(([uuid, wanted]) => [uuid, { resources: wanted }]);
      const { status, body } = await call('PUT', `/allocations/${consumer}`, {
        ...{ allocations: Object.fromEntries(resources), project_id: 'p1', user_id: 'u1' },
        ...{ consumer_generation: seen, consumer_type: 'INSTANCE' },
      });
      return status === 204 ? [status] : [status, body.errors[0].code];
    },
    usages: async (provider) => (await ok('GET', `/resource_providers/${provider}/usages`)).usages,
    async close() {
      await cloud.close();
      await store.close();
    },
  };
}
