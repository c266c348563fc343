import { Fault } from '../../../kernel/base/errors.ts';
import { type Connection, lockInTransaction, type Tx } from '../../../kernel/store/index.ts';
import { storedQuotas } from '../store/quotas.ts';
import { usageOf } from '../store/servers.ts';
import type { ComputeQuota, ComputeSettings } from './settings.ts';

/** What Nova counted for others, or injected into disks: kept and shown, enforced by nobody here. */
export const unenforced = {
  floating_ips: -1,
  fixed_ips: -1,
  security_groups: -1,
  security_group_rules: -1,
  injected_files: 0,
  injected_file_content_bytes: 0,
  injected_file_path_bytes: 0,
} as const;

/** Every limit by the API's name for it. */
export type Limits = Readonly<Record<keyof typeof unenforced | EnforcedLimit, number>>;

type EnforcedLimit =
  | ('instances' | 'cores' | 'ram' | 'key_pairs' | 'metadata_items')
  | ('server_groups' | 'server_group_members');

function configured(quota: ComputeQuota): Limits {
  return {
    instances: quota.instances,
    cores: quota.cores,
    ram: quota.ram,
    key_pairs: quota.keyPairs,
    metadata_items: quota.metadataItems,
    server_groups: quota.serverGroups,
    server_group_members: quota.serverGroupMembers,
    ...unenforced,
  };
}

type Source = Pick<ComputeSettings, 'quota'>;

/** What the project may have: its own limits, else the default ones, else those of the configuration. */
export async function limitsOf({ quota }: Source, connection: Connection, projectId: string): Promise<Limits> {
  const { project, defaults } = await storedQuotas(connection, projectId);
  return { ...configured(quota), ...Object.fromEntries(defaults), ...Object.fromEntries(project) };
}

/** What projects may have that have no limits of their own. */
export async function defaultLimits({ quota }: Source, connection: Connection): Promise<Limits> {
  const { defaults } = await storedQuotas(connection, '');
  return { ...configured(quota), ...Object.fromEntries(defaults) };
}

/** 403 when the project may not have that much more. One request of a project at a time counts. */
export async function checkQuota(
  settings: Source,
  tx: Tx,
  projectId: string,
  more: { readonly instances: number; readonly cores: number; readonly ram: number },
): Promise<void> {
  const limits = await limitsOf(settings, tx, projectId);
  const limited = (['instances', 'cores', 'ram'] as const).filter((name) => limits[name] >= 0 && more[name] !== 0);
  if (limited.length === 0) return;
  await lockInTransaction(tx, 'compute.quota', projectId);
  const used = await usageOf(tx, { projectId });
  const have = { instances: used.servers, cores: used.vcpus, ram: used.memoryMiB };
  for (const name of limited) {
    if (have[name] + more[name] <= limits[name]) continue;
    throw new Fault(
      'forbidden',
      `Quota exceeded for ${name}: Requested ${more[name]}, but already used ${have[name]} of ${limits[name]} ${name}`,
    );
  }
}

/** 403 when there are more items than a server or image may have. */
export async function checkMetadata(
  settings: Pick<ComputeSettings, 'quota' | 'store'>,
  projectId: string,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const count = Object.keys(metadata).length;
  if (count === 0) return;
  const { metadata_items: most } = await limitsOf(settings, settings.store.db, projectId);
  if (most >= 0 && count > most) throw new Fault('forbidden', `Maximum number of metadata items exceeds ${most}`);
}
