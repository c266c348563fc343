/** How much more than a host has may be promised: 16 virtual processors a real one, and so on. */
export interface Overcommit {
  readonly vcpus: number;
  readonly memory: number;
  readonly disk: number;
}

/** An amount of a host's resources. */
export interface Resources {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
}

/** Of no resource anything. */
export const nothing: Resources = { vcpus: 0, memoryMiB: 0, diskGiB: 0 };

/** Whether the host still has room for `wanted` beside what is `used`. */
export function fits(total: Resources, used: Resources, wanted: Resources, overcommit: Overcommit): boolean {
  return (
    used.vcpus + wanted.vcpus <= Math.floor(total.vcpus * overcommit.vcpus) &&
    used.memoryMiB + wanted.memoryMiB <= Math.floor(total.memoryMiB * overcommit.memory) &&
    used.diskGiB + wanted.diskGiB <= Math.floor(total.diskGiB * overcommit.disk)
  );
}

/** How servers of a group are meant to be spread over hosts. */
export const groupPolicies = ['affinity', 'anti-affinity', 'soft-affinity', 'soft-anti-affinity'] as const;
export type GroupPolicy = (typeof groupPolicies)[number];

/** Whether the group lets one more server onto a host, given how many of its others are there and elsewhere. */
export function groupAllows(
  policy: GroupPolicy,
  members: { readonly here: number; readonly elsewhere: number },
  maxPerHost = 1,
): boolean {
  if (policy === 'anti-affinity') return members.here < maxPerHost;
  if (policy === 'affinity') return members.elsewhere === 0;
  return true;
}
