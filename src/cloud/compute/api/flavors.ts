import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import {
  type ApiRequest,
  atLeast,
  caller,
  type Route,
  route,
  type Version,
  version,
} from '../../../kernel/http/index.ts';
import type { Flavor } from '../domain/server.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { deleteFlavor, findFlavor, insertFlavor, listFlavors, updateFlavor } from '../store/flavors.ts';
import type { FlavorRow } from '../store/tables.ts';
import { linksOf, nextLink } from './links.ts';
import { countOf, pageOf, searchOf } from './paging.ts';
import { boolean, describedAs, exact, integer, name, truth } from './schemas.ts';

function flavorNotFound(id: string): Fault {
  return new Fault('notFound', `Flavor ${id} could not be found.`);
}

/** A flavor in lists without detail. */
function basicView(flavor: Flavor, baseUrl: string, asked: Version): Record<string, unknown> {
  return {
    id: flavor.id,
    name: flavor.name,
    links: linksOf(baseUrl, 'flavors', flavor.id),
    ...(atLeast(asked, '2.55') ? { description: flavor.description } : {}),
  };
}

/** A flavor in the shape of the version asked for. */
function flavorView(flavor: Flavor, baseUrl: string, asked: Version): Record<string, unknown> {
  return {
    ...basicView(flavor, baseUrl, asked),
    ram: flavor.memoryMiB,
    disk: flavor.diskGiB,
    swap: flavor.swapMiB || (atLeast(asked, '2.75') ? 0 : ''),
    'OS-FLV-EXT-DATA:ephemeral': flavor.ephemeralGiB,
    'OS-FLV-DISABLED:disabled': false,
    vcpus: flavor.vcpus,
    'os-flavor-access:is_public': flavor.isPublic,
    rxtx_factor: flavor.rxtxFactor,
    ...(atLeast(asked, '2.61') ? { extra_specs: flavor.extraSpecs } : {}),
  };
}

const sortColumns: Readonly<Record<string, keyof FlavorRow>> = {
  flavorid: 'id',
  id: 'id',
  name: 'name',
  memory_mb: 'memory_mib',
  root_gb: 'disk_gib',
  vcpus: 'vcpus',
  ephemeral_gb: 'ephemeral_gib',
  swap: 'swap_mib',
  rxtx_factor: 'rxtx_factor',
  is_public: 'is_public',
};

/** Which flavors by whom they are meant for: only an administrator chooses. */
function isPublicOf(search: URLSearchParams, isAdmin: boolean): boolean | undefined {
  const value = search.get('is_public');
  if (!isAdmin) return undefined;
  if (value === null) return true;
  if (/^none$/i.test(value)) return undefined;
  if (/^(true|1|yes|t|y|on)$/i.test(value)) return true;
  if (/^(false|0|no|f|n|off)$/i.test(value)) return false;
  throw badRequest(`Invalid is_public filter [${value.slice(0, 40)}]`);
}

type Request = ApiRequest<unknown, unknown, unknown>;

