import { randomBytes } from 'node:crypto';
import { badRequest, conflict, notFound } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import { lookUp, metadataTree } from '../domain/guest-metadata.ts';
import type { ServerRecord } from '../domain/server.ts';
import type { FileContent } from '../ports.ts';
import { changeServer, findServer } from '../store/servers.ts';
import { portsInOrder } from '../work/guest.ts';
import type { ComputeSettings } from './settings.ts';

/** Which guest is asking, by the word of whoever carried its question. */
export interface Asker {
  readonly networkId: string;
  readonly address: string;
}

/** Nova's limit: four pieces of 255 characters. */
const passwordLength = 1020;

/** What the metadata service has for the guest at a path; `notFound` when there is nothing, or no such guest. Three queries. */
export async function guestMetadata(settings: ComputeSettings, asker: Asker, path: string): Promise<FileContent> {
  const server = await askingServer(settings, asker);
  const facts = { zone: settings.zone, randomSeed: randomBytes(512).toString('base64'), adminPass: null };
  const found = lookUp(metadataTree(server, await portsInOrder(settings, server), facts), path, server.keyName);
  if (found === undefined) throw notFound('Path', path);
  return found;
}

/** Takes the password that the guest has made and encrypted, once. */
export async function setGuestPassword(settings: ComputeSettings, asker: Asker, password: string): Promise<void> {
  if (password.length > passwordLength) throw badRequest(`A password has at most ${passwordLength} characters.`);
  const { id } = await askingServer(settings, asker);
  await settings.store.transact(async (tx) => {
    const server = await findServer(tx, id, 'update');
    if (server === undefined) throw notFound('Instance', id);
    if (server.guestPassword !== null) throw conflict('The password was set before.');
    await changeServer(tx, id, { guest_password: password });
  });
}

async function askingServer(
  { store, networks }: ComputeSettings,
  { networkId, address }: Asker,
): Promise<ServerRecord> {
  const port = await networks.portAt(networkId, address);
  const server = port && isUuid(port.deviceId) ? await findServer(store.db, port.deviceId) : undefined;
  // Whose device a port is, its owner may write as he likes; that it is this server's card, he may not.
  const isItsCard = server?.nics.some(({ portId }) => portId === port?.id) === true;
  if (server === undefined || !isItsCard || server.vmState === 'deleted') throw notFound('Instance', `at ${address}`);
  return server;
}
