import { describe, expect, it } from 'vitest';
import { instantOf, resourceEvent } from './notification.ts';

const project = '0123456789abcdef0123456789abcdef';

/** As oslo.messaging's driver `messagingv2` sends it. */
function message(type: string, payload: object, timestamp = '2026-11-25 12:00:07.123456'): Buffer {
  const notification = { event_type: type, payload, timestamp, priority: 'INFO', publisher_id: 'compute.host' };
  return Buffer.from(JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(notification) }));
}

const instance = {
  instance_id: '6f3c0000-0000-4000-8000-000000000001',
  tenant_id: project,
  ...{ display_name: 'web', instance_type: 'm1.tiny', instance_flavor_id: '42', vcpus: 1, memory_mb: 128, disk_gb: 1 },
};

describe('a notification', () => {
  it('of Nova says when a server was launched, not when it was told', () => {
    const launched = message('compute.instance.create.end', { ...instance, launched_at: '2026-11-25T12:00:05.900000' });
    expect(resourceEvent(launched)).toEqual({
      type: 'andromede.compute.server.started.v1',
      subject: instance.instance_id,
      data: {
        ...{ projectId: project, at: '2026-11-25T12:00:05.900Z', launchedAt: '2026-11-25T12:00:05.900Z', name: 'web' },
        ...{ flavorId: '42', flavorName: 'm1.tiny', vcpus: 1, memoryMiB: 128, diskGiB: 1 },
      },
    });
  });

  it('of Nova says when a server ended', () => {
    const said = { ...instance, terminated_at: '2026-11-25T12:30:00.000000', deleted_at: '2026-11-25T12:30:01.000000' };
    const { type, data } = resourceEvent(message('compute.instance.delete.end', said)) ?? {};
    expect([type, data?.at]).toEqual(['andromede.compute.server.deleted.v1', '2026-11-25T12:30:00.000Z']);
  });

  it('of Nova’s audit tells of servers that were there before, unless they are gone', () => {
    const launched = { ...instance, launched_at: '2026-11-01 08:00:00+00:00' };
    expect(resourceEvent(message('compute.instance.exists', { ...launched, deleted_at: '' }))?.data.at).toBe(
      '2026-11-01T08:00:00.000Z',
    );
    const gone = { ...launched, deleted_at: '2026-11-02 08:00:00+00:00' };
    expect(resourceEvent(message('compute.instance.exists', gone))).toBeUndefined();
  });

  it('of Neutron tells of floating IPs, of Cinder of volumes and their size', () => {
    const floatingip = {
      id: 'f1',
      project_id: project,
      floating_ip_address: '198.18.0.7',
      created_at: '2026-11-25T12:00:06Z',
    };
    expect(resourceEvent(message('floatingip.create.end', { floatingip }))).toEqual({
      type: 'andromede.network.floating-ip.created.v1',
      subject: 'f1',
      data: { projectId: project, at: '2026-11-25T12:00:06.000Z', address: '198.18.0.7' },
    });
    const volume = { volume_id: 'v1', tenant_id: project, size: 20, volume_type: 'ssd' };
    expect(resourceEvent(message('volume.resize.end', volume))).toMatchObject({
      type: 'andromede.volume.volume.extended.v1',
      data: { sizeGiB: 20, at: '2026-11-25T12:00:07.123Z' },
    });
  });

  it.each([
    ['about something else', message('port.create.end', { port: {} })],
    ['of a server without a project', message('compute.instance.create.end', { instance_id: 'x' })],
    ['without a time', message('compute.instance.create.end', instance, 'yesterday')],
    ['that is no JSON', Buffer.from('{')],
    ['whose message is no JSON', Buffer.from(JSON.stringify({ 'oslo.message': '[' }))],
    ['named like something that every object has', message('constructor', instance)],
    ['that is a number', 7],
    ['that is nothing', undefined],
  ])('%s is passed over', (_what, body) => {
    expect(resourceEvent(body)).toBeUndefined();
  });
});

describe('an instant', () => {
  it.each([
    ['2026-11-25 12:00:00', '2026-11-25T12:00:00.000Z'],
    ['2026-11-25T12:00:00.123456', '2026-11-25T12:00:00.123Z'],
    ['2026-11-25 13:00:00+01:00', '2026-11-25T12:00:00.000Z'],
    ['', undefined],
    ['2026-13-45 12:00:00', undefined],
  ])('%s is %s', (written, instant) => {
    expect(instantOf(written)).toBe(instant);
  });
});
