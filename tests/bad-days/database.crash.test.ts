import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Session, until } from '../harness/client.ts';
import { type FragileCloud, outcome, smallDisk, startFragileCloud } from './cloud.ts';

const clients = 8;

/** Clients that create networks one after the other until they are told to stop. */
function load(demo: Session) {
  const acknowledged: string[] = [];
  const outcomes = new Map<string, number>();
  let stopping = false;
  async function client(number: number): Promise<void> {
    for (let turn = 0; !stopping; turn += 1) {
      const name = `n-${number}-${turn}`;
      const seen = await outcome(demo.call('POST', '/network/v2.0/networks', { network: { name } }));
      outcomes.set(seen, (outcomes.get(seen) ?? 0) + 1);
      if (seen === '201') acknowledged.push(name);
    }
  }
  const running = Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return {
    acknowledged,
    outcomes,
    async stop() {
      stopping = true;
      await running;
    },
  };
}

/** Which of these networks are not there. */
async function lost(demo: Session, names: readonly string[]): Promise<string[]> {
  const { body } = await demo.call<{ networks: { name: string }[] }>('GET', '/network/v2.0/networks?fields=name');
  const there = new Set(body.networks.map(({ name }) => name));
  return names.filter((name) => !there.has(name));
}

async function unlimited(cloud: FragileCloud): Promise<Session> {
  const [admin, demo] = [await cloud.signIn('admin'), await cloud.signIn('demo')];
  await admin.call('PUT', `/network/v2.0/quotas/${demo.projectId}`, { quota: { network: -1 } });
  return demo;
}

describe('PostgreSQL is restarted under load', () => {
  it.each(['SIGINT', 'SIGQUIT'] as const)(
    'by %s: whoever asks meanwhile is told to try again, and nothing acknowledged is lost',
    async (signal) => {
      const cloud = await startFragileCloud();
      const demo = await unlimited(cloud);
      const traffic = load(demo);
      const more = (than: number) =>
        until(
          async () => traffic.acknowledged.length,
          (count) => count > than + 20,
        );
      await more(0);
      await cloud.postgres.restart(signal);
      await more(traffic.acknowledged.length);
      await cloud.postgres.restart(signal);
      await more(traffic.acknowledged.length);
      await traffic.stop();
      const seen = [...traffic.outcomes.keys()].filter((one) => one !== '201');
      expect(seen).toEqual(seen.length === 0 ? [] : ['503, try again in 1 s']);
      expect(await lost(demo, traffic.acknowledged)).toEqual([]);
      await cloud.close();
    },
  );
});

describe.runIf(process.getuid?.() === 0)('a disk is full', () => {
  it('the database’s: writes are refused with 507 or 503, reads go on or wait, and with room all goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'andromede-full-'));
    const disk = await smallDisk(folder, 160);
    const cloud = await startFragileCloud({ databaseIn: folder });
    const demo = await unlimited(cloud);
    const traffic = load(demo);
    await until(
      async () => traffic.acknowledged.length,
      (count) => count > 20,
    );
    const filler = join(folder, 'filler');
    await writeFile(filler, Buffer.alloc(200 * 1024 * 1024)).catch(() => undefined);
    const refusals = () => [...traffic.outcomes.keys()].filter((seen) => seen !== '201');
    // A WAL segment that exists already takes some more writes.
    await until(
      async () => refusals().length,
      (count) => count > 0,
      40,
    );
    await rm(filler);
    const before = traffic.acknowledged.length;
    await until(
      async () => traffic.acknowledged.length,
      (count) => count > before + 20,
      30,
    );
    await traffic.stop();
    for (const seen of refusals()) expect(seen).toMatch(/^507$|^503, try again in 1 s$/);
    expect(await lost(demo, traffic.acknowledged)).toEqual([]);
    await cloud.close();
    await disk.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it('the images’: an upload is refused with 507 and leaves nothing behind, and a smaller one is taken', async () => {
    const cloud = await startFragileCloud();
    const disk = await smallDisk(cloud.imagesDir, 8);
    const demo = await cloud.signIn('demo');
    const image = { name: 'i', disk_format: 'raw', container_format: 'bare' };
    const upload = async (bytes: number): Promise<string> => {
      const { body } = await demo.call<{ id: string }>('POST', '/image/v2/images', image);
      return outcome(demo.call('PUT', `/image/v2/images/${body.id}/file`, new Uint8Array(bytes)));
    };
    expect(await upload(32 * 1024 * 1024)).toBe('507');
    expect(await upload(5 * 1024 * 1024)).toBe('204');
    const { body } = await demo.call<{ images: { status: string }[] }>('GET', '/image/v2/images');
    expect(body.images.map(({ status }) => status).sort()).toEqual(['active', 'queued']);
    await disk.remove();
    await cloud.close();
  });
});
