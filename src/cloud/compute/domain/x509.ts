/**
 * The little of X.509 (RFC 5280) that a key pair for Windows guests needs: a certificate signed by its own key. Pure: the key
 * and what signs with it come in.
 */
export interface SelfSigned {
  /** Its public half: `SubjectPublicKeyInfo`, DER. */
  readonly publicKey: Uint8Array;
  /** Signs with SHA-256 and RSA. */
  sign(bytes: Uint8Array): Uint8Array;
  readonly commonName: string;
  /** Positive; 16 bytes at most. */
  readonly serial: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A value as DER writes it (X.690): tag, length, content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const significant = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.of(tag, 0x80 | significant.length), significant, body]);
}

const sequence = (...content: readonly Uint8Array[]) => der(0x30, ...content);
/** 1.2.840.113549.1.1.11: sha256WithRSAEncryption, without parameters. */
const sha256WithRsa = sequence(Buffer.from('06092a864886f70d01010b0500', 'hex'));
/** 2.5.4.3: commonName. */
const commonNameId = Buffer.from('0603550403', 'hex');

function name(text: string): Buffer {
  return sequence(der(0x31, sequence(commonNameId, der(0x0c, Buffer.from(text, 'utf8')))));
}

/** `20260101000000Z` */
function time(at: Date): Buffer {
  return der(0x18, Buffer.from(`${at.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`, 'ascii'));
}

/** The certificate, DER. */
export function selfSigned(options: SelfSigned): Buffer {
  const { publicKey, commonName, serial, notBefore, notAfter, sign } = options;
  const version3 = der(0xa0, der(0x02, Buffer.of(2)));
  const issuer = name(commonName);
  const validity = sequence(time(notBefore), time(notAfter));
  const positive = Buffer.concat([Buffer.of(0x01), serial.subarray(0, 15)]);
  const body = sequence(version3, der(0x02, positive), sha256WithRsa, issuer, validity, issuer, publicKey);
  return sequence(body, sha256WithRsa, der(0x03, Buffer.of(0), sign(body)));
}

/** DER as people pass it around. */
export function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
