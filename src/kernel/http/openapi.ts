import type { TSchema } from 'typebox';
import { notFound } from '../base/errors.ts';
import { type MicroversionRange, versionText } from './microversion.ts';
import type { Route, Service } from './service.ts';
import { shareSchemas } from './shared-schemas.ts';

/** A value that is written as JSON or YAML. */
type Json = Readonly<Record<string, unknown>>;

/** One OpenAPI document: `compute-v2` and what is in it. */
export interface Contract {
  readonly name: string;
  readonly document: Json;
}

/**
 * A service's contracts as OpenAPI 3.1, one for each major version of its API, from its routing table alone: what is not
 * said there (most answers) is not invented here. Microversions are written as OpenStack's own descriptions write them,
 * with `x-openstack`: an operation that differs between versions has a body `oneOf`, each with its range.
 */
export function contractsOf(service: Service): readonly Contract[] {
  const majors = [...new Set(service.routes.map(majorOf))].filter((major) => major !== undefined).sort(byNumber);
  const last = majors.at(-1) ?? service.microversions?.min.major;
  const files = majors.length === 0 ? [last] : majors;
  return files.map((major) => {
    // What has no version in its path (discovery) is told with the newest one.
    const routes = service.routes.filter((route) => (majorOf(route) ?? last) === major);
    const suffix = major === undefined ? '' : `-v${major}`;
    return { name: `${service.name}${suffix}`, document: documentOf(service, routes, suffix) };
  });
}

/** The `2` of `/v2.1/servers`. */
function majorOf({ path }: Route): number | undefined {
  const major = /^\/v(\d+)(?:\.\d+)?(?:\/|$)/.exec(path)?.[1];
  return major === undefined ? undefined : Number(major);
}

const byNumber = (a: number, b: number): number => a - b;

function documentOf(service: Service, routes: readonly Route[], suffix: string): Json {
  const { microversions } = service;
  const paths = new Map<string, Map<string, Route[]>>();
  for (const route of routes) {
    const path = openApiPath(route.path);
    const methods = paths.get(path) ?? new Map<string, Route[]>();
    const method = route.method.toLowerCase();
    methods.set(method, [...(methods.get(method) ?? []), route]);
    paths.set(path, methods);
  }
  // Schemas are plain JSON Schema once the marks are gone by which TypeBox knows them.
  const written: unknown = JSON.parse(JSON.stringify(pathsOf(paths)));
  const shared = shareSchemas(written);
  return {
    openapi: '3.1.0',
    info: {
      title: `Andromède: ${service.name}`,
      version: suffix.slice(1) || 'unversioned',
      ...(microversions && { 'x-openstack': range(microversions) }),
    },
    servers: [{ url: service.mount }],
    security: [{ token: [] }],
    paths: shared.document,
    components: {
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
      responses: { fault: faultResponse(service) },
      schemas: shared.schemas,
    },
  };
}

