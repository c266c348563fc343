import { Connection } from 'rabbitmq-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTelemetry, telemetryMigrations } from '../../src/cloud/telemetry/index.ts';
import { openStackNotifications } from '../../src/engines/openstack/notifications.ts';
import { systemClock } from '../../src/kernel/base/clock.ts';
import { newId } from '../../src/kernel/base/ids.ts';
import { runConsumers, sql } from '../../src/kernel/store/index.ts';
import { createTestStore, type TestStore } from '../../src/kernel/testing/index.ts';
import { until } from '../harness/client.ts';

const url = process.env.ANDROMEDE_TEST_NOTIFICATIONS ?? '';
const queue = `andromede-test-${newId()}.info`;
const project = '0123456789abcdef0123456789abcdef';

let store: TestStore;
let bus: Connection;

beforeAll(async () => {
  store = await createTestStore([telemetryMigrations]);
  bus = new Connection(url);
});
afterAll(async () => {
  await bus.queueDelete(queue);
  await bus.close();
  await store.close();
});

/** As oslo.messaging publishes: to an exchange of the service, with the queue's name as key. */
async function notify(type: string, payload: object): Promise<void> {
  const notification = {
    event_type: type,
    payload,
    timestamp: new Date().toISOString().replace('T', ' ').slice(0, 26),
  };
  const body = { 'oslo.version': '2.0', 'oslo.message': JSON.stringify(notification) };
  await bus.queueDeclare({ queue });
  const publisher = bus.createPublisher({ confirm: true });
  await publisher.send({ routingKey: queue }, body);
  await publisher.close();
}

/** Meters from the bus until it is stopped, as a process does. */
function meter(): () => Promise<void> {
  const { log, notifications } = store;
  const source = openStackNotifications({ url, queue, log });
  const telemetry = createTelemetry({ store, notifications, log, clock: systemClock, sources: [source] });
  const controller = new AbortController();
  const consuming = runConsumers({ store, notifications, log }, telemetry.consumers ?? [], controller.signal);
  void telemetry.start?.();
  return async () => {
    await telemetry.close?.();
    controller.abort();
    await consuming;
  };
}

interface Row {
  readonly resource_id: string;
  readonly ended: boolean;
}

async function metered(): Promise<Row[]> {
  const { rows } = await sql<Row>`select resource_id, ended_at is not null as ended from telemetry.resource
    order by resource_id`.execute(store.db);
  return rows;
}

const server = (id: string, more: object) => ({ instance_id: id, tenant_id: project, ...more });

describe('usage from RabbitMQ', () => {
  it('waits for a queue that the services have not declared yet', async () => {
    const stop = meter();
    await notify('compute.instance.create.end', server('a', { launched_at: '2026-11-25T12:00:00' }));
    await until(metered, (rows) => rows.length === 1, 30);
    await stop();
  });

  it('is what happened while nobody listened, in its order', async () => {
    await notify('compute.instance.create.end', server('b', { launched_at: '2026-11-25T12:00:00' }));
    await notify('compute.instance.delete.end', server('b', { terminated_at: '2026-11-25T13:00:00' }));
    await notify('compute.instance.create.end', server('c', { launched_at: '2026-11-25T12:00:00' }));
    const stop = meter();
    await until(metered, (rows) => rows.length === 3, 30);
    await stop();
    expect(await metered()).toEqual([
      { resource_id: 'a', ended: false },
      { resource_id: 'b', ended: true },
      { resource_id: 'c', ended: false },
    ]);
  });

  it('counts a message once that comes twice, and takes no harm from what is not for it', async () => {
    const stop = meter();
    await notify('compute.instance.create.end', server('a', { launched_at: '2026-11-25T12:00:00' }));
    await notify('port.create.end', { port: {} });
    await notify('compute.instance.delete.end', server('c', { terminated_at: '2026-11-25T13:00:00' }));
    await until(metered, (rows) => rows.filter(({ ended }) => ended).length === 2, 30);
    await stop();
    expect(await metered()).toHaveLength(3);
    const { messageCount } = await bus.queueDeclare({ queue, passive: true });
    expect(messageCount).toBe(0);
  });
});
