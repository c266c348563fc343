import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import type { ComputeSettings } from '../operations/settings.ts';

/** Nova's monthly audit of usage: metering here follows events instead, so that no host ever runs one. */
export function usageAuditRoutes({ hostName, clock }: ComputeSettings): Route[] {
  const path = '/v2.1/os-instance_usage_audit_log';
  const log = (before: Date) => ({
    hosts_not_run: [hostName],
    log: {},
    num_hosts: 1,
    num_hosts_done: 0,
    num_hosts_not_run: 1,
    num_hosts_running: 0,
    overall_status: '0 of 1 hosts done. 0 errors.',
    period_beginning: month(before, -1),
    period_ending: month(before, 0),
    total_errors: 0,
    total_instances: 0,
  });
  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:usage-audit-log:list',
      policy: policies.admin,
      handler: () => ({ instance_usage_audit_logs: log(clock.now()) }),
    }),
    route({
      method: 'GET',
      path: `${path}/:before`,
      operation: 'compute:usage-audit-log:get',
      policy: policies.admin,
      handler({ params }) {
        const { before = '' } = params;
        const time = new Date(`${before.replace(' ', 'T')}Z`);
        if (!/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?$/.test(before) || Number.isNaN(time.getTime())) {
          throw badRequest(`Invalid timestamp for date ${before.slice(0, 64)}`);
        }
        return { instance_usage_audit_log: log(time) };
      },
    }),
  ];
}

/** The first instant of the month, so many months away. */
function month(time: Date, away: number): string {
  const first = new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + away));
  return first.toISOString().slice(0, 19).replace('T', ' ');
}
