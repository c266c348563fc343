import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../kernel/store/index.ts';
import { type ServersUnderTest, serversUnderTest } from './servers.harness.ts';

let t: ServersUnderTest;
beforeAll(async () => {
  t = await serversUnderTest();
});
afterAll(() => t.close());

/** What placement says that the server has. */
async function allocated(id: string): Promise<Record<string, number>> {
  const { rows } = await sql<{ class: string; used: number }>`
    select class, used::int from placement.allocation where consumer = ${id}`.execute(t.store.db);
  return Object.fromEntries(rows.map(({ class: name, used }) => [name, used]));
}

describe('what a server takes of its host is what placement says', () => {
  const nano = { VCPU: 1, MEMORY_MB: 128, DISK_GB: 1 };
  const medium = { VCPU: 2, MEMORY_MB: 4096, DISK_GB: 40 };

  it('from its build to its deletion', async () => {
    const id = await t.active('p1');
    expect(await allocated(id)).toEqual(nano);
    await t.deleted('p1', id);
    expect(await allocated(id)).toEqual({});
  });

  it('the larger of both flavors until a resize is confirmed', async () => {
    const id = await t.active('p1');
    await t.action('p1', id, { resize: { flavorRef: '3' } });
    await t.until('p1', id, 'VERIFY_RESIZE');
    expect(await allocated(id)).toEqual(medium);
    await t.action('p1', id, { revertResize: null });
    await t.until('p1', id, 'ACTIVE');
    // A disk never shrinks.
    expect(await allocated(id)).toEqual({ ...nano, DISK_GB: 40 });
    await t.action('p1', id, { resize: { flavorRef: '3' } });
    await t.until('p1', id, 'VERIFY_RESIZE');
    await t.action('p1', id, { confirmResize: null });
    expect(await allocated(id)).toEqual(medium);
    await t.deleted('p1', id);
  });

  it('nothing while it is shelved away', async () => {
    const id = await t.active('p1');
    await t.action('p1', id, { shelve: null });
    await t.until('p1', id, 'SHELVED_OFFLOADED');
    expect(await allocated(id)).toEqual({});
    await t.action('p1', id, { unshelve: null });
    await t.until('p1', id, 'ACTIVE');
    expect(await allocated(id)).toEqual(nano);
    await t.deleted('p1', id);
  });
});
