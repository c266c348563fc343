import type { Accelerator } from '../../engines/qemu/accelerator.ts';
import type { CeilingsState } from '../../engines/qemu/ceilings.ts';
import type { Logger } from '../../kernel/base/log.ts';
import type { HostEvents, HostOperation, HostStream } from '../../kernel/hostlink/protocol.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { vethNames } from './machine-network.ts';

/** The host sides of the engines, joined: OVN plugs the cards of QEMU's guests. */
export interface EngineHosts {
  readonly operations: readonly HostOperation[];
  readonly streams: readonly HostStream[];
  /** For the supervisor. */
  readonly processes: readonly ProcessSpec[];
  /** What runs guests' code, for `status`; undefined while that is being found out. */
  accelerator(): Accelerator | undefined;
  /** Whether guests have ceilings, for `status`. */
  ceilings(): CeilingsState | undefined;
  /** Takes up guests again; resolves when the engines serve. `processes` are ready by then. */
  start(): Promise<void>;
  /** Stops guests by ACPI, and by force after the deadline. */
  stopGuests(deadlineMs: number): Promise<void>;
  /** Lets go of everything and leaves it running. */
  close(): Promise<void>;
}

/** Builds the host sides of the real engines. Their modules are loaded here only, so that a simulated cloud stays lean. */
export async function realEngines(
  installation: Installation,
  assetsDir: string,
  events: HostEvents,
  log: Logger,
): Promise<EngineHosts> {
  const [{ createOvnHost }, { createQemuHost }, { createVolumeHost }] = await Promise.all([
    import('../../engines/ovn/host.ts'),
    import('../../engines/qemu/host.ts'),
    import('../../engines/local-disk/volume-host.ts'),
  ]);
  const externalVeth = vethNames(installation.dataDir).inside;
  const ovn = createOvnHost({ installation, externalVeth, log: log.child({ engine: 'ovn' }) });
  const { plugger } = ovn;
  const qemu = createQemuHost({ installation, plugger, events, assetsDir, log: log.child({ engine: 'qemu' }) });
  return {
    operations: [...qemu.operations, ...(await createVolumeHost(installation, qemu.volumes))],
    streams: qemu.streams,
    processes: ovn.processes,
    accelerator: () => qemu.accelerator,
    ceilings: () => qemu.ceilings,
    async start() {
      await ovn.ready();
      await qemu.start();
    },
    stopGuests: (deadlineMs) => qemu.stopGuests(deadlineMs),
    async close() {
      qemu.close();
      await ovn.close();
    },
  };
}

/** A cloud whose engines live in `api` needs nothing here. */
export const noEngines: EngineHosts = {
  operations: [],
  streams: [],
  processes: [],
  accelerator: () => undefined,
  ceilings: () => undefined,
  start: async () => {},
  stopGuests: async () => {},
  close: async () => {},
};
