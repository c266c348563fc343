import { Fault } from '../../../kernel/base/errors.ts';
import { isSignedBy, isTextSignedBy, type SignedRequest, signedAt, textSignedAt } from '../domain/aws-signature.ts';
import type { Environment } from '../environment.ts';
import { type Credential, ec2CredentialId, findCredential, parseKeys } from '../operations/credentials.ts';
import { issue, type SignedIn } from './sign-in.ts';

/** How old a signed request may be, and how far ahead its clock. */
const mostSkewMs = 15 * 60_000;

/** A token of the user who signed the request with an EC2 key pair, in the pair's project. */
export async function signInBySignature(
  environment: Environment,
  request: SignedRequest & { readonly access: string },
): Promise<SignedIn> {
  const { credential, secret } = await keysOf(environment, request.access);
  if (!isSignedBy(secret, request)) throw invalidSignature();
  checkTime(environment, signedAt(request));
  return tokenFor(environment, credential);
}

/** The same for a text to sign that a service put together itself (S3). */
export async function signInBySignedText(
  environment: Environment,
  { access, text, signature }: { readonly access: string; readonly text: Buffer; readonly signature: string },
): Promise<SignedIn> {
  const { credential, secret } = await keysOf(environment, access);
  if (!isTextSignedBy(secret, text, signature)) throw invalidSignature();
  // Links to objects are signed long before they are used: their age is the S3 service's to judge, as it knows the link.
  const time = textSignedAt(text);
  if (!Number.isNaN(time) && time > environment.clock.now().getTime() + mostSkewMs) throw invalidSignature();
  return tokenFor(environment, credential);
}

async function keysOf(environment: Environment, access: string): Promise<{ credential: Credential; secret: string }> {
  const credential = await findCredential(environment, ec2CredentialId(access));
  const keys = parseKeys(credential?.type === 'ec2' ? credential.blob : '');
  if (credential === undefined || keys.secret === undefined || keys.access !== access) {
    throw new Fault('unauthorized', 'EC2 access key not found.');
  }
  return { credential, secret: keys.secret };
}

function invalidSignature(): Fault {
  return new Fault('unauthorized', 'Invalid EC2 signature.');
}

function checkTime({ clock }: Environment, time: number): void {
  if (!(Math.abs(clock.now().getTime() - time) <= mostSkewMs)) {
    throw new Fault('unauthorized', 'The signature has expired, or says no time: check the clock.');
  }
}

async function tokenFor(environment: Environment, { user_id, project_id }: Credential): Promise<SignedIn> {
  await environment.changes.refresh();
  return issue(environment, {
    userId: user_id,
    scope: { kind: 'project', id: project_id ?? '' },
    methods: ['ec2credential'],
    applicationCredentialId: null,
    trustId: null,
    expiresAt: environment.clock.now().getTime() + environment.tokenLifetimeMs,
    parentAuditId: null,
  });
}
