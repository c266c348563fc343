/** How much more than a host has may be promised: 16 virtual processors a real one, and so on. */
export interface Overcommit {
  readonly vcpus: number;
  readonly memory: number;
  readonly disk: number;
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
