import { systemClock } from '../../kernel/base/clock.ts';
import { createLogger } from '../../kernel/base/log.ts';
import { openNotifications, openStore, runConsumers } from '../../kernel/store/index.ts';
import { createTelemetry } from './index.ts';

/** Test fixture: telemetry in a process of its own, to be killed. In `crash.test.ts` a second lasts `speed` times less. */
const { connection, url, speed, origin } = JSON.parse(process.argv[2] ?? '{}');

const log = createLogger('telemetry', 'silent');
const store = openStore({ connection });
const notifications = openNotifications(connection, log);
const clock = {
  now: () => new Date(origin + (Date.now() - origin) * speed),
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / speed, signal),
};
const module = createTelemetry({
  ...{ store, notifications, log, clock },
  usageSink: { url, token: async () => 'token' },
  sliceSeconds: 5,
  graceSeconds: 100,
  machineTime: () => ({ bootId: 'boot', sinceBoot: clock.now().getTime() - origin }),
});
await module.start?.();
process.stdout.write('ready\n');
await runConsumers({ store, notifications, log }, module.consumers ?? [], new AbortController().signal);
