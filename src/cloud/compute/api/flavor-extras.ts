import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, caller, type Route, route } from '../../../kernel/http/index.ts';
import type { Flavor } from '../domain/server.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { findFlavor, flavorAccess, grantFlavor, revokeFlavor, updateFlavor } from '../store/flavors.ts';
import { exact } from './schemas.ts';

const specKey = '^[a-zA-Z0-9-_:. ]{1,255}$';
const specValue = Type.Unsafe<string | number>({ type: ['string', 'number'], maxLength: 255 });
const specs = Type.Record(Type.String({ pattern: specKey }), specValue, { additionalProperties: false });

function asText(values: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

type Request = ApiRequest<Record<string, string>, unknown, unknown>;

async function flavorOf({ store }: ComputeSettings, request: Request): Promise<Flavor> {
  const { flavorId = '' } = request.params;
  const flavor = await findFlavor(store.db, caller(request), flavorId);
  if (flavor === undefined) throw new Fault('notFound', `Flavor ${flavorId.slice(0, 255)} could not be found.`);
  return flavor;
}

function specOf({ id, extraSpecs }: Flavor, key: string): string {
  const value = Object.hasOwn(extraSpecs, key) ? extraSpecs[key] : undefined;
  if (value === undefined) {
    throw new Fault('notFound', `Flavor ${id} has no extra specs with key ${key.slice(0, 255)}.`);
  }
  return value;
}

/** What a flavor asks of its host beside its size. Kept and shown; the one kind of host ignores them. */
export function extraSpecRoutes(settings: ComputeSettings): Route[] {
  const { store } = settings;
  const path = '/v2.1/flavors/:flavorId/os-extra_specs';
  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:flavor-extra-specs:list',
      policy: policies.projectReader,
      handler: async (request) => ({ extra_specs: (await flavorOf(settings, request)).extraSpecs }),
    }),
    route({
      method: 'POST',
      path,
      operation: 'compute:flavor-extra-specs:create',
      policy: policies.admin,
      body: exact({ extra_specs: specs }),
      async handler(request) {
        const { id, extraSpecs } = await flavorOf(settings, request);
        const added = asText(request.body.extra_specs);
        await updateFlavor(store.db, id, { extra_specs: { ...extraSpecs, ...added } });
        return { extra_specs: added };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:key`,
      operation: 'compute:flavor-extra-specs:get',
      policy: policies.projectReader,
      async handler(request) {
        const { key = '' } = request.params;
        return { [key]: specOf(await flavorOf(settings, request), key) };
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:key`,
      operation: 'compute:flavor-extra-specs:update',
      policy: policies.admin,
      body: Type.Unsafe<Record<string, string | number>>({ ...specs, minProperties: 1, maxProperties: 1 }),
      async handler(request) {
        const { key = '' } = request.params;
        const changed = asText(request.body);
        if (!Object.hasOwn(changed, key)) {
          throw new Fault('badRequest', 'Request body and URI mismatch: they must name the same extra spec.');
        }
        const { id, extraSpecs } = await flavorOf(settings, request);
        await updateFlavor(store.db, id, { extra_specs: { ...extraSpecs, ...changed } });
        return changed;
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:key`,
      operation: 'compute:flavor-extra-specs:delete',
      policy: policies.admin,
      async handler(request) {
        const { key = '' } = request.params;
        const flavor = await flavorOf(settings, request);
        specOf(flavor, key);
        const { [key]: _removed, ...rest } = flavor.extraSpecs;
        await updateFlavor(store.db, flavor.id, { extra_specs: rest });
      },
    }),
  ];
}

/** Which projects may use a flavor that is not public. */
export function flavorAccessRoutes(settings: ComputeSettings): Route[] {
  const { store } = settings;
  const view = async (flavorId: string) => ({
    flavor_access: (await flavorAccess(store.db, flavorId)).map((tenant_id) => ({ flavor_id: flavorId, tenant_id })),
  });
  const tenant = exact({ tenant: Type.String({ minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9-]*$' }) });
  const action = exact({
    addTenantAccess: Type.Optional(tenant),
    removeTenantAccess: Type.Optional(tenant),
  });
  return [
    route({
      method: 'GET',
      path: '/v2.1/flavors/:flavorId/os-flavor-access',
      operation: 'compute:flavor-access:list',
      policy: policies.admin,
      async handler(request) {
        const { id, isPublic } = await flavorOf(settings, request);
        if (isPublic) throw new Fault('notFound', 'Access list not available for public flavors.');
        return view(id);
      },
    }),
    route({
      method: 'POST',
      path: '/v2.1/flavors/:flavorId/action',
      operation: 'compute:flavor-access:change',
      policy: policies.admin,
      body: Type.Unsafe<{ addTenantAccess?: { tenant: string }; removeTenantAccess?: { tenant: string } }>({
        ...action,
        minProperties: 1,
        maxProperties: 1,
      }),
      async handler(request) {
        const { id, isPublic } = await flavorOf(settings, request);
        const { addTenantAccess: add, removeTenantAccess: remove } = request.body;
        if (isPublic) throw conflict('Can not add or remove access to a public flavor.');
        if (add !== undefined && !(await grantFlavor(store.db, id, add.tenant))) {
          throw conflict(`Flavor access already exists for flavor ${id} and project ${add.tenant} combination.`);
        }
        if (remove !== undefined && !(await revokeFlavor(store.db, id, remove.tenant))) {
          throw new Fault('notFound', `Flavor access not found for ${id} / ${remove.tenant} combination.`);
        }
        return view(id);
      },
    }),
  ];
}
