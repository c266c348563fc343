import { Connection } from 'rabbitmq-client';
import type { ResourceEventSource } from '../../cloud/telemetry/ports.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { resourceEvent } from './notification.ts';
import { untilDone } from './retry.ts';

export interface NotificationsOptions {
  /** `amqp://user:password@host:5672/`; several hosts of a cluster with commas between them. */
  readonly url: string;
  /** `TOPIC.info`, as oslo.messaging calls the queue of a topic. */
  readonly queue: string;
  readonly log: Logger;
}

/** The queue is the services' to declare, with the options that their operator has chosen: until then, and after, we look again. */
const againMs = 2_000;

/** Messages on their way to us; taken one after the other, for those of a resource must stay in order. */
const prefetched = 100;

/**
 * The notifications of an OpenStack's services. The services declare exchange and queue at their first notification, hence
 * nothing is lost between that and our coming; after a broker's restart polling finds what was.
 */
export function openStackNotifications({ url, queue, log }: NotificationsOptions): ResourceEventSource {
  return {
    name: 'openstack notifications',
    async run(desk, signal) {
      if (signal.aborted) return;
      const connection = new Connection({
        url,
        connectionName: 'andromede market',
        retryLow: againMs,
        retryHigh: againMs,
      });
      connection.on('error', (error) =>
        log.warn({ reason: String(error) }, 'the bus of notifications does not answer'),
      );
      const consumer = connection.createConsumer(
        { queue, concurrency: 1, qos: { prefetchCount: prefetched }, queueOptions: { passive: true } },
        async ({ body }) => {
          const event = resourceEvent(body);
          // Given back, it would come after those that we hold already: out of order.
          if (event !== undefined) await untilDone(() => desk.take([event]), { signal, log, everyMs: againMs });
        },
      );
      consumer.on('ready', () => log.info({ queue }, 'listening for notifications'));
      consumer.on('error', (error) => log.warn({ queue, reason: String(error) }, 'notifications cannot be read yet'));
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await consumer.close();
      await connection.close();
    },
  };
}
