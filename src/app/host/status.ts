import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuestState } from '../../cloud/compute/ports.ts';
import type { Accelerator } from '../../engines/qemu/accelerator.ts';
import type { CeilingsState } from '../../engines/qemu/ceilings.ts';
import type { HostOperation } from '../../kernel/hostlink/protocol.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { ProcessStatus, Supervisor } from '../../kernel/supervise/supervisor.ts';
import { withoutPassword } from '../database-url.ts';
import { codeDir } from './api-process.ts';
import type { EngineHosts } from './engines.ts';

const guestListMs = 500;

/** What `host.status` answers. */
export interface HostStatus {
  readonly pid: number;
  readonly hostName: string;
  readonly netns: string;
  readonly externalCidr: string;
  readonly versions: { readonly andromede: string; readonly node: string };
  /** Where the database is, without its password, when it is not a private one. */
  readonly database: string | null;
  readonly processes: readonly ProcessStatus[];
  /** How many guests are in each power state. */
  readonly guests: Readonly<Record<string, number>>;
  /** What runs their code, and why; null while that is being found out. */
  readonly accelerator: Accelerator | null;
  /** What keeps each of them to its share, or why nothing does; null while that is being found out. */
  readonly ceilings: CeilingsState | null;
}

/** `host.status`: what runs, for `bin/andromede status` and `api`'s health. */
export function statusOperation(
  { hostName, netns, externalCidr }: Installation,
  databaseUrl: string | undefined,
  supervisor: Supervisor,
  engines: () => EngineHosts | undefined,
): HostOperation {
  const { version } = JSON.parse(readFileSync(`${codeDir}/package.json`, 'utf8')) as { version: string };
  const versions = { andromede: version, node: process.versions.node };
  return {
    name: 'host.status',
    args: { type: 'object', properties: {}, additionalProperties: false },
    handle: async (): Promise<HostStatus> => ({
      ...{ pid: process.pid, hostName, netns, externalCidr, versions },
      database: databaseUrl === undefined ? null : withoutPassword(databaseUrl),
      processes: supervisor.status(),
      guests: await countGuests(engines()?.operations.find(({ name }) => name === 'guest.list')),
      accelerator: engines()?.accelerator() ?? null,
      ceilings: engines()?.ceilings() ?? null,
    }),
  };
}

/** Nothing while the engines are starting: `status` answers at once, above all when something is wrong. */
async function countGuests(list: HostOperation | undefined): Promise<Record<string, number>> {
  const patience = sleep(guestListMs, [], { ref: false });
  const guests = await Promise.race([list?.handle({} as never), patience]);
  const counts: Record<string, number> = {};
  for (const { power } of (guests ?? []) as readonly GuestState[]) counts[power] = (counts[power] ?? 0) + 1;
  return counts;
}
