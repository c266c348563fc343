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

/** One service of a token's catalog, as Keystone shows it. */
export interface CatalogEntry {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly endpoints: readonly {
    readonly id: string;
    readonly interface: string;
    readonly region: string;
    readonly region_id: string;
    readonly url: string;
  }[];
}

/** An endpoint as the catalog's administration shows it. */
export interface Endpoint {
  readonly id: string;
  readonly service_id: string;
  readonly interface: string;
  readonly region: string;
  readonly region_id: string;
  readonly url: string;
  readonly enabled: true;
}

const interfaces = ['public', 'internal', 'admin'] as const;
const projectMark = '$(project_id)s';

export function serviceId(service: CatalogService): string {
  return derivedHexId('service', service.type);
}

/** Every endpoint, with URL templates as they are. */
export function endpoints(config: CatalogConfig, publicUrl: string): Endpoint[] {
  return config.services.flatMap((service) =>
    interfaces.map((face) => ({
      id: derivedHexId('endpoint', config.region, service.type, face),
      service_id: serviceId(service),
      interface: face,
      region: config.region,
      region_id: config.region,
      url: publicUrl + service.path,
      enabled: true as const,
    })),
  );
}

/**
 * The catalog for a scope. As in Keystone, an endpoint whose URL names a project is left out where there is none.
 */
export function catalogFor(config: CatalogConfig, publicUrl: string, projectId: string | null): CatalogEntry[] {
  const all = endpoints(config, publicUrl);
  return config.services
    .filter(({ path }) => projectId !== null || !path.includes(projectMark))
    .map((service) => {
      const id = serviceId(service);
      return {
        id,
        type: service.type,
        name: service.name,
        endpoints: all
          .filter(({ service_id }) => service_id === id)
          .map(({ url, service_id: _, enabled: __, ...shown }) => ({
            ...shown,
            url: url.replaceAll(projectMark, projectId ?? ''),
          })),
      };
    });
}

/** Writes `catalogFor` in JSON: all but the project's id is written beforehand. */
export function catalogTexts(config: CatalogConfig, publicUrl: string): (projectId: string | null) => string {
  const without = JSON.stringify(catalogFor(config, publicUrl, null));
  const pieces = JSON.stringify(catalogFor(config, publicUrl, projectMark)).split(projectMark);
  return (projectId) => (projectId === null ? without : pieces.join(JSON.stringify(projectId).slice(1, -1)));
}
