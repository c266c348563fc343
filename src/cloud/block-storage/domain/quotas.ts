/** What a project may have unless an administrator says otherwise (Cinder's defaults); -1: no limit. */
export const defaultQuotas = {
  volumes: 10,
  per_volume_gigabytes: -1,
  snapshots: 10,
  gigabytes: 1000,
  backups: 10,
  backup_gigabytes: 1000,
  groups: 10,
} as const;

export type QuotaResource = keyof typeof defaultQuotas;

export const quotaResources = Object.keys(defaultQuotas) as readonly QuotaResource[];

/** Limits of one type's volumes, beside those of all: `volumes_TYPE` and so on; no limit unless said. */
export const perTypeResources = ['volumes', 'gigabytes', 'snapshots'] as const;

export type PerTypeResource = (typeof perTypeResources)[number];

/** `volumes_standard` */
export function typeQuota(resource: PerTypeResource, typeName: string): string {
  return `${resource}_${typeName}`;
}

/** Every resource that has a limit, given the names of the volume types. */
export function allResources(typeNames: readonly string[]): string[] {
  return [
    ...quotaResources,
    ...typeNames.flatMap((name) => perTypeResources.map((resource) => typeQuota(resource, name))),
  ];
}

/** What is added to a project: amounts by resource. */
export type Demand = Readonly<Record<string, number>>;

/** What a volume of that type and size takes. */
export function volumeDemand(typeName: string, sizeGiB: number): Demand {
  return {
    volumes: 1,
    gigabytes: sizeGiB,
    [typeQuota('volumes', typeName)]: 1,
    [typeQuota('gigabytes', typeName)]: sizeGiB,
  };
}

/** What a snapshot takes. */
export function snapshotDemand(typeName: string, sizeGiB: number): Demand {
  return {
    snapshots: 1,
    gigabytes: sizeGiB,
    [typeQuota('snapshots', typeName)]: 1,
    [typeQuota('gigabytes', typeName)]: sizeGiB,
  };
}

/** What a group of volumes takes, without its volumes. */
export const groupDemand: Demand = { groups: 1 };

/** What growing a volume takes. */
export function growthDemand(typeName: string, addedGiB: number): Demand {
  return { gigabytes: addedGiB, [typeQuota('gigabytes', typeName)]: addedGiB };
}

/** The first resource of which too much is asked; undefined when all fits. */
export function exceeded(
  limits: Readonly<Record<string, number>>,
  used: Readonly<Record<string, number>>,
  demand: Demand,
): string | undefined {
  return Object.entries(demand).find(([resource, amount]) => {
    const limit = limits[resource] ?? -1;
    return amount > 0 && limit >= 0 && (used[resource] ?? 0) + amount > limit;
  })?.[0];
}
