import { readFileSync } from 'node:fs';
import { type OpenStack, openStack } from '../../client/index.ts';
import type { ApiSettings } from '../api-settings.ts';

/** The cloud's own operator as a client of its public API; opened when it is first needed, for its password is made by then. */
export function operatorAccount({ publicUrl, secrets }: ApiSettings): { open(): OpenStack; close(): void } {
  let opened: OpenStack | undefined;
  return {
    open() {
      opened ??= openStack({
        authUrl: `${publicUrl}/identity/v3`,
        credentials: {
          kind: 'password',
          user: { name: 'admin' },
          password: readFileSync(secrets.adminPassword, 'utf8').trim(),
          scope: { project: { name: 'admin' } },
        },
      });
      return opened;
    },
    close: () => opened?.close(),
  };
}
