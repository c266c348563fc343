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

/** Whether the host still has room for `wanted` beside what is `used`. */
export function fits(total: Resources, used: Resources, wanted: Resources, overcommit: Overcommit): boolean {
  return (
    used.vcpus + wanted.vcpus <= Math.floor(total.vcpus * overcommit.vcpus) &&
    used.memoryMiB + wanted.memoryMiB <= Math.floor(total.memoryMiB * overcommit.memory) &&
    used.diskGiB + wanted.diskGiB <= Math.floor(total.diskGiB * overcommit.disk)
  );
}
