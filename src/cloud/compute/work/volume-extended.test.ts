import { expect, it } from 'vitest';
import { deliver, emit } from '../../../kernel/store/index.ts';
import { eventually } from '../../../kernel/testing/index.ts';
import { microversion, servers, serversUnderTest } from '../servers.harness.ts';
import { volumeId } from '../testing.ts';
import { volumeExtendedConsumer } from './volume-extended.ts';

it('a volume that was extended is larger in the guest of its server, which tells so among its actions', async () => {
  const under = await serversUnderTest();
  try {
    const id = await under.active('p1');
    const attach = { volumeAttachment: { volumeId } };
    expect(
      (await under.cloud.call('p1', 'POST', `${servers}/${id}/os-volume_attachments`, { json: attach })).status,
    ).toBe(200);
    const sizes = () => under.hypervisor.guests.get(id)?.spec.volumes.map(({ sizeBytes }) => sizeBytes / 2 ** 30);
    await eventually(() => expect(sizes()).toEqual([1]));
    const volume = under.volumes.volumes.get(volumeId);
    if (volume !== undefined) under.volumes.volumes.set(volumeId, { ...volume, sizeGiB: 3 });
    const type = 'andromede.volume.volume.extended.v1';
    const event = { type, subject: volumeId, time: new Date(), data: { serverIds: [id] } };
    await under.store.transact((tx) => emit(tx, event));
    await deliver(under.store, volumeExtendedConsumer(under.cloud.work));
    await eventually(() => expect(sizes()).toEqual([3]));
    await eventually(async () => {
      const { body } = await under.cloud.call('p1', 'GET', `${servers}/${id}/os-instance-actions`);
      const [action] = body.instanceActions;
      expect(action).toMatchObject({ action: 'extend_volume' });
      const path = `${servers}/${id}/os-instance-actions/${action.request_id}`;
      const how = await under.cloud.call('p1', 'GET', path, { headers: microversion('2.51') });
      expect(how.body.instanceAction.events).toMatchObject([{ event: 'compute_extend_volume', result: 'Success' }]);
    });
  } finally {
    await under.close();
  }
});
