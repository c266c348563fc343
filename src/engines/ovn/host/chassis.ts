import { readFile } from 'node:fs/promises';
import { callOnce, callUntil } from './control.ts';
import type { Layout } from './layout.ts';

const database = 'OVN_Southbound';

interface Rows {
  readonly rows?: readonly { readonly name?: string; readonly chassis_name?: string }[];
}

/**
 * Takes this host's entry under a former name out of the southbound database: two hosts with one tunnel address are
 * refused, and a host that was renamed would never get its network back.
 */
export async function forgetFormerName(layout: Layout, hostName: string, tunnelAddress: string): Promise<void> {
  const transact = (...operations: readonly object[]) =>
    callOnce(layout.southboundSocket, 'transact', [database, ...operations]) as Promise<readonly Rows[]>;
  const where = [['ip', '==', tunnelAddress]];
  const [held] = await transact({ op: 'select', table: 'Encap', where, columns: ['chassis_name'] });
  for (const { chassis_name: name } of held?.rows ?? []) {
    if (name !== hostName) await transact({ op: 'delete', table: 'Chassis', where: [['name', '==', name]] });
  }
}

/** Resolves when the controller that runs now is connected and has registered the host. */
export async function chassisReady(layout: Layout, hostName: string, signal: AbortSignal): Promise<void> {
  const pidFile = `${layout.ovnRun}/ovn-controller.pid`;
  // Its control socket has its pid in its name; a former controller's was removed before this one started.
  const control = async () => `${layout.ovnRun}/ovn-controller.${(await readFile(pidFile, 'utf8')).trim()}.ctl`;
  await callUntil(control, 'connection-status', [], (answer) => String(answer).trim() === 'connected', signal);
  const query = { op: 'select', table: 'Chassis', where: [['name', '==', hostName]], columns: ['name'] };
  const registered = (answer: unknown) => ((answer as readonly Rows[])[0]?.rows?.length ?? 0) > 0;
  await callUntil(layout.southboundSocket, 'transact', [database, query], registered, signal);
}
