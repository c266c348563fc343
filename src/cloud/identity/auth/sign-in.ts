import { randomBytes } from 'node:crypto';
import { Fault } from '../../../kernel/base/errors.ts';
import { sql, tables } from '../../../kernel/store/index.ts';
import { type AuthMethod, authMethods, type Scope, type TokenPayload, unscoped } from '../domain/token.ts';
import type { Environment } from '../environment.ts';
import { countUse, findTrust } from '../operations/trusts.ts';
import type { IdentityTables, TrustRow } from '../store/tables.ts';
import { checkPassword } from './lockout.ts';
import { issueTime, type ResolvedToken, resolvePayload, resolveToken } from './resolve.ts';
import { unauthorized } from './unauthorized.ts';

/** A reference by id, or by name within a domain. */
export interface DomainRef {
  readonly id?: string;
  readonly name?: string;
}
export interface NamedRef extends DomainRef {
  readonly domain?: DomainRef;
}

/** What `POST /v3/auth/tokens` says under `auth`. */
export interface SignIn {
  readonly identity: {
    readonly methods: readonly string[];
    readonly password?: { readonly user: NamedRef & { readonly password: string } };
    readonly token?: { readonly id: string };
    readonly application_credential?: NamedRef & { readonly user?: NamedRef; readonly secret: string };
  };
  readonly scope?:
    | 'unscoped'
    | {
        readonly project?: NamedRef;
        readonly domain?: DomainRef;
        readonly system?: { readonly all?: boolean };
        readonly unscoped?: object;
        readonly 'OS-TRUST:trust'?: { readonly id?: string };
      };
}

/** Who somebody proved to be, and what that proof limits. */
interface Proof {
  readonly userId: string;
  readonly methods: readonly AuthMethod[];
  readonly expiresAt: number;
  readonly parentAuditId: string | null;
  readonly credential: { readonly id: string; readonly projectId: string } | null;
}

/** A token and what it stands for. */
export interface SignedIn {
  readonly token: string;
  readonly resolved: ResolvedToken;
}

/** Checks the proofs, finds the scope, and makes a token. 401 whatever is wrong with them, 404 for a token. */
export async function signIn(environment: Environment, request: SignIn): Promise<SignedIn> {
  const proof = await prove(environment, request.identity);
  // A sign-in must see changes of an instant ago, whoever made them (a disabled user, a new role).
  await environment.changes.refresh();
  const trust = await trustFor(environment, proof, request.scope);
  const resolved = await issue(environment, {
    userId: trust?.impersonation ? trust.trustor_user_id : proof.userId,
    scope:
      trust === null ? await chooseScope(environment, proof, request.scope) : { kind: 'project', id: trust.project_id },
    methods: proof.methods,
    applicationCredentialId: proof.credential?.id ?? null,
    trustId: trust?.id ?? null,
    expiresAt: Math.min(proof.expiresAt, trust?.expires_at?.getTime() ?? Number.POSITIVE_INFINITY),
    parentAuditId: proof.parentAuditId,
  });
  if (trust !== null) await countUse(environment, trust);
  return resolved;
}

/** Makes a token that says this; 401 when it would not stand for anything now. */
export async function issue(
  environment: Environment,
  claims: Omit<TokenPayload, 'issuedAt' | 'auditId'>,
): Promise<SignedIn> {
  const payload: TokenPayload = {
    ...claims,
    issuedAt: await issueTime(environment, claims.userId),
    auditId: randomBytes(16).toString('base64url'),
  };
  const resolved = await resolvePayload(environment, payload);
  if (resolved !== undefined) return { token: environment.codec.encode(payload), resolved };
  throw unauthorized('user or scope is missing, disabled, or without a role');
}

/** The trust that the scope names; null when it names none. */
async function trustFor(environment: Environment, proof: Proof, scope: SignIn['scope']): Promise<TrustRow | null> {
  const id = typeof scope === 'object' ? scope['OS-TRUST:trust']?.id : undefined;
  if (id === undefined) return null;
  const trust = await findTrust(environment, id);
  if (trust === undefined) throw unauthorized('there is no such trust');
  if (trust.trustee_user_id !== proof.userId) throw new Fault('forbidden', 'User is not a trustee.');
  if (proof.credential !== null) throw new Fault('forbidden', 'Application credentials cannot request a scope.');
  if (trust.remaining_uses === 0) throw new Fault('forbidden', `No remaining uses for trust ${id}.`);
  return trust;
}

