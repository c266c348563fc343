import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Seals the secrets of one column with a key of its own, derived from the installation's master key. */
export interface Sealer {
  /** AES-256-GCM; `row` binds the text to its row, so that it cannot be moved to another. */
  seal(row: string, text: string): Buffer;
  /** Throws when the text was changed, moved, or sealed with another key. */
  open(row: string, sealed: Buffer): string;
}

const version = 1;
const nonceLength = 12;
const tagLength = 16;

/** A sealer for `purpose` (schema, table and column). The master key is at least 32 bytes. */
export function createSealer(masterKey: Buffer, purpose: string): Sealer {
  if (masterKey.length < 32) throw new Error('the master key is too short');
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', purpose, 32));
  return {
    seal(row, text) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(row));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), body]);
    },
    open(row, sealed) {
      if (sealed[0] !== version) throw new Error('sealed by a newer version');
      const nonce = sealed.subarray(1, 1 + nonceLength);
      const tag = sealed.subarray(1 + nonceLength, 1 + nonceLength + tagLength);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
      decipher.setAAD(Buffer.from(row)).setAuthTag(tag);
      const body = sealed.subarray(1 + nonceLength + tagLength);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    },
  };
}
