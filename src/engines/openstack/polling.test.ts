import { describe, expect, it } from 'vitest';
import type { OpenStack } from '../../client/index.ts';
import type { OpenResource, ResourceEvent } from '../../cloud/telemetry/ports.ts';
import { Fault } from '../../kernel/base/errors.ts';
import { lookOnce } from './polling.ts';

const now = () => new Date('2026-11-25T12:00:00Z');
const server = (id: string, launched: string | null = '2026-11-25T11:00:00.000000') => ({
  ...{ id, name: id, tenant_id: 'p1', 'OS-SRV-USG:launched_at': launched },
  flavor: { original_name: 'm1.tiny', vcpus: 1, ram: 128, disk: 1 },
});

/** A cloud that has these lists; a list is a page an item. No service: 404, as the client says it. */
function cloudWith(lists: Readonly<Record<string, readonly object[] | undefined>>, deleted: readonly object[] = []) {
  const service = (type: string) => ({
    async call(_method: string, path: string, { query }: { query: { marker: string | undefined } }) {
      const items = path.includes('deleted=true') ? deleted : lists[type];
      if (items === undefined) throw new Fault('notFound', `no service ${type}`);
      const key = { compute: 'servers', network: 'floatingips' }[type] ?? 'volumes';
      const at =
        query.marker === undefined ? 0 : items.findIndex((item) => 'id' in item && item.id === query.marker) + 1;
      const links = at + 1 < items.length ? [{ rel: 'next' }] : [];
      return { json: { [key]: items.slice(at, at + 1), [`${key}_links`]: links } };
    },
  });
  return { service } as unknown as OpenStack;
}

async function told(cloud: OpenStack, open: readonly OpenResource[] = []): Promise<ResourceEvent[]> {
  const events: ResourceEvent[] = [];
  const take = async (more: readonly ResourceEvent[]) => void events.push(...more);
  await lookOnce(cloud, { take, open: async () => open }, now);
  return events;
}

const running = (resourceId: string, meter = 'compute.server') => ({ meter, resourceId, projectId: 'p1' });
const inShort = (events: readonly ResourceEvent[]) => events.map(({ type, subject, data }) => [type, subject, data.at]);

describe('a look at a cloud', () => {
  it('finds what runs, on all pages, from when Nova says that it was launched', async () => {
    const found = await told(cloudWith({ compute: [server('a'), server('b'), server('c', null)], network: [] }));
    const at = '2026-11-25T11:00:00.000Z';
    expect(inShort(found)).toEqual([
      ['andromede.compute.server.started.v1', 'a', at],
      ['andromede.compute.server.started.v1', 'b', at],
    ]);
  });

  it('says nothing of what is known already', async () => {
    expect(await told(cloudWith({ compute: [server('a')], network: [] }), [running('a')])).toEqual([]);
  });

  it('finds what is gone: a server when Nova says, else now', async () => {
    const ended = { id: 'a', 'OS-SRV-USG:terminated_at': '2026-11-25T11:30:00.000000' };
    const open = [running('a'), running('f', 'network.floating-ip')];
    expect(inShort(await told(cloudWith({ compute: [], network: [] }, [ended]), open))).toEqual([
      ['andromede.compute.server.deleted.v1', 'a', '2026-11-25T11:30:00.000Z'],
      ['andromede.network.floating-ip.deleted.v1', 'f', '2026-11-25T12:00:00.000Z'],
    ]);
  });

  it('ends nothing whose service is not there to be asked', async () => {
    expect(await told(cloudWith({ network: [] }), [running('a'), running('v', 'volume.volume')])).toEqual([]);
  });
});
