import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { GuestRecord } from './record.ts';

/** Whether guests have ceilings here, and why not. */
export interface CeilingsState {
  readonly kind: 'cgroup v2' | 'cgroup v1' | 'none';
  /** For the operator. */
  readonly reason: string;
}

/** How much processor and memory the process of each guest may take: a cgroup of its own (Linux, cgroup-v2.rst, cgroup-v1/). */
export interface Ceilings {
  readonly state: CeilingsState;
  /** Makes the guest's cgroup with its ceilings; answers the files into which its process writes its pid to be under them. */
  raise(guest: Pick<GuestRecord, 'id' | 'vcpus' | 'memoryMiB'>): Promise<readonly string[]>;
  /** Takes it away; one that still holds a process after a second stays. */
  drop(id: string): Promise<void>;
  /** Takes all away that hold no process, likewise. */
  dropEmpty(): Promise<void>;
}

/** One tree of cgroups, and how ceilings are said in it: by file. */
interface Tree {
  readonly folder: string;
  limits(guest: { readonly vcpus: number; readonly memoryMiB: number }): Readonly<Record<string, string>>;
}

const periodMicros = 100_000;
/** One processor more than the guest has: for its disks and cards. */
const quotaMicros = ({ vcpus }: { vcpus: number }): string => String((vcpus + 1) * periodMicros);
/** What QEMU takes for itself, the translator's cache included, grows a little with the guest's memory. */
const memoryBytes = ({ memoryMiB }: { memoryMiB: number }): string =>
  String(Math.ceil(memoryMiB * 1.1 + 256) * 1024 * 1024);

/** Finds out, by trying, whether this host process may make cgroups below `root`. */
export async function findCeilings({ netns }: Installation, root = '/sys/fs/cgroup'): Promise<Ceilings> {
  const ways = [
    { kind: 'cgroup v2', trees: () => version2(root, netns) },
    { kind: 'cgroup v1', trees: () => version1(root, netns) },
  ] as const;
  const reasons: string[] = [];
  for (const { kind, trees } of ways) {
    try {
      const made = await trees();
      return ceilingsIn(made, { kind, reason: 'this host may make them' });
    } catch (error) {
      reasons.push(`${kind}: ${(error as Error).message}`);
    }
  }
  return ceilingsIn([], { kind: 'none', reason: reasons.join('; ') });
}

async function version2(root: string, name: string): Promise<Tree[]> {
  const controllers = (await readFile(`${root}/cgroup.controllers`, 'utf8')).trim().split(' ');
  if (!controllers.includes('cpu') || !controllers.includes('memory')) throw new Error('no cpu and memory controllers');
  const folder = `${root}/${name}`;
  await writeFile(`${root}/cgroup.subtree_control`, '+cpu +memory');
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/cgroup.subtree_control`, '+cpu +memory');
  const limits: Tree['limits'] = (guest) => ({
    'cpu.max': `${quotaMicros(guest)} ${periodMicros}`,
    'memory.max': memoryBytes(guest),
  });
  return [{ folder, limits }];
}

async function version1(root: string, name: string): Promise<Tree[]> {
  const trees: Tree[] = [
    {
      folder: `${root}/cpu/${name}`,
      limits: (guest) => ({ 'cpu.cfs_period_us': String(periodMicros), 'cpu.cfs_quota_us': quotaMicros(guest) }),
    },
    { folder: `${root}/memory/${name}`, limits: (guest) => ({ 'memory.limit_in_bytes': memoryBytes(guest) }) },
  ];
  for (const { folder } of trees) {
    // A folder that is no cgroup could be made as well.
    await access(`${dirname(folder)}/cgroup.procs`);
    await mkdir(folder, { recursive: true });
  }
  return trees;
}

/**
 * The kernel refuses while the cgroup holds a process, or cgroups. A process that was seen to end is in it until the kernel has
 * cleared it away: tens of milliseconds on a busy machine.
 */
async function removeOnceEmpty(folder: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    const refusal = await rmdir(folder).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    );
    if (refusal !== 'EBUSY') return;
    await sleep(20);
  }
}

function ceilingsIn(trees: readonly Tree[], state: CeilingsState): Ceilings {
  return {
    state,
    async raise(guest) {
      const files: string[] = [];
      for (const { folder, limits } of trees) {
        const own = `${folder}/${guest.id}`;
        await mkdir(own, { recursive: true });
        for (const [file, value] of Object.entries(limits(guest))) await writeFile(`${own}/${file}`, value);
        files.push(`${own}/cgroup.procs`);
      }
      return files;
    },
    async drop(id) {
      for (const { folder } of trees) await removeOnceEmpty(`${folder}/${id}`);
    },
    async dropEmpty() {
      for (const { folder } of trees) {
        const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
        for (const entry of entries) if (entry.isDirectory()) await removeOnceEmpty(`${folder}/${entry.name}`);
        await removeOnceEmpty(folder);
      }
    },
  };
}
