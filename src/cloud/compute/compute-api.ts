import type { Context } from '../../kernel/access/context.ts';
import type { Flavor, ServerRecord } from './domain/server.ts';
import { statusOf } from './domain/states.ts';
import { createServers, type ServerAttributes } from './operations/create-server.ts';
import { flavorByIdOrName } from './operations/flavors.ts';
import { createKeypair, getKeypair, type KeypairAttributes, removeKeypair } from './operations/keypairs.ts';
import { act, visibleServer } from './operations/servers.ts';
import type { ComputeSettings } from './operations/settings.ts';
import type { KeypairRow } from './store/tables.ts';

/** A server with the status that the API shows. */
export interface ServerView extends ServerRecord {
  /** `BUILD`, `ACTIVE`, `SHUTOFF`, `ERROR`, … */
  readonly status: string;
}

/** An SSH key of a user's. */
export interface KeypairView {
  readonly name: string;
  readonly userId: string;
  readonly fingerprint: string;
  /** A line of `authorized_keys`. */
  readonly publicKey: string;
}

/**
 * The compute service for the other services of this process. Everything is looked up as the caller sees it: what the
 * caller may not know of is `notFound`. Servers change in the background: look again until their status says so.
 */
export interface ComputeApi {
  /** Accepts the server's creation. Repeated with the same id, it answers what exists, be it deleted. */
  createServer(context: Context, attributes: ServerAttributes, options?: { readonly id?: string }): Promise<ServerView>;
  /** A deleted server is `notFound`. */
  getServer(context: Context, id: string): Promise<ServerView>;
  /** Accepts the deletion; repeating it changes nothing until the server is `notFound`. */
  deleteServer(context: Context, id: string): Promise<void>;
  /** 409 unless it is SHUTOFF. */
  startServer(context: Context, id: string): Promise<void>;
  /** 409 unless it is ACTIVE or in ERROR. */
  stopServer(context: Context, id: string): Promise<void>;
  /** By id, else by name. */
  findFlavor(context: Context, idOrName: string): Promise<Flavor>;
  /** Stores the caller's public key, or makes a pair and answers its private half once (PEM). */
  createKeypair(
    context: Context,
    attributes: KeypairAttributes,
  ): Promise<KeypairView & { readonly privateKey?: string }>;
  getKeypair(context: Context, name: string): Promise<KeypairView>;
  deleteKeypair(context: Context, name: string): Promise<void>;
}

export function computeApi(settings: ComputeSettings): ComputeApi {
  return {
    async createServer(context, attributes, options) {
      const [server] = await createServers(settings, context, attributes, options);
      if (server === undefined) throw new Error('no server was made');
      return viewOf(server);
    },
    getServer: async (context, id) => viewOf(await visibleServer(settings.store.db, context, id)),
    deleteServer: (context, id) => act(settings, context, id, 'delete').then(() => undefined),
    startServer: (context, id) => act(settings, context, id, 'start').then(() => undefined),
    stopServer: (context, id) => act(settings, context, id, 'stop').then(() => undefined),
    findFlavor: (context, idOrName) => flavorByIdOrName(settings, context, idOrName),
    async createKeypair(context, attributes) {
      const { keypair, privateKey } = await createKeypair(settings, context, attributes);
      return { ...keypairOf(keypair), ...(privateKey === undefined ? {} : { privateKey }) };
    },
    getKeypair: async (context, name) => keypairOf(await getKeypair(settings, context.userId, name)),
    deleteKeypair: (context, name) => removeKeypair(settings, context.userId, name),
  };
}

function viewOf(server: ServerRecord): ServerView {
  return { ...server, status: statusOf(server) };
}

function keypairOf({ name, user_id, fingerprint, public_key }: KeypairRow): KeypairView {
  return { name, userId: user_id, fingerprint, publicKey: public_key };
}
