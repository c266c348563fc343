import { expect } from 'vitest';
import { notFound } from '../../kernel/base/errors.ts';
import { newId } from '../../kernel/base/ids.ts';
import { sql } from '../../kernel/store/index.ts';
import {
  type Answer,
  createTestStore,
  eventually,
  type TestCloud,
  type TestStore,
  testCloud,
} from '../../kernel/testing/index.ts';
import type { ImageRecord } from '../image/index.ts';
import { type BlockStorageApi, blockStorageMigrations, createBlockStorage } from './index.ts';
import type { VolumeImages } from './operations/settings.ts';
import { type FakeVolumeEngine, fakeVolumeEngine } from './testing.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape.
type Json = any;

/** Tests only: the block storage service over HTTP, on fakes, with what tests do again and again. */
export interface VolumesUnderTest {
  readonly store: TestStore;
  readonly cloud: TestCloud;
  readonly api: BlockStorageApi;
  readonly engine: FakeVolumeEngine;
  readonly images: FakeVolumeImages;
  /** A call below the URL of the token's project. */
  call(token: string, method: string, path: string, json?: unknown, asked?: string): Promise<Answer>;
  /** The body of the expected answer; an answer with another status fails the test. */
  ok(token: string, method: string, path: string, json?: unknown, asked?: string): Promise<Json>;
  /** Creates a volume and waits until it is available; answers its id. */
  available(token: string, volume?: Record<string, unknown>): Promise<string>;
  get(token: string, id: string, asked?: string): Promise<Json>;
  /** Waits until the thing has that status. */
  until(token: string, kind: 'volumes' | 'snapshots' | 'backups', id: string, status: string): Promise<Json>;
  /** Waits until the thing is not found. */
  gone(token: string, kind: 'volumes' | 'snapshots' | 'backups', id: string): Promise<void>;
  /** What was told of the volume: `created`, … */
  events(id: string): Promise<{ type: string; data: Record<string, unknown> }[]>;
  close(): Promise<void>;
}

export interface FakeVolumeImages extends VolumeImages {
  readonly holds: Set<string>;
  readonly uploaded: Map<string, number>;
}

export const imageId = '44444444-4444-4444-8444-444444444444';

/** Tests only: one image that is there, and whatever is uploaded. */
export function fakeVolumeImages(): FakeVolumeImages {
  const holds = new Set<string>();
  const uploaded = new Map<string, number>();
  const known = new Map<string, ImageRecord>();
  known.set(imageId, {
    ...{ id: imageId, name: 'tiny', status: 'active', contentFormat: 'qcow2', diskFormat: 'qcow2' },
    ...{ containerFormat: 'bare', minRam: 64, minDisk: 1, checksum: 'c0ffee', properties: { os_distro: 'debian' } },
    ...{ sizeBytes: 25n * 1024n * 1024n, virtualSizeBytes: 100n * 1024n * 1024n },
  } as Partial<ImageRecord> as ImageRecord);
  const find = (id: string) => {
    const image = known.get(id);
    if (image === undefined) throw notFound('Image', id);
    return image;
  };
  return {
    holds,
    uploaded,
    getImage: async (_context, id) => find(id),
    localPath: (id) => `/images/${id}`,
    holdImage: async (_tx, id, holder) => void holds.add(`${id} ${holder}`),
    releaseImage: async (_tx, id, holder) => void holds.delete(`${id} ${holder}`),
    async createImage(_context, attributes, options) {
      const id = options?.id ?? newId();
      known.set(id, {
        ...attributes,
        id,
        status: 'queued',
        updatedAt: new Date(0),
      } as Partial<ImageRecord> as ImageRecord);
      return find(id);
    },
    async upload(_context, id, bytes) {
      let size = 0;
      for await (const chunk of bytes() as AsyncIterable<Buffer>) size += chunk.length;
      uploaded.set(id, size);
      known.set(id, { ...find(id), status: 'active' });
      return find(id);
    },
    deleteImage: async (_context, id) => void known.delete(id),
  };
}

export async function volumesUnderTest(): Promise<VolumesUnderTest> {
  const store = await createTestStore([blockStorageMigrations]);
  const cloud = testCloud(store);
  const engine = fakeVolumeEngine();
  const images = fakeVolumeImages();
  const module = createBlockStorage({ ...cloud.deps, engine, image: images, hostName: 'host-1' });
  await cloud.serve([module]);

  const call: VolumesUnderTest['call'] = (token, method, path, json, asked) => {
    const headers: Record<string, string> = asked === undefined ? {} : { 'OpenStack-API-Version': `volume ${asked}` };
    const options = json === undefined ? { headers } : { json, headers };
    return cloud.call(token, method, `/volume/v3/${token.split(':')[0]}${path}`, options);
  };
  const ok: VolumesUnderTest['ok'] = async (token, method, path, json, asked) => {
    const answer = await call(token, method, path, json, asked);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const until: VolumesUnderTest['until'] = (token, kind, id, status) =>
    eventually(async () => {
      const thing = (await ok(token, 'GET', `/${kind}/${id}`))[kind.slice(0, -1)];
      expect(thing).toMatchObject({ status });
      return thing;
    });
  return {
    ...{ store, cloud, api: module.api, engine, images, call, ok, until },
    async available(token, volume = {}) {
      const { volume: made } = await ok(token, 'POST', '/volumes', { volume: { size: 1, ...volume } });
      await until(token, 'volumes', made.id, 'available');
      return made.id;
    },
    get: async (token, id, asked) => (await ok(token, 'GET', `/volumes/${id}`, undefined, asked)).volume,
    gone: (token, kind, id) =>
      eventually(async () => expect((await call(token, 'GET', `/${kind}/${id}`)).status).toBe(404)),
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
