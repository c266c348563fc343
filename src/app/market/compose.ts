import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createTokenValidator, openStack } from '../../client/index.ts';
import { createTelemetry, telemetryMigrations } from '../../cloud/telemetry/index.ts';
import type { ResourceEventSource } from '../../cloud/telemetry/ports.ts';
import { openStackNotifications } from '../../engines/openstack/notifications.ts';
import { openStackPolling } from '../../engines/openstack/polling.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { Reply } from '../../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../../kernel/module/index.ts';
import { type Migrations, storeMigrations } from '../../kernel/store/index.ts';
import { workMigrations } from '../../kernel/work/index.ts';
import { createMarket, marketMigrations } from '../../market/index.ts';
import { createOpenStackCloud } from '../../market/openstack-cloud.ts';
import { openStackDirectory } from '../../market/openstack-directory.ts';
import type { Composition } from '../serve.ts';
import { usageSink } from '../usage-sink.ts';
import { authenticateBy } from './authenticate.ts';
import type { MarketSettings } from './settings.ts';

/** The market's tables, and those of what meters the cloud for it. */
export const marketContexts: readonly Migrations[] = [
  storeMigrations,
  workMigrations,
  telemetryMigrations,
  ...marketMigrations,
];

/** How old usage is when it is reported: longer than a notification takes, or a look apart. */
const graceOfBus = 30;

/** The market in front of somebody else's OpenStack: nothing of a cloud of our own but what turns events into usage. */
export function composeMarket(settings: MarketSettings, deps: ModuleDeps): Composition {
  const { access, ca, usage } = settings.openstack;
  const place = { authUrl: access.authUrl, ...(access.region && { region: access.region }), ...(ca && { ca }) };
  const account = openStack(access, ca === undefined ? {} : { ca });
  const validator = createTokenValidator(place);
  const cloud = createOpenStackCloud({ ...place, account: access.credentials });
  const masterKey = Buffer.from(readFileSync(settings.secrets.masterKey, 'utf8').trim(), 'hex');
  const connections: Module = {
    services: [],
    async close() {
      cloud.close();
      account.close();
      validator.close();
    },
  };
  const telemetry = createTelemetry({
    ...deps,
    usageSink: usageSink(settings.publicUrl, () => account),
    sources: sourcesOf(settings, account, deps),
    graceSeconds: usage.notificationsUrl === undefined ? usage.pollSeconds : graceOfBus,
  });
  const { outboundAllow = [] } = settings;
  const directory = openStackDirectory(() => account);
  const market = createMarket({ ...deps, cloud, masterKey, outboundAllow, directory });
  return {
    modules: [connections, telemetry, market],
    authenticate: authenticateBy(validator, deps.clock),
    fallback: rootReply,
  };
}

function sourcesOf(
  { openstack: { usage } }: MarketSettings,
  account: ReturnType<typeof openStack>,
  { clock, log }: { clock: ModuleDeps['clock']; log: Logger },
): ResourceEventSource[] {
  const polling = openStackPolling({ cloud: account, everySeconds: usage.pollSeconds, log, now: () => clock.now() });
  const { notificationsUrl: url, notificationsQueue: queue } = usage;
  return url === undefined ? [polling] : [openStackNotifications({ url, queue, log }), polling];
}

/** What `GET /` answers: there is one API here. */
function rootReply({ url, method }: IncomingMessage): Reply | undefined {
  if (url !== '/' || method !== 'GET') return undefined;
  return new Reply({ body: { services: [{ name: 'market', links: [{ rel: 'self', href: '/market/' }] }] } });
}
