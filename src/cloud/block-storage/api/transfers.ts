import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { atLeast, caller, Reply, type Route, route, version } from '../../../kernel/http/index.ts';
import { poolOf, type VolumeSettings } from '../operations/settings.ts';
import {
  acceptTransfer,
  createTransfer,
  deleteTransfer,
  listTransfers,
  visibleTransfer,
} from '../operations/transfers.ts';
import type { TransferRow } from '../store/tables.ts';
import { isTrue, searchOf } from './listing.ts';
import { boolean, closed, name, optional, text, truth } from './schemas.ts';
import { param } from './scoped.ts';
import { linksOf, type Seen, seenBy, timeText } from './views.ts';

const createBody = closed({ transfer: closed({ volume_id: text, name, no_snapshots: optional(boolean) }) });
const acceptBody = closed({ accept: closed({ auth_key: text }) });

function summary(transfer: TransferRow, seen: Seen): Record<string, unknown> {
  const { id, name: called, volume_id } = transfer;
  return { id, name: called, volume_id, links: linksOf(seen, 'os-volume-transfer', id) };
}

function detail(transfer: TransferRow, seen: Seen): Record<string, unknown> {
  return {
    ...summary(transfer, seen),
    created_at: timeText(transfer.created_at),
    ...(atLeast(seen.version, '3.55') ? { no_snapshots: transfer.no_snapshots } : {}),
    ...(atLeast(seen.version, '3.57')
      ? { source_project_id: transfer.project_id, destination_project_id: null, accepted: false }
      : {}),
  };
}

/** Transfers, at the path that they had at first and at the one that they have from 3.55 on. */
export function transferRoutes(settings: VolumeSettings): Route[] {
  return [
    ...routesAt(settings, '/os-volume-transfer', undefined),
    ...routesAt(settings, '/volume-transfers', version('3.55')),
  ];
}

function routesAt(settings: VolumeSettings, path: string, min: ReturnType<typeof version> | undefined): Route[] {
  const { db } = settings.store;
  const versions = min === undefined ? {} : { min };
  const operation = (what: string) => `volume:${path.slice(1)}:${what}`;
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  return [
    route({
      method: 'POST',
      path,
      operation: operation('create'),
      policy: policies.projectMember,
      status: 202,
      versions,
      body: createBody,
      async handler(request) {
        const { transfer: asked } = request.body;
        if (asked.no_snapshots !== undefined && min === undefined) {
          throw badRequest('no_snapshots is known at /volume-transfers only.');
        }
        const { transfer, key } = await createTransfer(settings, caller(request), {
          volumeId: asked.volume_id,
          name: asked.name ?? null,
          noSnapshots: asked.no_snapshots !== undefined && truth(asked.no_snapshots),
        });
        return { transfer: { ...detail(transfer, seenBy(request, poolOf(settings))), auth_key: key } };
      },
    }),
    ...[false, true].map((detailed) =>
      route({
        method: 'GET',
        path: detailed ? `${path}/detail` : path,
        operation: operation(detailed ? 'detail' : 'list'),
        policy: policies.projectReader,
        versions,
        async handler(request) {
          const context = caller(request);
          const all = context.isAdmin && isTrue(searchOf(request).get('all_tenants') ?? 'false', 'all_tenants');
          const transfers = await listTransfers(db, all ? undefined : (context.projectId ?? ''));
          const seen = seenBy(request, poolOf(settings));
          return { transfers: transfers.map((transfer) => (detailed ? detail : summary)(transfer, seen)) };
        },
      }),
    ),
    route({
      method: 'GET',
      path: `${path}/:id`,
      operation: operation('get'),
      policy: policies.projectReader,
      versions,
      handler: async (request) => ({
        transfer: detail(await visibleTransfer(db, caller(request), id(request)), seenBy(request, poolOf(settings))),
      }),
    }),
    route({
      method: 'POST',
      path: `${path}/:id/accept`,
      operation: operation('accept'),
      policy: policies.projectMember,
      status: 202,
      versions,
      body: acceptBody,
      async handler(request) {
        const transfer = await acceptTransfer(settings, caller(request), id(request), request.body.accept.auth_key);
        return { transfer: summary(transfer, seenBy(request, poolOf(settings))) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:id`,
      operation: operation('delete'),
      policy: policies.projectMember,
      status: 202,
      versions,
      async handler(request) {
        await deleteTransfer(settings, caller(request), id(request));
        return new Reply({});
      },
    }),
  ];
}
