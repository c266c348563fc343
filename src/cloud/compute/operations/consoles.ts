import { createHash, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Context } from '../../../kernel/access/context.ts';
import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { powerStates } from '../domain/states.ts';
import type { Hypervisor } from '../ports.ts';
import { insertConsoleToken, takeConsoleToken } from '../store/console-tokens.ts';
import { visibleServer } from './servers.ts';
import type { ComputeSettings } from './settings.ts';

export type ConsoleKind = 'vnc' | 'serial';

/** Long enough to load a page; a token that was seen in a log later opens nothing. */
const lifetimeMs = 60_000;

/** A token with which the server's console can be opened once, within a minute. 409 when the server does not run. */
export async function issueConsoleToken(
  { store, clock }: ComputeSettings,
  context: Context,
  id: string,
  kind: ConsoleKind,
): Promise<string> {
  const server = await visibleServer(store.db, context, id);
  if (server.powerState !== powerStates.running && server.powerState !== powerStates.paused) {
    throw conflict(`Instance ${id} is not ready: it has a console while it runs.`);
  }
  const token = randomBytes(32).toString('base64url');
  const now = clock.now();
  const expires = new Date(now.getTime() + lifetimeMs);
  const row = { token_hash: hashOf(token), server_id: server.id, kind, expires_at: expires };
  await store.transact((tx) => insertConsoleToken(tx, row, now));
  return token;
}

/** Opens the console that the token is for, and makes the token worthless. */
export async function openConsole(
  { store, clock }: ComputeSettings,
  hypervisor: Hypervisor,
  token: string,
): Promise<Duplex> {
  const found = await takeConsoleToken(store.db, hashOf(token));
  if (found === undefined || found.expires_at <= clock.now()) {
    throw new Fault('forbidden', 'This console token is unknown, used or too old. Ask for another one.');
  }
  return hypervisor.console(found.server_id, found.kind);
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
