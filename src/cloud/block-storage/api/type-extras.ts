import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { addAccess, changeType, projectsOfType, removeAccess } from '../store/types.ts';
import { action, actionRoute } from './actions.ts';
import { closed, text } from './schemas.ts';
import { param } from './scoped.ts';
import { specRoutes } from './specs.ts';
import { visibleType } from './types.ts';

/** What a type asks of the backend. */
export function extraSpecRoutes({ store }: VolumeSettings): Route[] {
  return specRoutes({
    ...{ collection: 'types', key: 'extra_specs', resource: 'type-extra-specs', kind: 'Volume Type', created: 200 },
    read: async (context, id) => (await visibleType(store.db, context, id)).extra_specs,
    change: (context, id, next) =>
      store.transact(async (tx) => {
        const type = await visibleType(tx, context, id);
        await changeType(tx, type.id, { extra_specs: next(type.extra_specs) });
      }),
  });
}

/** Who may use a type that is not public. */
export function typeAccessRoutes(settings: VolumeSettings): Route[] {
  const { store } = settings;
  const schema = closed({ project: text });
  const change = (name: string, apply: typeof addAccess, refused: (project: string, id: string) => Fault) =>
    action({
      name,
      admin: true,
      schema,
      run: (request, id, { project }) =>
        store.transact(async (tx) => {
          const type = await visibleType(tx, caller(request), id);
          if (type.is_public) throw badRequest('Type access modification is not applicable to public volume type.');
          if (!(await apply(tx, type.id, project))) throw refused(project, type.id);
          return undefined;
        }),
    });
  return [
    route({
      method: 'GET',
      path: '/types/:id/os-volume-type-access',
      operation: 'volume:type-access:list',
      policy: policies.admin,
      async handler(request) {
        const type = await visibleType(store.db, caller(request), param(request, 'id'));
        if (type.is_public) throw new Fault('notFound', 'Access list not available for public volume types.');
        const projects = await projectsOfType(store.db, type.id);
        return { volume_type_access: projects.map((project_id) => ({ volume_type_id: type.id, project_id })) };
      },
    }),
    actionRoute('types', [
      change('addProjectAccess', addAccess, (project, id) =>
        conflict(`Volume type access for ${id} / ${project} combination already exists.`),
      ),
      change(
        'removeProjectAccess',
        removeAccess,
        (project, id) => new Fault('notFound', `Volume type access not found for ${id} / ${project} combination.`),
      ),
    ]),
  ];
}

/** Volumes are not encrypted: no type has an encryption, and none can be given one. */
export function encryptionRoutes(settings: VolumeSettings): Route[] {
  const { db } = settings.store;
  return [
    route({
      method: 'GET',
      path: '/types/:id/encryption',
      operation: 'volume:type-encryption:get',
      policy: policies.admin,
      async handler(request) {
        await visibleType(db, caller(request), param(request, 'id'));
        return {};
      },
    }),
    route({
      method: 'POST',
      path: '/types/:id/encryption',
      operation: 'volume:type-encryption:create',
      policy: policies.admin,
      body: Type.Object({}),
      async handler(request) {
        await visibleType(db, caller(request), param(request, 'id'));
        throw new Fault('notSupported', 'Encrypted volumes are not supported.');
      },
    }),
  ];
}
