import { derivedHexId } from '../../../kernel/base/ids.ts';

/** A service that this cloud serves, as the composition root lists it. */
export interface CatalogService {
  /** The official type, e.g. `compute`. */
  readonly type: string;
  readonly name: string;
  readonly description?: string;
  /** Below the public URL; `$(project_id)s` stands for the scope's project, e.g. `/orchestration/v1/$(project_id)s`. */
  readonly path: string;
}

/** Which services are served, where. */
export interface CatalogConfig {
  readonly region: string;
  readonly services: readonly CatalogService[];
}

/** What somebody added to a thing of the catalog beyond what the API knows. */
type Extra = Readonly<Record<string, unknown>>;

/** A region as the API shows it. */
export interface Region {
  readonly id: string;
  readonly parent_region_id: string | null;
  readonly description: string;
  readonly extra: Extra;
}

/** A service as the API shows it. */
export interface Service {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly extra: Extra;
}

export const interfaces = ['public', 'internal', 'admin'] as const;

/** An endpoint as the API shows it, its URL as it was given. */
export interface Endpoint {
  readonly id: string;
  readonly service_id: string;
  readonly region_id: string | null;
  readonly interface: (typeof interfaces)[number];
  readonly url: string;
  readonly enabled: boolean;
  readonly extra: Extra;
}

/** Endpoints that have something in common, as the API shows them. */
export interface EndpointGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** An endpoint is in the group when all of it is true of it. */
  readonly filters: Partial<Pick<Endpoint, 'service_id' | 'region_id' | 'interface'>>;
}

/** What a project's tokens are to tell of. */
export interface EndpointChoice {
  readonly endpointIds: ReadonlySet<string>;
  readonly groupIds: ReadonlySet<string>;
}

/** All that the catalog is made of: first what is configured, then what administrators added. */
export interface Catalog {
  readonly regions: readonly Region[];
  readonly services: readonly Service[];
  readonly endpoints: readonly Endpoint[];
  readonly groups: readonly EndpointGroup[];
  /** By the project's id. */
  readonly choices: ReadonlyMap<string, EndpointChoice>;
}

/** One service of a token's catalog, as Keystone shows it. */
export interface CatalogEntry {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly endpoints: readonly {
    readonly id: string;
    readonly interface: string;
    readonly region: string | null;
    readonly region_id: string | null;
    readonly url: string;
  }[];
}

/** What this cloud itself serves. */
export function configuredCatalog({ region, services }: CatalogConfig, publicUrl: string): Catalog {
  const serviceId = (type: string) => derivedHexId('service', type);
  return {
    regions: [{ id: region, parent_region_id: null, description: '', extra: {} }],
    services: services.map(({ type, name, description = '' }) => ({
      ...{ id: serviceId(type), type, name, description, enabled: true, extra: {} },
    })),
    endpoints: services.flatMap(({ type, path }) =>
      interfaces.map((face) => ({
        ...{ id: derivedHexId('endpoint', region, type, face), service_id: serviceId(type), region_id: region },
        ...{ interface: face, url: publicUrl + path, enabled: true, extra: {} },
      })),
    ),
    groups: [],
    choices: new Map(),
  };
}

/** What stands for the scope's project in a URL, in the spellings that Keystone knows. */
const projectMark = '$(project_id)s';
const projectMarks = /[$%]\((?:project|tenant)_id\)s/g;

/** Whether a URL asks for something to be filled in that is not the scope's project. */
export function asksForMore(url: string): boolean {
  return /[$%]\(/.test(url.replace(projectMarks, ''));
}

/** The endpoints of a group. */
export function endpointsIn({ filters }: EndpointGroup, endpoints: readonly Endpoint[]): Endpoint[] {
  const wanted = Object.entries(filters) as [keyof typeof filters, string | null][];
  return endpoints.filter((endpoint) => wanted.every(([key, value]) => endpoint[key] === value));
}

/** The endpoints chosen for the project, by themselves or in groups; undefined where nothing that exists is: then all are for it. */
export function chosenEndpoints(
  { endpoints, groups, choices }: Catalog,
  projectId: string | null,
): ReadonlySet<Endpoint> | undefined {
  const choice = projectId === null ? undefined : choices.get(projectId);
  if (choice === undefined) return undefined;
  const chosen = new Set(endpoints.filter(({ id }) => choice.endpointIds.has(id)));
  for (const group of groups) {
    if (choice.groupIds.has(group.id)) for (const endpoint of endpointsIn(group, endpoints)) chosen.add(endpoint);
  }
  return chosen.size === 0 ? undefined : chosen;
}

/**
 * The catalog for a scope: what is enabled, of what is chosen for the project. As in Keystone, an endpoint whose URL names a project is left out where there is
 * none, and with its last endpoint a service, unless nobody is told of any.
 */
export function catalogFor(catalog: Catalog, projectId: string | null): CatalogEntry[] {
  const { services, endpoints } = catalog;
  const chosen = chosenEndpoints(catalog, projectId);
  const byService = Map.groupBy(
    endpoints.filter(({ enabled }) => enabled),
    ({ service_id }) => service_id,
  );
  return services.flatMap(({ id, type, name, enabled }) => {
    const all = byService.get(id) ?? [];
    const told = chosen === undefined ? all : all.filter((endpoint) => chosen.has(endpoint));
    const here = told.filter(({ url }) => projectId !== null || url.search(projectMarks) === -1);
    if (!enabled || (here.length === 0 && (all.length > 0 || chosen !== undefined))) return [];
    const shown = here.map(({ id: endpointId, interface: face, region_id, url }) => ({
      ...{ id: endpointId, interface: face, region: region_id, region_id },
      url: url.replace(projectMarks, () => projectId ?? ''),
    }));
    return [{ id, type, name, endpoints: shown }];
  });
}

/** Writes `catalogFor` in JSON: all but the project's id is written beforehand, for a project of its own choice when it is asked for. */
export function catalogTexts(catalog: Catalog): (projectId: string | null) => string {
  const without = JSON.stringify(catalogFor(catalog, null));
  const pieces = JSON.stringify(catalogFor(catalog, projectMark)).split(projectMark);
  const chosen = new Map<string, string>();
  return (projectId) => {
    if (projectId === null) return without;
    if (!catalog.choices.has(projectId)) return pieces.join(JSON.stringify(projectId).slice(1, -1));
    const text = chosen.get(projectId) ?? JSON.stringify(catalogFor(catalog, projectId));
    chosen.set(projectId, text);
    return text;
  };
}

/** The region and all below it. */
export function withRegionsBelow({ regions }: Pick<Catalog, 'regions'>, id: string): ReadonlySet<string> {
  const reached = new Set([id]);
  // A set may grow while it is walked: what is added is visited too.
  for (const one of reached) {
    for (const { id: child, parent_region_id } of regions) if (parent_region_id === one) reached.add(child);
  }
  return reached;
}
