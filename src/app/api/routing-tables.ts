import { systemClock } from '../../kernel/base/clock.ts';
import { createLogger } from '../../kernel/base/log.ts';
import type { Service } from '../../kernel/http/index.ts';
import { type Notifications, openStore } from '../../kernel/store/index.ts';
import { createWork } from '../../kernel/work/index.ts';
import type { ApiSettings } from '../api-settings.ts';
import { createModules } from './compose.ts';
import { simulatedEngines } from './engines.ts';

/** Nobody is told anything: nothing runs. */
const silence: Notifications = { on: () => () => false, loop: async () => undefined, close: async () => undefined };

/**
 * The routing tables of every service, of a cloud that is put together but not started: what contracts are generated
 * from, and what sweeps and fuzzers find their routes by.
 */
export function routingTables(): readonly Service[] {
  const nowhere = '/nonexistent';
  const settings: ApiSettings & { masterKey: Buffer } = {
    ...{ dataDir: nowhere, runDir: nowhere, imagesDir: nowhere, assetsDir: nowhere, masterKey: Buffer.alloc(32) },
    ...{ host: '127.0.0.1', port: 8000, publicUrl: 'http://127.0.0.1:8000', logLevel: 'silent', engine: 'simulated' },
    ...{ hostName: 'host', netns: 'none', externalCidr: '172.24.4.0/24', externalGateway: '172.24.4.1' },
    physicalNetwork: 'external',
    database: { connectionString: 'postgresql://nowhere' },
    sockets: { api: nowhere, metadata: nowhere, host: nowhere, ovnNorthbound: nowhere },
    secrets: { masterKey: nowhere, adminPassword: nowhere, demoPassword: nowhere, metricsToken: nowhere },
  };
  const log = createLogger('routing-tables', settings.logLevel);
  const store = openStore({ connection: settings.database });
  const work = createWork({ store, clock: systemClock, log });
  const deps = { store, notifications: silence, work, clock: systemClock, log, publicUrl: settings.publicUrl };
  return createModules(settings, deps, simulatedEngines()).modules.flatMap(({ services }) => services);
}
