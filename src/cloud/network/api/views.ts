import type { WantedIp } from '../domain/attributes.ts';
import { invalid } from '../domain/faults.ts';
import type { FixedIp } from '../domain/records.ts';

/** `2026-01-01T00:00:00Z` */
export function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** What every resource shows. */
export function standardView(record: {
  readonly id: string;
  readonly projectId: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}) {
  return {
    id: record.id,
    tenant_id: record.projectId,
    project_id: record.projectId,
    description: record.description,
    tags: record.tags,
    revision_number: record.revision,
    created_at: timeText(record.createdAt),
    updated_at: timeText(record.updatedAt),
  };
}

export function fixedIpsView(ips: readonly FixedIp[]) {
  return ips.map(({ subnetId, ipAddress }) => ({ subnet_id: subnetId, ip_address: ipAddress }));
}

export function wantedIpsOf(
  ips: readonly { readonly subnet_id?: string; readonly ip_address?: string }[] | undefined,
): WantedIp[] | undefined {
  return ips?.map(({ subnet_id, ip_address }) => ({ subnetId: subnet_id, ipAddress: ip_address }));
}

/** The project that a body names, under either of its names. */
export function ownerOf(body: { readonly project_id?: string; readonly tenant_id?: string }): string | undefined {
  const { project_id, tenant_id } = body;
  if (project_id !== undefined && tenant_id !== undefined && project_id !== tenant_id) {
    throw invalid('HTTPBadRequest', "'project_id' and 'tenant_id' do not match");
  }
  return project_id ?? tenant_id;
}
