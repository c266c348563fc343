import { createHash } from 'node:crypto';

/** A string or number as SSH writes it (RFC 4251, section 5): length, then bytes. */
function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive number with a leading zero where its first bit is set, so that it does not read as negative. */
function number(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, 'base64url');
  return field((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

/** An RSA public key (`n`, `e` of its JWK) as a line of `authorized_keys` (RFC 4253, section 6.6). */
export function sshRsaLine(n: string, e: string, comment: string): string {
  const blob = Buffer.concat([field(Buffer.from('ssh-rsa')), number(e), number(n)]);
  return `ssh-rsa ${blob.toString('base64')} ${comment}`;
}

const keyTypes = new Set([
  'ssh-rsa',
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);

/** The MD5 fingerprint (`aa:bb:…`) of a line of `authorized_keys`; undefined when it is none. */
export function sshFingerprint(line: string): string | undefined {
  const [type = '', encoded = ''] = line.trim().split(/\s+/);
  if (!keyTypes.has(type) || line.trim().includes('\n') || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const blob = Buffer.from(encoded, 'base64');
  if (blob.length < 4 + type.length || !blob.subarray(0, 4 + type.length).equals(field(Buffer.from(type)))) {
    return undefined;
  }
  const digest = createHash('md5').update(blob).digest('hex');
  return digest.match(/../g)?.join(':');
}
