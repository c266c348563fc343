import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../kernel/store/index.ts';
import { type ServersUnderTest, servers, serversUnderTest } from './servers.harness.ts';
import { imageId, volumeId } from './testing.ts';

const gib = 1024 ** 3;
let t: ServersUnderTest;
/** Flavors of 1 GiB on the root disk, by what they have beside it. */
const flavors: Record<string, string> = {};

beforeAll(async () => {
  t = await serversUnderTest();
  const sizes = { plain: [0, 0], both: [2, 512], larger: [4, 0], smaller: [1, 1024] } as const;
  for (const [name, [ephemeral, swap]] of Object.entries(sizes)) {
    const flavor = { name, ram: 128, vcpus: 1, disk: 1, 'OS-FLV-EXT-DATA:ephemeral': ephemeral, swap };
    const { body } = await t.cloud.call('root:admin', 'POST', '/compute/v2.1/flavors', { json: { flavor } });
    flavors[name] = body.flavor.id;
  }
});
afterAll(() => t.close());

const disksOf = (id: string) => t.hypervisor.guests.get(id)?.spec.scratchDisks;
const ephemeral = (sizeGiB: number) => ({ kind: 'ephemeral', sizeBytes: sizeGiB * gib });
const swap = (sizeGiB: number) => ({ kind: 'swap', sizeBytes: sizeGiB * gib });

/** GiB that placement says the server has. */
async function allocated(id: string): Promise<number | undefined> {
  const { rows } = await sql<{ used: number }>`
    select used::int from placement.allocation where consumer = ${id} and class = 'DISK_GB'`.execute(t.store.db);
  return rows[0]?.used;
}

/** The disk that an image of the server asks for. */
async function minDisk(id: string): Promise<unknown> {
  expect((await t.action('p1', id, { createImage: { name: 'copy' } })).status).toBe(202);
  await t.until('p1', id, 'ACTIVE');
  return [...t.images.made.values()].at(-1)?.minDisk;
}

describe('an ephemeral disk and swap', () => {
  it('are what the flavor says, are counted, and are not in the server’s images', async () => {
    const id = await t.active('p1', { flavorRef: flavors.both });
    expect(disksOf(id)).toEqual([ephemeral(2), swap(0.5)]);
    expect(await allocated(id)).toBe(1 + 2 + 1);
    expect(await minDisk(id)).toBe(1);
    await t.deleted('p1', id);
  });

  it('have names before those of volumes, also where the server starts from one', async () => {
    const from = { source_type: 'volume', uuid: volumeId, destination_type: 'volume', boot_index: 0 };
    const blank = { source_type: 'blank', destination_type: 'volume', volume_size: 1 };
    const own = { source_type: 'image', uuid: imageId, destination_type: 'local', boot_index: 0 };
    for (const [mapping, devices] of [
      [
        [from, blank],
        ['/dev/vda', '/dev/vdd'],
      ],
      [[own, blank], ['/dev/vdd']],
    ] as const) {
      const id = await t.active('p1', { flavorRef: flavors.both, block_device_mapping_v2: mapping });
      const { body } = await t.cloud.call('p1', 'GET', `${servers}/${id}/os-volume_attachments`);
      expect(body.volumeAttachments.map(({ device }: { device: string }) => device)).toEqual(devices);
      await t.deleted('p1', id);
    }
  });

  it('follow the flavor when the server is resized, and back; an ephemeral disk does not shrink', async () => {
    const id = await t.active('p1', { flavorRef: flavors.both });
    expect((await t.action('p1', id, { resize: { flavorRef: flavors.smaller } })).status).toBe(400);
    await t.action('p1', id, { resize: { flavorRef: flavors.larger } });
    await t.until('p1', id, 'VERIFY_RESIZE');
    expect(disksOf(id)).toEqual([ephemeral(4)]);
    await t.action('p1', id, { revertResize: null });
    await t.until('p1', id, 'ACTIVE');
    expect(disksOf(id)).toEqual([ephemeral(2), swap(0.5)]);
    expect(await minDisk(id)).toBe(1);
    await t.action('p1', id, { resize: { flavorRef: flavors.larger } });
    await t.until('p1', id, 'VERIFY_RESIZE');
    await t.action('p1', id, { confirmResize: null });
    await t.until('p1', id, 'ACTIVE');
    expect(await allocated(id)).toBe(1 + 4);
    expect(await minDisk(id)).toBe(1);
    await t.deleted('p1', id);
  });
});
