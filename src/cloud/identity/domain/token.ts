import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';

/**
 * Tokens: what they say, packed in binary, and an HMAC-SHA256 over it. Nothing is stored when one is issued; whether
 * what it says still holds (user enabled, roles…) is looked up when it is used.
 *
 *     version 1 · key id 1 · methods 1 · scope kind 1 · issued 6 · expires 6 · audit id 16 · flags 1
 *     · user id · [scope id] · [application credential id] · [trust id] · [parent audit id 16] · mac 32
 *
 * Times are milliseconds since 1970, big-endian. An id is a length byte and its bytes: hex ids (the rule) as what the
 * digits say, others as UTF-8 with 128 added to the length. The whole in base64url is at most 255 characters.
 */

/** A signing key; ids 0 to 255 tell the keys of a ring apart. */
export interface TokenKey {
  readonly id: number;
  /** At least 32 bytes. */
  readonly secret: Uint8Array;
}

/** Ways to prove who one is, as the API names them; the order gives the bits. */
export const authMethods = ['password', 'token', 'application_credential', 'ec2credential'] as const;
export type AuthMethod = (typeof authMethods)[number];

export type Scope =
  | { readonly kind: 'unscoped' }
  | { readonly kind: 'project'; readonly id: string }
  | { readonly kind: 'domain'; readonly id: string }
  | { readonly kind: 'system' };

export const unscoped: Scope = { kind: 'unscoped' };
const scopeKinds = ['unscoped', 'project', 'domain', 'system'] as const;

export interface TokenPayload {
  readonly userId: string;
  readonly scope: Scope;
  readonly methods: readonly AuthMethod[];
  readonly applicationCredentialId: string | null;
  /** The trust by which the user, or somebody in its name, acts. */
  readonly trustId: string | null;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** 22 characters of base64url: names the token in logs and revocations without giving it away. */
  readonly auditId: string;
  /** The audit id of the first token of the chain from which this one was made. */
  readonly parentAuditId: string | null;
}

export interface TokenCodec {
  encode(payload: TokenPayload): string;
  /** Undefined unless one of the ring's keys signed it. Does not look at the expiry. */
  decode(token: string): TokenPayload | undefined;
}

const formatVersion = 1;
const macLength = 32;
const auditLength = 16;
const fixedLength = 33;
const maxTokenLength = 255;
const flagCredential = 1;
const flagParent = 2;
const flagTrust = 4;
const tokenPattern = /^[A-Za-z0-9_-]{60,255}$/;

/** Signs with the first key, accepts all: put a new key first, and drop an old one when its last token has expired. */
export function createTokenCodec(keys: readonly TokenKey[]): TokenCodec {
  const [first] = keys;
  if (first === undefined) throw new Error('tokens need a signing key');
  const ring = new Map(keys.map(({ id, secret }) => [id, createSecretKey(secret)]));
  return {
    encode: (payload) => encode(payload, first.id, ring.get(first.id) as KeyObject),
    decode: (token) => decode(token, ring),
  };
}

/** The ring that an installation's one secret gives; `generations` counts up when a new key is wanted. */
export function tokenKeysFrom(masterKey: Uint8Array, generations: readonly number[] = [0]): TokenKey[] {
  return generations.map((id) => ({
    id,
    secret: new Uint8Array(hkdfSync('sha256', masterKey, 'andromede', `identity token ${id}`, 32)),
  }));
}

function encode(payload: TokenPayload, keyId: number, key: KeyObject): string {
  const head = Buffer.alloc(fixedLength);
  head[0] = formatVersion;
  head[1] = keyId;
  head[2] = payload.methods.reduce((bits, method) => bits | (1 << authMethods.indexOf(method)), 0);
  head[3] = scopeKinds.indexOf(payload.scope.kind);
  head.writeUIntBE(payload.issuedAt, 4, 6);
  head.writeUIntBE(payload.expiresAt, 10, 6);
  Buffer.from(payload.auditId, 'base64url').copy(head, 16);
  head[32] =
    (payload.applicationCredentialId === null ? 0 : flagCredential) |
    (payload.parentAuditId === null ? 0 : flagParent) |
    (payload.trustId === null ? 0 : flagTrust);
  const parts = [head, packId(payload.userId)];
  if ('id' in payload.scope) parts.push(packId(payload.scope.id));
  if (payload.applicationCredentialId !== null) parts.push(packId(payload.applicationCredentialId));
  if (payload.trustId !== null) parts.push(packId(payload.trustId));
  if (payload.parentAuditId !== null) parts.push(Buffer.from(payload.parentAuditId, 'base64url'));
  const body = Buffer.concat(parts);
  const token = Buffer.concat([body, mac(key, body)]).toString('base64url');
  if (token.length > maxTokenLength) throw new Error('an id is too long for a token');
  return token;
}

function mac(key: KeyObject, body: Uint8Array): Buffer {
  return createHmac('sha256', key).update(body).digest();
}

function decode(token: string, ring: ReadonlyMap<number, KeyObject>): TokenPayload | undefined {
  if (!tokenPattern.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  // Node overlooks bits and characters too many: one token, one spelling.
  if (bytes.toString('base64url') !== token) return undefined;
  const body = bytes.subarray(0, bytes.length - macLength);
  if (body.length < fixedLength || body[0] !== formatVersion) return undefined;
  const key = ring.get(body[1] as number);
  if (key === undefined || !timingSafeEqual(mac(key, body), bytes.subarray(body.length))) return undefined;
  return unpack(body);
}

/** Reads what was signed by us, hence is well formed. */
function unpack(body: Buffer): TokenPayload {
  const bits = body[2] as number;
  const kind = scopeKinds[body[3] as number] ?? 'unscoped';
  const flags = body[32] as number;
  const reader = new IdReader(body, fixedLength);
  const userId = reader.id();
  const scope: Scope = kind === 'project' || kind === 'domain' ? { kind, id: reader.id() } : { kind };
  return {
    userId,
    scope,
    methods: authMethods.filter((_, index) => (bits & (1 << index)) !== 0),
    applicationCredentialId: flags & flagCredential ? reader.id() : null,
    trustId: flags & flagTrust ? reader.id() : null,
    issuedAt: body.readUIntBE(4, 6),
    expiresAt: body.readUIntBE(10, 6),
    auditId: body.toString('base64url', 16, 16 + auditLength),
    parentAuditId: flags & flagParent ? reader.auditId() : null,
  };
}

const hexPattern = /^([0-9a-f]{2}){1,64}$/;
const utf8Mark = 128;

function packId(id: string): Buffer {
  const hex = hexPattern.test(id);
  const bytes = Buffer.from(id, hex ? 'hex' : 'utf8');
  if (bytes.length === 0 || bytes.length >= utf8Mark) throw new Error(`cannot put an id of this length in a token`);
  return Buffer.concat([Buffer.of(hex ? bytes.length : bytes.length + utf8Mark), bytes]);
}

class IdReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  id(): string {
    const mark = this.#bytes[this.#at] ?? 0;
    const start = this.#at + 1;
    this.#at = start + (mark % utf8Mark);
    return this.#bytes.toString(mark < utf8Mark ? 'hex' : 'utf8', start, this.#at);
  }

  auditId(): string {
    const start = this.#at;
    this.#at += auditLength;
    return this.#bytes.toString('base64url', start, this.#at);
  }
}
