import type { Health, HostHealth } from '../../client/operator.ts';
import { policies } from '../../kernel/access/policy.ts';
import { asFault } from '../../kernel/base/errors.ts';
import { problemFault, route } from '../../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../../kernel/module/index.ts';
import { sql } from '../../kernel/store/index.ts';
import type { HostStatus } from '../host/status.ts';
import type { Engines } from './engines.ts';

/** `GET /operator/v1/health`, for administrators: what is well and what is not. */
export function createHealth({ store }: Pick<ModuleDeps, 'store'>, { hostStatus }: Engines): Module {
  async function lookAt(): Promise<Health> {
    const host = hostStatus && (await hostStatus().catch(asFault));
    const begun = performance.now();
    const { rows } = await sql<{ server_version: string }>`show server_version`.execute(store.db);
    const milliseconds = Math.round(performance.now() - begun);
    const version = rows[0]?.server_version.split(' ')[0] ?? '';
    const place = host !== undefined && 'database' in host ? host.database : null;
    return { database: { version, milliseconds, place }, host: host === undefined ? null : hostHealth(host) };
  }

  const health = route({
    ...{ method: 'GET', path: '/v1/health', operation: 'operator:health:get', policy: policies.admin },
    handler: lookAt,
  });
  return { services: [{ name: 'operator', mount: '/operator', faults: problemFault, routes: [health] }] };
}

function hostHealth(host: HostStatus | Error): HostHealth {
  if (host instanceof Error) return { answers: false, reason: host.message };
  const { hostName, versions, accelerator } = host;
  const processes = host.processes.map(({ name, state, restarts, since }) => ({ name, state, restarts, since }));
  return { answers: true, name: hostName, versions, processes, accelerator };
}
