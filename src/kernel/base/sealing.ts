import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Encrypts what must not lie in the database in clear (AES-256-GCM, a key of its own per purpose). */
export interface Sealer {
  /** Text in, text out; `subject` (e.g. the row's id) binds the result to its place: it opens nowhere else. */
  seal(plain: string, subject: string): string;
  /** Throws when the text was changed, moved or sealed under another key. */
  open(sealed: string, subject: string): string;
}

const nonceBytes = 12;
const tagBytes = 16;

/** A sealer whose key is derived (HKDF, RFC 5869) from the installation's master key for one purpose, e.g. `market.credential`. */
export function createSealer(masterKey: Uint8Array, purpose: string): Sealer {
  const key = new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(), `andromede ${purpose}`, 32));
  return {
    seal(plain, subject) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(subject));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open(sealed, subject) {
      if (!sealed.startsWith('v1.')) throw new Error('not a sealed text of a version that we know');
      const bytes = Buffer.from(sealed.slice(3), 'base64url');
      const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes);
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(subject)).setAuthTag(tag);
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8');
    },
  };
}