const provers: Record<string, (environment: Environment, identity: SignIn['identity']) => Promise<Proof>> = {
  password: provePassword,
  token: proveToken,
  application_credential: proveApplicationCredential,
};

/** Every method named must succeed, and all must speak of the same user. */
async function prove(environment: Environment, identity: SignIn['identity']): Promise<Proof> {
  let proof: Proof | undefined;
  for (const method of new Set(identity.methods)) {
    const prover = Object.hasOwn(provers, method) ? provers[method] : undefined;
    if (prover === undefined) {
      throw new Fault('unauthorized', 'Attempted to authenticate with an unsupported method.');
    }
    const next = await prover(environment, identity);
    proof = proof === undefined ? next : merge(proof, next);
  }
  if (proof === undefined) throw unauthorized('no method was named');
  return proof;
}

function merge(a: Proof, b: Proof): Proof {
  if (a.userId !== b.userId) throw unauthorized('the methods speak of different users');
  return {
    userId: a.userId,
    methods: authMethods.filter((method) => a.methods.includes(method) || b.methods.includes(method)),
    expiresAt: Math.min(a.expiresAt, b.expiresAt),
    parentAuditId: a.parentAuditId ?? b.parentAuditId,
    credential: a.credential ?? b.credential,
  };
}

function freshProof(environment: Environment, userId: string, method: AuthMethod): Proof {
  const expiresAt = environment.clock.now().getTime() + environment.tokenLifetimeMs;
  return { userId, methods: [method], expiresAt, parentAuditId: null, credential: null };
}

async function provePassword(environment: Environment, { password }: SignIn['identity']): Promise<Proof> {
  if (password === undefined) throw unauthorized('the method password came without its data');
  const user = await findUser(environment, password.user);
  await checkPassword(environment, user, password.user.password);
  if (user?.password_expires_at && user.password_expires_at <= environment.clock.now()) {
    throw new Fault('unauthorized', `The password is expired and needs to be changed for user: ${user.id}.`);
  }
  return freshProof(environment, user?.id ?? '', 'password');
}

async function proveToken(environment: Environment, { token }: SignIn['identity']): Promise<Proof> {
  const resolved = token && (await resolveToken(environment, token.id));
  // As Keystone has it: what proves nothing is not found, where a wrong password is refused.
  if (!resolved) throw new Fault('notFound', 'Failed to validate token');
  const { payload, project, applicationCredential, trust } = resolved;
  if (trust !== null) throw new Fault('forbidden', 'Using a trust-scoped token to create another token is forbidden.');
  return {
    userId: payload.userId,
    methods: authMethods.filter((method) => method === 'token' || payload.methods.includes(method)),
    // A token made from another never outlives it.
    expiresAt: payload.expiresAt,
    parentAuditId: payload.parentAuditId ?? payload.auditId,
    credential: applicationCredential && project ? { id: applicationCredential.id, projectId: project.id } : null,
  };
}

async function proveApplicationCredential(
  environment: Environment,
  { application_credential: given }: SignIn['identity'],
): Promise<Proof> {
  if (given === undefined) throw unauthorized('the method application_credential came without its data');
  const found = await findApplicationCredential(environment, given);
  const matches = await environment.passwords.verify(found?.secret_hash ?? null, given.secret);
  const now = environment.clock.now().getTime();
  const expires = found?.expires_at?.getTime() ?? Number.POSITIVE_INFINITY;
  if (found === undefined || !matches || expires <= now) throw unauthorized('wrong application credential');
  const proof = freshProof(environment, found.user_id, 'application_credential');
  return {
    ...proof,
    expiresAt: Math.min(proof.expiresAt, expires),
    credential: { id: found.id, projectId: found.project_id },
  };
}

