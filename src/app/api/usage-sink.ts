import { readFileSync } from 'node:fs';
import { openStack } from '../../client/index.ts';
import type { UsageSink } from '../../cloud/telemetry/index.ts';
import type { ApiSettings } from '../api-settings.ts';

/** The marketplace's metering API, to which telemetry posts over HTTP in the operator's name, like any publisher would. */
export function usageSink({ publicUrl, secrets }: ApiSettings): UsageSink {
  const open = () =>
    openStack({
      authUrl: `${publicUrl}/identity/v3`,
      credentials: {
        kind: 'password',
        user: { name: 'admin' },
        password: readFileSync(secrets.adminPassword, 'utf8').trim(),
        scope: { project: { name: 'admin' } },
      },
    }).session;
  let opened: ReturnType<typeof open> | undefined;
  return {
    url: `${publicUrl}/market/v1/usage-events`,
    async token(fresh) {
      opened ??= open();
      const session = opened;
      const current = await session.current();
      return fresh && session.renew(current) ? (await session.current()).token : current.token;
    },
  };
}
