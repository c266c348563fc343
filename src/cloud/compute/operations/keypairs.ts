import { generateKeyPair, randomBytes, sign, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { lockInTransaction } from '../../../kernel/store/index.ts';
import { sshFingerprint, sshRsaLine } from '../domain/ssh-keys.ts';
import { pem, selfSigned } from '../domain/x509.ts';
import { countKeypairs, deleteKeypair, findKeypair, insertKeypair } from '../store/keypairs.ts';
import type { KeypairRow } from '../store/tables.ts';
import { limitsOf } from './quotas.ts';
import type { ComputeSettings } from './settings.ts';

/** What a keypair is asked to be. */
export interface KeypairAttributes {
  readonly name: string;
  /** A line of `authorized_keys`; absent: a key is made, whose private half is answered once and kept nowhere. */
  readonly publicKey?: string;
  readonly type?: 'ssh' | 'x509';
  /** Only an administrator may name another user. */
  readonly userId?: string;
}

/** A key; the private half only when it was just made. */
export interface NewKeypair {
  readonly keypair: KeypairRow;
  readonly privateKey: string | undefined;
}

/** The user whose keys are meant: the caller, unless an administrator names another. */
export function keyOwner(context: Context, userId: string | undefined): string {
  if (userId === undefined || userId === context.userId) return context.userId;
  if (context.isAdmin) return userId;
  throw new Fault('forbidden', "Policy doesn't allow os_compute_api:os-keypairs of another user to be performed.");
}

const rsaBits = 2048;
const generate = promisify(generateKeyPair);

/** A pair as a keypair's row and its owner have it. */
interface Pair {
  readonly publicKey: string;
  readonly privateKey: string;
}

async function generateSsh(): Promise<Pair> {
  // Off the answering thread: Node makes keys in its thread pool.
  const pair = await generate('rsa', { modulusLength: rsaBits });
  const { n = '', e = '' } = pair.publicKey.export({ format: 'jwk' });
  return {
    publicKey: sshRsaLine(n, e, 'Generated-by-Andromede'),
    privateKey: String(pair.privateKey.export({ type: 'pkcs1', format: 'pem' })),
  };
}

const tenYearsMs = 10 * 365 * 24 * 3_600_000;

/** A certificate with which a user signs in to Windows guests; its private half as PKCS #8. */
async function generateX509(userId: string, now: Date): Promise<Pair> {
  const pair = await generate('rsa', { modulusLength: rsaBits });
  const certificate = selfSigned({
    publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }),
    sign: (bytes) => sign('sha256', bytes, pair.privateKey),
    commonName: userId.slice(0, 64),
    serial: randomBytes(15),
    notBefore: now,
    notAfter: new Date(now.getTime() + tenYearsMs),
  });
  return {
    publicKey: pem('CERTIFICATE', certificate),
    privateKey: String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
}

/** The SHA-1 of a certificate (`aa:bb:…`); undefined when it is none. */
function certificateFingerprint(text: string): string | undefined {
  try {
    return new X509Certificate(text).fingerprint.toLowerCase();
  } catch {
    return undefined;
  }
}

/** Stores a public key, or makes a pair. */
export async function createKeypair(
  settings: ComputeSettings,
  context: Context,
  attributes: KeypairAttributes,
): Promise<NewKeypair> {
  const { store, clock } = settings;
  const userId = keyOwner(context, attributes.userId);
  const type = attributes.type ?? 'ssh';
  const generateOf = type === 'ssh' ? generateSsh : generateX509;
  const made = attributes.publicKey === undefined ? await generateOf(userId, clock.now()) : undefined;
  const publicKey = made?.publicKey ?? attributes.publicKey ?? '';
  const fingerprint = type === 'ssh' ? sshFingerprint(publicKey) : certificateFingerprint(publicKey);
  if (fingerprint === undefined) throw badRequest('Keypair data is invalid: failed to generate fingerprint');
  const row = {
    user_id: userId,
    name: attributes.name,
    type,
    fingerprint,
    public_key: publicKey,
    created_at: clock.now(),
  };
  const keypair = await store.transact(async (tx) => {
    await lockInTransaction(tx, 'compute.keypairs', userId);
    const { key_pairs: most } = await limitsOf(settings, tx, context.projectId ?? '');
    if (most >= 0 && (await countKeypairs(tx, userId)) >= most) {
      throw new Fault('forbidden', 'Quota exceeded, too many key pairs.');
    }
    return insertKeypair(tx, row);
  });
  if (keypair === undefined) throw conflict(`Key pair '${attributes.name}' already exists.`);
  return { keypair, privateKey: made?.privateKey };
}

/** The user's key of that name; `notFound` otherwise. */
export async function getKeypair({ store }: ComputeSettings, userId: string, name: string): Promise<KeypairRow> {
  const keypair = await findKeypair(store.db, userId, name);
  if (keypair === undefined) throw keypairNotFound(userId, name);
  return keypair;
}

export async function removeKeypair({ store }: ComputeSettings, userId: string, name: string): Promise<void> {
  if (!(await deleteKeypair(store.db, userId, name))) throw keypairNotFound(userId, name);
}

function keypairNotFound(userId: string, name: string): Fault {
  return new Fault('notFound', `Keypair ${name} not found for user ${userId}`);
}