async function findApplicationCredential(environment: Environment, given: NamedRef & { user?: NamedRef }) {
  const query = tables<IdentityTables>(environment.store.db)
    .selectFrom('identity.application_credential')
    .selectAll()
    .limit(1);
  if (given.id !== undefined) return query.where('id', '=', given.id).executeTakeFirst();
  const user = given.user && (await findUser(environment, given.user));
  if (user === undefined || given.name === undefined) return undefined;
  return query.where('user_id', '=', user.id).where('name', '=', given.name).executeTakeFirst();
}

async function findUser(environment: Environment, ref: NamedRef) {
  const query = tables<IdentityTables>(environment.store.db)
    .selectFrom('identity.user')
    .select(['id', 'password_hash', 'password_expires_at', 'failed_sign_ins', 'failed_at', 'options'])
    .limit(1);
  if (ref.id !== undefined) return query.where('id', '=', ref.id).executeTakeFirst();
  const domainId = await findDomainId(environment, ref.domain);
  if (domainId === undefined || ref.name === undefined) return undefined;
  return query
    .where('domain_id', '=', domainId)
    .where(sql`lower(name)`, '=', sql`lower(${ref.name})`)
    .executeTakeFirst();
}

async function findDomainId(environment: Environment, ref: DomainRef | undefined): Promise<string | undefined> {
  if (ref?.id !== undefined) return ref.id;
  if (ref?.name === undefined) return undefined;
  const row = await tables<IdentityTables>(environment.store.db)
    .selectFrom('identity.domain')
    .select('id')
    .where(sql`lower(name)`, '=', sql`lower(${ref.name})`)
    .executeTakeFirst();
  return row?.id;
}

async function chooseScope(environment: Environment, proof: Proof, asked: SignIn['scope']): Promise<Scope> {
  if (proof.credential !== null) return credentialScope(environment, proof.credential.projectId, asked);
  if (asked === undefined) return defaultScope(environment, proof.userId);
  const scope = await findScope(environment, asked);
  if (scope === undefined) throw unauthorized('there is no such project or domain');
  return scope;
}

async function findScope(environment: Environment, asked: NonNullable<SignIn['scope']>): Promise<Scope | undefined> {
  if (asked === 'unscoped' || asked.unscoped !== undefined) return unscoped;
  if (asked.system !== undefined) return { kind: 'system' };
  if (asked.domain !== undefined) {
    const id = await findDomainId(environment, asked.domain);
    return id === undefined ? undefined : { kind: 'domain', id };
  }
  const id = asked.project && (await findProjectId(environment, asked.project));
  return id === undefined ? undefined : { kind: 'project', id };
}

async function findProjectId(environment: Environment, ref: NamedRef): Promise<string | undefined> {
  if (ref.id !== undefined) return ref.id;
  const domainId = await findDomainId(environment, ref.domain);
  if (domainId === undefined || ref.name === undefined) return undefined;
  const row = await tables<IdentityTables>(environment.store.db)
    .selectFrom('identity.project')
    .select('id')
    .where('domain_id', '=', domainId)
    .where(sql`lower(name)`, '=', sql`lower(${ref.name})`)
    .executeTakeFirst();
  return row?.id;
}

/** An application credential is good for its one project. */
async function credentialScope(environment: Environment, projectId: string, asked: SignIn['scope']): Promise<Scope> {
  const scope: Scope = { kind: 'project', id: projectId };
  if (asked === undefined) return scope;
  const wanted = await findScope(environment, asked);
  if (wanted?.kind === 'project' && wanted.id === projectId) return scope;
  throw new Fault('unauthorized', 'Application credentials cannot request a scope.');
}

/** Without a scope asked for: the user's default project if they may still work there, else none. */
async function defaultScope({ directory }: Environment, userId: string): Promise<Scope> {
  const projectId = (await directory.user(userId))?.default_project_id;
  if (projectId === null || projectId === undefined) return unscoped;
  const project = await directory.project(projectId);
  const domain = project && (await directory.domain(project.domain_id));
  const roles = await directory.grants(userId, `project:${projectId}`);
  return project?.enabled && domain?.enabled && roles.length > 0 ? { kind: 'project', id: projectId } : unscoped;
}
