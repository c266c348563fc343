import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createTestStore, type TestCloud, type TestStore, testCloud } from '../../kernel/testing/index.ts';
import { createImage, type ImageApi, type ImageDeps, imageMigrations } from './index.ts';

/** What is uploaded where nothing else matters. */
export const bytes = Buffer.from('the bytes of a disk '.repeat(1000));
/** The headers of an upload. */
export const octets = { 'Content-Type': 'application/octet-stream' };

/** The image service over HTTP, with a store and a folder of its own, for images of up to 1,000,000 bytes. */
export interface TestImages {
  readonly store: TestStore;
  readonly cloud: TestCloud;
  readonly directory: string;
  readonly api: ImageApi;
  close(): Promise<void>;
}

export async function startImages(more: Pick<ImageDeps, 'importSources'> = {}): Promise<TestImages> {
  const store = await createTestStore([imageMigrations]);
  const cloud = testCloud(store);
  const directory = await mkdtemp(join(tmpdir(), 'andromede-images-'));
  const module = createImage({ ...cloud.deps, directory, maxBytes: 1_000_000, ...more });
  await cloud.serve([module]);
  return {
    ...{ store, cloud, directory, api: module.api },
    async close() {
      await cloud.close();
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Calls of one image. */
export function imageCalls({ cloud }: Pick<TestImages, 'cloud'>) {
  return {
    /** A queued image; answers its id. */
    async create(token: string, json: Record<string, unknown> = {}): Promise<string> {
      const { status, body } = await cloud.call(token, 'POST', '/image/v2/images', {
        json: { name: 'disk', disk_format: 'raw', container_format: 'bare', ...json },
      });
      expect(status).toBe(201);
      return body.id;
    },
    upload: (token: string, id: string, body: Uint8Array = bytes) =>
      cloud.call(token, 'PUT', `/image/v2/images/${id}/file`, { body, headers: octets }),
    get: async (token: string, id: string) => (await cloud.call(token, 'GET', `/image/v2/images/${id}`)).body,
    patch: (token: string, id: string, operations: unknown) =>
      cloud.call(token, 'PATCH', `/image/v2/images/${id}`, {
        body: JSON.stringify(operations),
        headers: { 'Content-Type': 'application/openstack-images-v2.1-json-patch' },
      }),
  };
}
