import Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { addAccess, changeType, projectsOfType, removeAccess } from '../store/types.ts';
import { action, actionRoute } from './actions.ts';
import { closed, metadata, text } from './schemas.ts';
import { param } from './scoped.ts';
import { visibleType } from './types.ts';

type Specs = Readonly<Record<string, string>>;

const specsBody = closed({ extra_specs: metadata });

/** The specs after the change, in one transaction. */
async function changeSpecs(
  { store }: VolumeSettings,
  context: Context,
  id: string,
  change: (specs: Specs) => Specs,
): Promise<void> {
  await store.transact(async (tx) => {
    const type = await visibleType(tx, context, id);
    await changeType(tx, type.id, { extra_specs: change(type.extra_specs) });
  });
}

function specOf(specs: Specs, key: string): string {
  const value = Object.hasOwn(specs, key) ? specs[key] : undefined;
  if (value === undefined) throw new Fault('notFound', `Volume Type has no extra spec with key ${key.slice(0, 64)}.`);
  return value;
}

/** What a type asks of the backend. */
export function extraSpecRoutes(settings: VolumeSettings): Route[] {
  const { db } = settings.store;
  const path = '/types/:id/extra_specs';
  const operation = (what: string) => `volume:type-extra-specs:${what}`;
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  const key = (request: { readonly params: unknown }) => param(request, 'key');
  return [
    route({
      method: 'GET',
      path,
      operation: operation('list'),
      policy: policies.admin,
      handler: async (request) => ({ extra_specs: (await visibleType(db, caller(request), id(request))).extra_specs }),
    }),
    route({
      method: 'POST',
      path,
      operation: operation('create'),
      policy: policies.admin,
      body: specsBody,
      async handler(request) {
        const { extra_specs } = request.body;
        await changeSpecs(settings, caller(request), id(request), (specs) => ({ ...specs, ...extra_specs }));
        return { extra_specs };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:key`,
      operation: operation('get'),
      policy: policies.admin,
      async handler(request) {
        const { extra_specs } = await visibleType(db, caller(request), id(request));
        return { [key(request)]: specOf(extra_specs, key(request)) };
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:key`,
      operation: operation('update'),
      policy: policies.admin,
      body: metadata,
      async handler(request) {
        const value = request.body[key(request)];
        if (value === undefined || Object.keys(request.body).length > 1) {
          throw badRequest(
            'Request body and URI mismatch: the body must have the key that the URL names, and no other.',
          );
        }
        await changeSpecs(settings, caller(request), id(request), (specs) => ({ ...specs, [key(request)]: value }));
        return { [key(request)]: value };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:key`,
      operation: operation('delete'),
      policy: policies.admin,
      status: 202,
      async handler(request) {
        await changeSpecs(settings, caller(request), id(request), (specs) => {
          specOf(specs, key(request));
          return Object.fromEntries(Object.entries(specs).filter(([name]) => name !== key(request)));
        });
        return new Reply({});
      },
    }),
  ];
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
