import type { OpenStack } from '../client/index.ts';
import type { UsageSink } from '../cloud/telemetry/index.ts';

/** The marketplace's metering API, to which telemetry posts over HTTP in an account's name, like any publisher would. */
export function usageSink(publicUrl: string, account: () => OpenStack): UsageSink {
  return {
    url: `${publicUrl}/market/v1/usage-events`,
    async token(fresh) {
      const { session } = account();
      const current = await session.current();
      return fresh && session.renew(current) ? (await session.current()).token : current.token;
    },
  };
}