function pathsOf(paths: ReadonlyMap<string, ReadonlyMap<string, readonly Route[]>>): Json {
  const used = new Map<string, number>();
  /** Some routes are one operation for policy and logs (PUT and PATCH of a thing); here each has its own id. */
  const idOf = (operation: string): string => {
    const times = (used.get(operation) ?? 0) + 1;
    used.set(operation, times);
    return times === 1 ? operation : `${operation}-${times}`;
  };
  return Object.fromEntries(
    [...paths].sort(byKey).map(([path, methods]) => [
      path,
      {
        ...parameters('path', path, [...methods.values()].flat()),
        ...Object.fromEntries([...methods].sort(byKey).map(([method, group]) => [method, operationOf(group, idOf)])),
      },
    ]),
  );
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** `/servers/:serverId` → `/servers/{serverId}`; a last `*` → `{rest}`. */
function openApiPath(path: string): string {
  const braced = path.replaceAll(/:([A-Za-z_][A-Za-z0-9_]*)/g, '{$1}').replace(/\*$/, '{rest}');
  return braced === '' ? '/' : braced;
}

/** Entries of the routing table that share method and path, one a range of microversions. */
function operationOf(group: readonly Route[], idOf: (operation: string) => string): Json {
  const [first] = group;
  if (first === undefined) throw new Error('an operation has at least one route');
  const versions = overall(group);
  return {
    operationId: idOf(first.operation),
    ...(versions && { 'x-openstack': versions }),
    'x-policy': first.policy.kind === 'public' ? 'public' : { roles: first.policy.roles, scope: first.policy.scope },
    ...(first.policy.kind === 'public' && { security: [] }),
    ...parameters('query', '', group),
    ...requestBody(group),
    responses: { ...Object.assign({}, ...group.map(response)), default: { $ref: '#/components/responses/fault' } },
  };
}

/** From the first to the last microversion that has the operation; undefined when all have it. */
function overall(group: readonly Route[]): Json | undefined {
  const min = group.every(({ versions }) => versions?.min) ? group[0]?.versions?.min : undefined;
  const max = group.every(({ versions }) => versions?.max) ? group.at(-1)?.versions?.max : undefined;
  return min === undefined && max === undefined ? undefined : range({ ...(min && { min }), ...(max && { max }) });
}

function range({ min, max }: Partial<MicroversionRange>): Json {
  return { ...(min && { 'min-ver': versionText(min) }), ...(max && { 'max-ver': versionText(max) }) };
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
}

/** Parameters of a path (also those that no schema describes) or of a query, over all microversions. */
function parameters(where: 'path' | 'query', path: string, group: readonly Route[]): Json {
  const known = new Map<string, Json>();
  for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) {
    known.set(name, { name, in: 'path', required: true, schema: { type: 'string' } });
  }
  for (const { params, query } of group) {
    const { properties = {}, required = [] } = ((where === 'path' ? params : query) ?? {}) as ObjectSchema;
    for (const [name, schema] of Object.entries(properties)) {
      if (where === 'path' && !known.has(name)) continue;
      const always = where === 'path' || required.includes(name);
      known.set(name, { name, in: where, ...(always && { required: true }), schema });
    }
  }
  return known.size === 0 ? {} : { parameters: [...known.values()] };
}

/** What may be sent as the body, with the actions of a path that has many; undefined when none is read or it is bytes. */
export function bodySchemaOf({ body, actions }: Route): TSchema | undefined {
  if (actions === undefined) return body === 'stream' ? undefined : body;
  const choices = Object.entries(actions).map(([name, schema]) => ({
    ...{ type: 'object', required: [name], properties: { [name]: schema }, additionalProperties: false },
  }));
  return { oneOf: choices } as TSchema;
}

function requestBody(group: readonly Route[]): Json {
  if (group[0]?.body === 'stream') return { requestBody: { content: { '*/*': {} } } };
  const bodies = group.flatMap((route) => {
    const body = bodySchemaOf(route);
    return body === undefined ? [] : [{ body, versions: route.versions }];
  });
  const [first] = bodies;
  if (first === undefined) return {};
  const schema =
    bodies.length === 1
      ? first.body
      : {
          oneOf: bodies.map(({ body, versions }) => ({ ...body, 'x-openstack': range(versions ?? {}) })),
          'x-openstack': { discriminator: 'microversion' },
        };
  return { requestBody: { required: true, content: { 'application/json': { schema } } } };
}

function response({ status = 200, response: schema }: Route): Json {
  if (status === 204) return { 204: { description: 'Done; no body.' } };
  const described = schema && { content: { 'application/json': { schema } } };
  return { [status]: { description: schema ? 'Done.' : 'Done; the body is not described yet.', ...described } };
}

/** How this API speaks of any fault, by the example of one. */
function faultResponse({ faults }: Service): Json {
  const { contentType, body } = faults(notFound('Thing', 'x'), 'req-x');
  const [type = ''] = contentType.split(';');
  return {
    description: 'Refused or failed; the status says how.',
    content: { [type]: { example: type.endsWith('json') ? JSON.parse(body) : body } },
  };
}
