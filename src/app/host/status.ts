import { readFileSync } from 'node:fs';
import { Type } from 'typebox';
import type { HostOperation } from '../../kernel/hostlink/protocol.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { ProcessStatus, Supervisor } from '../../kernel/supervise/supervisor.ts';
import { codeDir } from './api-process.ts';

/** What `host.status` answers. */
export interface HostStatus {
  readonly pid: number;
  readonly hostName: string;
  readonly netns: string;
  readonly externalCidr: string;
  readonly versions: { readonly andromede: string; readonly node: string };
  readonly processes: readonly ProcessStatus[];
}

/** `host.status`: what runs, for `bin/andromede status` and `api`'s health. */
export function statusOperation(
  { hostName, netns, externalCidr }: Installation,
  supervisor: Supervisor,
): HostOperation {
  const { version } = JSON.parse(readFileSync(`${codeDir}/package.json`, 'utf8')) as { version: string };
  const versions = { andromede: version, node: process.versions.node };
  return {
    name: 'host.status',
    args: Type.Object({}),
    handle: async (): Promise<HostStatus> => ({
      ...{ pid: process.pid, hostName, netns, externalCidr, versions },
      processes: supervisor.status(),
    }),
  };
}
