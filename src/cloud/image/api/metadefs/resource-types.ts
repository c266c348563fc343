import { policies } from '../../../../kernel/access/policy.ts';
import { conflict, notFound } from '../../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../../kernel/http/index.ts';
import {
  definitionsOf,
  deleteDefinitions,
  insertDefinition,
  knowResourceType,
  listResourceTypes,
} from '../../store/metadefs.ts';
import { timeText } from '../view.ts';
import { associationBody } from './schemas.ts';
import { type MetadefDeps, visibleNamespace } from './scope.ts';
import { associationView, namespacesUrl } from './views.ts';

/** The kinds of resource that namespaces are about. */
export function resourceTypeRoutes({ store, clock }: MetadefDeps): Route[] {
  const path = `${namespacesUrl}/:namespace/resource_types`;
  const operation = (what: string) => `image:metadef-resource-types:${what}`;
  return [
    route({
      method: 'GET',
      path: '/v2/metadefs/resource_types',
      operation: operation('list'),
      policy: policies.projectReader,
      async handler() {
        const rows = await listResourceTypes(store.db);
        const view = (row: (typeof rows)[number]) => ({
          name: row.name,
          created_at: timeText(row.created_at),
          updated_at: timeText(row.updated_at),
        });
        return { resource_types: rows.map(view) };
      },
    }),
    route({
      method: 'GET',
      path,
      operation: operation('associations'),
      policy: policies.projectReader,
      async handler(request) {
        const { name } = await visibleNamespace(store.db, caller(request), request.params.namespace ?? '');
        return {
          resource_type_associations: (await definitionsOf(store.db, [name], 'resource_type')).map(associationView),
        };
      },
    }),
    route({
      method: 'POST',
      path,
      operation: operation('associate'),
      policy: policies.admin,
      body: associationBody,
      status: 201,
      async handler(request) {
        const { name, ...body } = request.body;
        const now = clock.now();
        return store.transact(async (tx) => {
          const namespace = await visibleNamespace(tx, caller(request), request.params.namespace ?? '', 'update');
          const times = { created_at: now, updated_at: now };
          await knowResourceType(tx, { name, ...times });
          const row = { namespace: namespace.name, kind: 'resource_type', name, body, ...times } as const;
          if (!(await insertDefinition(tx, row))) throw conflict(`The namespace is about ${name} already.`);
          return associationView(row);
        });
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:resourceType`,
      operation: operation('dissociate'),
      policy: policies.admin,
      status: 204,
      handler: (request) =>
        store.transact(async (tx) => {
          const { namespace: asked = '', resourceType: name = '' } = request.params;
          const { name: namespace } = await visibleNamespace(tx, caller(request), asked, 'update');
          if ((await deleteDefinitions(tx, { namespace, kind: 'resource_type' }, name)) === 0) {
            throw notFound('Association with resource type', name.slice(0, 80));
          }
        }),
    }),
  ];
}
