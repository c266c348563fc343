/** What a project may have of each resource unless an administrator says otherwise (Neutron's defaults); -1: no limit. */
export const defaultQuotas = {
  network: 100,
  subnet: 100,
  subnetpool: -1,
  port: 500,
  router: 10,
  floatingip: 50,
  security_group: 10,
  security_group_rule: 100,
  rbac_policy: 10,
} as const;

export type QuotaResource = keyof typeof defaultQuotas;

export const quotaResources = Object.keys(defaultQuotas) as readonly QuotaResource[];
