import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import { visibleServer } from '../operations/servers.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { serverReconciler } from '../work/reconcile-server.ts';
import { exact, uuid } from './schemas.ts';

const names = [
  ...['network-changed', 'network-vif-plugged', 'network-vif-unplugged', 'network-vif-deleted'],
  ...['volume-extended', 'power-update'],
];
const event = exact({
  name: Type.Unsafe<string>({ type: 'string', enum: names }),
  server_uuid: uuid,
  status: Type.Optional(
    Type.Unsafe<'failed' | 'completed' | 'in-progress'>({
      type: 'string',
      enum: ['failed', 'completed', 'in-progress'],
    }),
  ),
  tag: Type.Optional(Type.String({ maxLength: 255 })),
});

/** Told by other services: the server is looked at anew, whatever the event says. */
export function externalEventRoutes(settings: ComputeSettings): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v2.1/os-server-external-events',
      operation: 'compute:server-external-events:create',
      policy: policies.admin,
      body: exact({ events: Type.Array(event, { minItems: 1, maxItems: 1000 }) }),
      async handler(request) {
        const context = caller(request);
        const told = await Promise.all(
          request.body.events.map(async (one) => {
            const known = await visibleServer(settings.store.db, context, one.server_uuid).catch(() => undefined);
            if (known === undefined) return { ...one, status: 'failed', code: 404 };
            await settings.work.wakeNow(serverReconciler, known.id);
            return { ...one, status: one.status ?? 'completed', code: 200 };
          }),
        );
        const failed = told.filter(({ code }) => code !== 200).length;
        if (failed === told.length) throw new Fault('notFound', 'No instances found for any event');
        return new Reply({ status: failed > 0 ? 207 : 200, body: { events: told } });
      },
    }),
  ];
}