async function list(
  { store }: ComputeSettings,
  request: Request,
  collection: 'flavors' | 'flavors/detail',
): Promise<unknown> {
  const context = caller(request);
  const search = searchOf(request);
  const { limit, marker } = pageOf(search);
  const sort = sortColumns[search.get('sort_key') ?? 'flavorid'];
  const direction = search.get('sort_dir') ?? 'asc';
  if (sort === undefined || (direction !== 'asc' && direction !== 'desc'))
    throw badRequest('Invalid sort key or direction.');
  if (marker !== undefined && (await findFlavor(store.db, context, marker)) === undefined) {
    throw badRequest(`marker [${marker.slice(0, 255)}] not found`);
  }
  const found = await listFlavors(store.db, context, {
    isPublic: isPublicOf(search, context.isAdmin),
    minDisk: countOf(search, 'minDisk'),
    minRam: countOf(search, 'minRam'),
    sort,
    direction,
    marker,
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  const view = collection === 'flavors' ? basicView : flavorView;
  return {
    flavors: page.map((flavor) => view(flavor, request.baseUrl, request.version)),
    ...(last === undefined ? {} : { flavors_links: nextLink(request.baseUrl, collection, search, last.id) }),
  };
}

const newFlavor = {
  name,
  id: Type.Optional(
    Type.Unsafe<string | number | null>({
      anyOf: [
        { type: 'string', minLength: 1, maxLength: 255, pattern: '^(?! )[a-zA-Z0-9. _-]+(?<! )$' },
        { type: 'integer' },
        { type: 'null' },
      ],
    }),
  ),
  ram: integer(1),
  vcpus: integer(1),
  disk: integer(0),
  'OS-FLV-EXT-DATA:ephemeral': Type.Optional(integer(0)),
  swap: Type.Optional(integer(0)),
  rxtx_factor: Type.Optional(
    Type.Unsafe<number | string>({
      anyOf: [
        { type: 'number', exclusiveMinimum: 0, maximum: 3.4e38 },
        { type: 'string', pattern: '^[0-9]{1,6}(\\.[0-9]{1,6})?$' },
      ],
    }),
  ),
  'os-flavor-access:is_public': Type.Optional(boolean),
};

interface FlavorBody {
  readonly name: string;
  readonly id?: string | number | null;
  readonly ram: number | string;
  readonly vcpus: number | string;
  readonly disk: number | string;
  readonly 'OS-FLV-EXT-DATA:ephemeral'?: number | string;
  readonly swap?: number | string;
  readonly rxtx_factor?: number | string;
  readonly 'os-flavor-access:is_public'?: boolean | string;
  readonly description?: string | null;
}

function rowOf(body: FlavorBody): FlavorRow {
  const row: FlavorRow = {
    id: body.id === undefined || body.id === null || body.id === 'auto' ? newId() : String(body.id),
    name: body.name,
    memory_mib: Number(body.ram),
    vcpus: Number(body.vcpus),
    disk_gib: Number(body.disk),
    ephemeral_gib: Number(body['OS-FLV-EXT-DATA:ephemeral'] ?? 0),
    swap_mib: Number(body.swap ?? 0),
    rxtx_factor: Number(body.rxtx_factor ?? 1),
    is_public: truth(body['os-flavor-access:is_public'] ?? true),
    description: body.description ?? null,
    extra_specs: {},
  };
  const sizes = [row.memory_mib, row.vcpus, row.disk_gib, row.ephemeral_gib, row.swap_mib];
  if (sizes.some((size) => size > 2147483647) || row.memory_mib < 1 || row.vcpus < 1) {
    throw badRequest('Invalid input: ram and vcpus are between 1 and 2147483647, disk and swap between 0 and that.');
  }
  return row;
}

async function create({ store }: ComputeSettings, request: Request): Promise<unknown> {
  const { flavor: body } = request.body as { flavor: FlavorBody };
  const row = rowOf(body);
  if (!(await insertFlavor(store.db, row)))
    throw conflict(`Flavor with ID ${row.id} or name ${row.name} already exists.`);
  const flavor = await findFlavor(store.db, caller(request), row.id);
  if (flavor === undefined) throw flavorNotFound(row.id);
  return { flavor: flavorView(flavor, request.baseUrl, request.version) };
}

/** Sizes of servers. */
export function flavorRoutes(settings: ComputeSettings): Route[] {
  const { store } = settings;
  const found = async (request: Request & { params: Record<string, string> }): Promise<Flavor> => {
    const { flavorId = '' } = request.params;
    const flavor = await findFlavor(store.db, caller(request), flavorId);
    if (flavor === undefined) throw flavorNotFound(flavorId.slice(0, 255));
    return flavor;
  };
  return [
    route({
      method: 'GET',
      path: '/v2.1/flavors',
      operation: 'compute:flavors:list',
      policy: policies.projectReader,
      handler: (request) => list(settings, request, 'flavors'),
    }),
    route({
      method: 'GET',
      path: '/v2.1/flavors/detail',
      operation: 'compute:flavors:detail',
      policy: policies.projectReader,
      handler: (request) => list(settings, request, 'flavors/detail'),
    }),
    route({
      method: 'GET',
      path: '/v2.1/flavors/:flavorId',
      operation: 'compute:flavors:get',
      policy: policies.projectReader,
      handler: async (request) => ({ flavor: flavorView(await found(request), request.baseUrl, request.version) }),
    }),
    route({
      method: 'POST',
      path: '/v2.1/flavors',
      operation: 'compute:flavors:create',
      policy: policies.admin,
      versions: { max: version('2.54') },
      body: exact({ flavor: exact(newFlavor) }),
      handler: (request) => create(settings, request),
    }),
    route({
      method: 'POST',
      path: '/v2.1/flavors',
      operation: 'compute:flavors:create',
      policy: policies.admin,
      versions: { min: version('2.55') },
      body: exact({ flavor: exact({ ...newFlavor, description: Type.Optional(describedAs(65_535)) }) }),
      handler: (request) => create(settings, request),
    }),
    route({
      method: 'PUT',
      path: '/v2.1/flavors/:flavorId',
      operation: 'compute:flavors:update',
      policy: policies.admin,
      versions: { min: version('2.55') },
      body: exact({ flavor: exact({ description: describedAs(65_535) }) }),
      async handler(request) {
        const { id } = await found(request);
        await updateFlavor(store.db, id, { description: request.body.flavor.description });
        return { flavor: flavorView(await found(request), request.baseUrl, request.version) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v2.1/flavors/:flavorId',
      operation: 'compute:flavors:delete',
      policy: policies.admin,
      status: 202,
      async handler(request) {
        const { flavorId = '' } = request.params;
        if (!(await deleteFlavor(store.db, flavorId))) throw flavorNotFound(flavorId.slice(0, 255));
      },
    }),
  ];
}
