import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request as a service saw it, for checking who signed it (Identity API v3, "EC2 tokens"). */
export interface SignedRequest {
  readonly verb: string;
  /** `Host` as the client sent it, with its port. */
  readonly host: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, hex: version 4 only. */
  readonly bodyHash: string;
  readonly signature: string;
}

/** Percent-encodes everything but unreserved characters (RFC 3986), as both versions demand. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `a=1&b=2`, in the order of the bytes of the encoded names. */
export function canonicalQuery(params: Readonly<Record<string, string>>): string {
  return Object.entries(params)
    .map(([key, value]) => [encodeRfc3986(key), encodeRfc3986(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
}

/** Whether the secret made the request's signature (AWS Signature Version 2 or 4). */
export function isSignedBy(secret: string, request: SignedRequest): boolean {
  const hosts = [request.host, request.host.replace(/:\d+$/, '')];
  // Some clients sign the host without its port.
  return hosts.some((host) => {
    const expected = isVersion4(request)
      ? signatureVersion4(secret, { ...request, host })
      : signatureVersion2(secret, { ...request, host });
    return expected !== undefined && equal(expected, request.signature);
  });
}

/** When the request says that it was made, in milliseconds since 1970; NaN when it does not say. */
export function signedAt(request: Pick<SignedRequest, 'params' | 'headers'>): number {
  const compact = headerOf(request.headers, 'x-amz-date') ?? request.params['X-Amz-Date'];
  if (compact === undefined) return Date.parse(request.params.Timestamp ?? '');
  return compactTime(compact);
}

/** `20261125T170000Z` */
function compactTime(text: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/**
 * Whether the secret made the signature over a text that a service put together itself (S3): version 4 when the text
 * begins with its name, else HMAC-SHA1 in base64.
 */
export function isTextSignedBy(secret: string, text: Buffer, signature: string): boolean {
  const lines = text.toString('utf8').split('\n');
  if (lines[0] !== 'AWS4-HMAC-SHA256') {
    return equal(createHmac('sha1', secret).update(text).digest('base64'), signature);
  }
  const scope = (lines[2] ?? '').split('/');
  return equal(hmac(signingKey(secret, scope), text).toString('hex'), signature);
}

/** When a text to sign says that it was made; NaN unless it is one of version 4. */
export function textSignedAt(text: Buffer): number {
  const [algorithm, time = ''] = text.toString('utf8').split('\n');
  return algorithm === 'AWS4-HMAC-SHA256' ? compactTime(time) : Number.NaN;
}

function isVersion4({ headers, params }: SignedRequest): boolean {
  const authorization = headerOf(headers, 'authorization');
  return authorization?.startsWith('AWS4-HMAC-SHA256') ?? params['X-Amz-Algorithm'] === 'AWS4-HMAC-SHA256';
}

function signatureVersion2(secret: string, { verb, host, path, params }: SignedRequest): string | undefined {
  if (params.SignatureVersion !== '2') return undefined;
  const { Signature: _, ...signed } = params;
  const algorithm = params.SignatureMethod === 'HmacSHA1' ? 'sha1' : 'sha256';
  const text = [verb, host, path, canonicalQuery(signed)].join('\n');
  return createHmac(algorithm, secret).update(text).digest('base64');
}

function signatureVersion4(secret: string, request: SignedRequest): string | undefined {
  const { verb, host, path, params, headers, bodyHash } = request;
  const authorization = headerOf(headers, 'authorization');
  const said = (name: string) =>
    authorization === undefined ? params[`X-Amz-${name}`] : new RegExp(`${name}=([^,\\s]+)`).exec(authorization)?.[1];
  const [credential, signedHeaders] = [said('Credential'), said('SignedHeaders')];
  const time = headerOf(headers, 'x-amz-date') ?? params['X-Amz-Date'];
  const scope = credential?.split('/').slice(1) ?? [];
  if (signedHeaders === undefined || time === undefined || scope.length !== 4 || !time.startsWith(scope[0] ?? '')) {
    return undefined;
  }
  const { 'X-Amz-Signature': _, ...signed } = params;
  const lines = signedHeaders
    .split(';')
    .map(
      (name) => `${name}:${(name === 'host' ? host : (headerOf(headers, name) ?? '')).trim().replaceAll(/ +/g, ' ')}`,
    );
  // The parameters of a POST are in its body.
  const query = verb.toUpperCase() === 'POST' ? '' : canonicalQuery(signed);
  const canonical = [verb.toUpperCase(), path, query, ...lines, '', signedHeaders, bodyHash].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hash].join('\n');
  return hmac(signingKey(secret, scope), text).toString('hex');
}

/** The key for a day, region and service (AWS General Reference, "Derive the signing key"). */
function signingKey(secret: string, scope: readonly string[]): Buffer {
  const [day = '', region = '', service = ''] = scope;
  const steps = [day, region, service, 'aws4_request'];
  return steps.reduce<Buffer>((key, step) => hmac(key, step), Buffer.from(`AWS4${secret}`));
}

function hmac(key: Uint8Array, text: string | Buffer): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function headerOf(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

function equal(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
