import { sql } from 'kysely';
import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import type { Fault } from '../../../kernel/base/errors.ts';
import { caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import {
  floatingIpNotFound,
  invalid,
  networkNotFound,
  portNotFound,
  qosPolicyNotFound,
  routerNotFound,
  securityGroupNotFound,
  subnetNotFound,
  subnetPoolNotFound,
  tagNotFound,
} from '../domain/faults.ts';
import type { Tagged } from '../domain/records.ts';
import { type Change, type OperationDeps, ownRecord, perform } from '../operations/change.ts';
import { findVisible } from '../store/query.ts';
import {
  floatingIpSource,
  networkSource,
  portSource,
  qosPolicySource,
  routerSource,
  type Source,
  securityGroupSource,
  subnetPoolSource,
  subnetSource,
} from '../store/sources.ts';

interface Taggable {
  readonly source: Source<Tagged>;
  readonly missing: (id: string) => Fault;
}

const taggable: Readonly<Record<string, Taggable>> = {
  networks: { source: networkSource, missing: networkNotFound },
  subnets: { source: subnetSource, missing: subnetNotFound },
  subnetpools: { source: subnetPoolSource, missing: subnetPoolNotFound },
  ports: { source: portSource, missing: portNotFound },
  'qos/policies': { source: qosPolicySource, missing: qosPolicyNotFound },
  routers: { source: routerSource, missing: routerNotFound },
  floatingips: { source: floatingIpSource, missing: floatingIpNotFound },
  security_groups: { source: securityGroupSource, missing: securityGroupNotFound },
  'security-groups': { source: securityGroupSource, missing: securityGroupNotFound },
};

const mostTags = 50;
const tag = Type.String({ minLength: 1, maxLength: 255, pattern: '^[^\\u0000,]*$' });
const params = Type.Object({ id: Type.String(), tag });
const tagsBody = Type.Object({ tags: Type.Array(tag, { maxItems: mostTags }) }, { additionalProperties: false });

/** The extension `standard-attr-tag`: `/v2.0/COLLECTION/ID/tags` and `…/tags/TAG`. */
export function tagRoutes(deps: OperationDeps): Route[] {
  return Object.entries(taggable).flatMap(([collection, kind]) => routesOf(deps, collection, kind));
}

function routesOf(deps: OperationDeps, collection: string, { source, missing }: Taggable): Route[] {
  const path = `/v2.0/${collection}/:id/tags`;
  const operation = (what: string) => `network:${collection}:tags:${what}`;

  async function replace(change: Change, id: string, next: (tags: readonly string[]) => readonly string[]) {
    const record = await ownRecord(change, source, id, { missing, rule: `update_${collection}_tags` });
    const tags = [...new Set(next(record.tags))].sort();
    if (tags.length > mostTags) throw invalid('HTTPBadRequest', `The number of tags exceeds the maximum ${mostTags}.`);
    await sql`update ${sql.table(source.table)} set tags = ${tags}, revision = revision + 1, updated_at = ${change.now}
      where id = ${id}`.execute(change.tx);
    return tags;
  }

  function without(tags: readonly string[], gone: string): string[] {
    if (!tags.includes(gone)) throw tagNotFound(gone);
    return tags.filter((each) => each !== gone);
  }

  return [
    route({
      method: 'GET',
      path,
      operation: operation('list'),
      policy: policies.projectReader,
      async handler(request) {
        const id = request.params.id ?? '';
        const record = await findVisible(deps.store.db, source, caller(request), id);
        if (record === undefined) throw missing(id);
        return { tags: record.tags };
      },
    }),
    route({
      method: 'PUT',
      path,
      operation: operation('replace'),
      policy: policies.projectMember,
      body: tagsBody,
      async handler(request) {
        const { tags } = request.body;
        return { tags: await perform(deps, caller(request), (c) => replace(c, request.params.id ?? '', () => tags)) };
      },
    }),
    route({
      method: 'DELETE',
      path,
      operation: operation('clear'),
      policy: policies.projectMember,
      status: 204,
      async handler(request) {
        await perform(deps, caller(request), (c) => replace(c, request.params.id ?? '', () => []));
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:tag`,
      operation: operation('check'),
      policy: policies.projectReader,
      status: 204,
      params,
      async handler({ context, params: { id, tag: asked } }) {
        const record = await findVisible(deps.store.db, source, caller({ context }), id);
        if (record === undefined) throw missing(id);
        if (!record.tags.includes(asked)) throw tagNotFound(asked);
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:tag`,
      operation: operation('add'),
      policy: policies.projectMember,
      params,
      async handler({ context, params: { id, tag: added } }) {
        await perform(deps, caller({ context }), (c) => replace(c, id, (tags) => [...tags, added]));
        return new Reply({ status: 201 });
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:tag`,
      operation: operation('remove'),
      policy: policies.projectMember,
      status: 204,
      params,
      async handler({ context, params: { id, tag: gone } }) {
        await perform(deps, caller({ context }), (c) => replace(c, id, (tags) => without(tags, gone)));
      },
    }),
  ];
}
