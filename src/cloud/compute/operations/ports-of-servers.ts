import type { Context } from '../../../kernel/access/context.ts';
import type { ServerPort } from '../collaborators.ts';
import type { ServerRecord } from '../domain/server.ts';
import type { ComputeSettings } from './settings.ts';

/** The ports of each server, in the order of its network cards. */
export async function portsOf(
  { networks }: ComputeSettings,
  context: Context,
  servers: readonly ServerRecord[],
): Promise<Map<string, ServerPort[]>> {
  const plugged = servers.filter(({ nics }) => nics.length > 0);
  const found = new Map<string, ServerPort[]>();
  if (plugged.length === 0) return found;
  const ports = await networks.listPorts(context, { deviceId: plugged.map(({ id }) => id) });
  const byId = new Map(ports.map((port) => [port.id, port]));
  for (const { id, nics } of plugged)
    found.set(
      id,
      nics.flatMap(({ portId }) => byId.get(portId) ?? []),
    );
  return found;
}
