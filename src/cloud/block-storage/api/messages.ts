import { sql } from 'kysely';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import { caller, type Route, route, version } from '../../../kernel/http/index.ts';
import { type Connection, tables } from '../../../kernel/store/index.ts';
import { mayUse } from '../domain/volume.ts';
import { poolOf, type VolumeSettings } from '../operations/settings.ts';
import { listPage } from '../store/listing.ts';
import type { MessageRow, VolumeTables } from '../store/tables.ts';
import { checkMarker, type Listing, readListing, searchOf } from './listing.ts';
import { param } from './scoped.ts';
import { linksOf, nextLinks, type Seen, seenBy, timeText } from './views.ts';

const listing: Listing = {
  filters: {
    resource_type: { column: 'resource_type', type: 'text' },
    resource_uuid: { column: 'resource_id', type: 'uuid' },
    request_id: { column: 'request_id', type: 'text' },
    event_id: { column: 'event_id', type: 'text' },
  },
  sortKeys: { id: 'id', created_at: 'created_at', event_id: 'event_id', resource_type: 'resource_type' },
  metadata: false,
};

async function visibleMessage(connection: Connection, context: Context, id: string): Promise<MessageRow> {
  const row = isUuid(id)
    ? await tables<VolumeTables>(connection)
        .selectFrom('block_storage.message')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
    : undefined;
  if (row === undefined || !mayUse(context, { projectId: row.project_id })) {
    throw new Fault('notFound', `Message ${id.slice(0, 64)} could not be found.`);
  }
  return row;
}

function view(message: MessageRow, seen: Seen): Record<string, unknown> {
  return {
    id: message.id,
    request_id: message.request_id,
    event_id: message.event_id,
    message_level: 'ERROR',
    user_message: message.text,
    resource_type: message.resource_type,
    resource_uuid: message.resource_id,
    created_at: timeText(message.created_at),
    guaranteed_until: timeText(message.guaranteed_until),
    links: linksOf(seen, 'messages', message.id),
  };
}

/** What went wrong in the background, for the user. */
export function messageRoutes(settings: VolumeSettings): Route[] {
  const { db } = settings.store;
  const versions = { min: version('3.3') };
  const seen = (request: Parameters<Route['handler']>[0]) => seenBy(request, poolOf(settings));
  return [
    route({
      method: 'GET',
      path: '/messages',
      operation: 'volume:messages:list',
      policy: policies.projectReader,
      versions,
      async handler(request) {
        const search = searchOf(request);
        const { conditions, page } = readListing(listing, search, caller(request), request.version);
        await checkMarker(page.marker, (id) => visibleMessage(db, caller(request), id));
        const messages = await listPage<MessageRow>(db, 'block_storage.message', [sql`true`, ...conditions], page);
        return {
          messages: messages.map((message) => view(message, seen(request))),
          ...nextLinks(seen(request), 'messages', search, messages, page.limit),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/messages/:id',
      operation: 'volume:messages:get',
      policy: policies.projectReader,
      versions,
      handler: async (request) => ({
        message: view(await visibleMessage(db, caller(request), param(request, 'id')), seen(request)),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/messages/:id',
      operation: 'volume:messages:delete',
      policy: policies.projectMember,
      versions,
      status: 204,
      async handler(request) {
        const { id } = await visibleMessage(db, caller(request), param(request, 'id'));
        await tables<VolumeTables>(db).deleteFrom('block_storage.message').where('id', '=', id).execute();
      },
    }),
  ];
}
