import { existsSync } from 'node:fs';
import type { NicPlugger } from '../../cloud/compute/ports.ts';
import type { Logger } from '../../kernel/base/log.ts';
import type { HostEvents, HostOperation } from '../../kernel/hostlink/protocol.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { vethNames } from './machine-network.ts';

/** The host sides of the engines, joined: OVN plugs the cards of QEMU's guests. */
export interface EngineHosts {
  readonly operations: readonly HostOperation[];
  readonly processes: readonly ProcessSpec[];
  /** Resolves when the engines serve; `processes` have been handed to the supervisor before. */
  start(): Promise<void>;
  /** Stops guests by ACPI, and by force after the deadline. */
  stopGuests(deadlineMs: number): Promise<void>;
}

interface QemuHost {
  readonly operations: HostOperation[];
  start(): Promise<void>;
  stopGuests(deadlineMs: number): Promise<void>;
}

interface OvnHost {
  readonly processes: ProcessSpec[];
  ready(): Promise<void>;
  readonly plugger: NicPlugger;
}

const enginesDir = `${import.meta.dirname}/../../engines`;

/** Builds the host sides of the real engines. Their modules are loaded here only, so that a simulated cloud stays lean. */
export async function realEngines(installation: Installation, events: HostEvents, log: Logger): Promise<EngineHosts> {
  const ovn = await load<OvnHost>('ovn', 'createOvnHost', {
    installation,
    externalVeth: vethNames(installation.dataDir).inside,
    log: log.child({ engine: 'ovn' }),
  });
  const qemu = await load<QemuHost>('qemu', 'createQemuHost', {
    installation,
    plugger: ovn?.plugger,
    events,
    log: log.child({ engine: 'qemu' }),
  });
  return {
    operations: qemu?.operations ?? [],
    processes: ovn?.processes ?? [],
    async start() {
      await ovn?.ready();
      await qemu?.start();
    },
    stopGuests: async (deadlineMs) => qemu?.stopGuests(deadlineMs),
  };
}

/** A cloud whose engines live in `api` needs nothing here. */
export const noEngines: EngineHosts = {
  operations: [],
  processes: [],
  start: async () => {},
  stopGuests: async () => {},
};

async function load<T>(engine: string, factory: string, options: object): Promise<T | undefined> {
  const path = `${enginesDir}/${engine}/host.ts`;
  if (!existsSync(path)) return undefined;
  const module = (await import(path)) as Record<string, (options: object) => T | Promise<T>>;
  return module[factory]?.(options);
}
