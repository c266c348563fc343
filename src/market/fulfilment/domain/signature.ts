import { createHmac, timingSafeEqual } from 'node:crypto';

/** What is signed of a webhook (https://github.com/standard-webhooks/standard-webhooks, "Symmetric signatures"). */
export interface SignedMessage {
  /** The same at each repetition: `webhook-id`. */
  readonly id: string;
  readonly at: Date;
  readonly body: string;
}

/** A webhook's secret as its receiver keeps it: `whsec_` and 24 to 64 bytes in base64. */
export function writeSecret(bytes: Uint8Array): string {
  return `whsec_${Buffer.from(bytes).toString('base64')}`;
}

/** The headers of a webhook, signed with each of the secrets: during a rotation there are two. */
export function signatureHeaders({ id, at, body }: SignedMessage, secrets: readonly string[]): Record<string, string> {
  const seconds = Math.floor(at.getTime() / 1000);
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') };
}

/** The key with which whoever works on an operation may say how it went: derived, so that it need not be kept. */
export function callbackKey(masterKey: Uint8Array, operationId: string): string {
  return createHmac('sha256', masterKey).update(`andromede market callback ${operationId}`).digest('base64url');
}

/** Whether an `Authorization: Bearer …` header holds that key, in constant time. */
export function bearsKey(header: string | undefined, key: string): boolean {
  const told = Buffer.from(/^Bearer (\S{1,200})$/i.exec(header ?? '')?.[1] ?? '');
  const wanted = Buffer.from(key);
  return told.length === wanted.length && timingSafeEqual(told, wanted);
}
