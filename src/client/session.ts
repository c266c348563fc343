import { Fault } from '../kernel/base/errors.ts';
import { authBody, type CloudAccess } from './credentials.ts';
import type { ApiAnswer, Transport } from './transport.ts';

/** A token and what came with it. */
export interface SignedIn {
  readonly token: string;
  readonly expiresAt: Date;
  readonly user: { readonly id: string; readonly name: string };
  readonly project: { readonly id: string; readonly name: string } | undefined;
  readonly roles: readonly string[];
  readonly catalog: readonly CatalogEntry[];
}

export interface CatalogEntry {
  readonly type: string;
  readonly name: string;
  readonly endpoints: readonly { readonly interface: string; readonly region: string; readonly url: string }[];
}

/** A sign-in that is kept and renewed. */
export interface Session {
  /** The current sign-in, renewed when its token is about to end. */
  current(): Promise<SignedIn>;
  /** Forgets a token that was refused; false when it cannot be renewed. */
  renew(refused: SignedIn): boolean;
  /** The public URL of a service, without a slash at the end; `notFound` when the catalog has none. */
  endpoint(type: string): Promise<string>;
  /** The identity service's v3 URL, without a slash at the end. */
  identityUrl(): Promise<string>;
}

/** Renewed this long before the end, so that no request ends on the way. */
const marginMs = 60_000;

/** Names by which other clouds call the same service (OpenStack service types authority, aliases). */
const aliases: Readonly<Record<string, readonly string[]>> = {
  'block-storage': ['block-storage', 'volumev3', 'block-store'],
  'object-store': ['object-store', 'object-storage'],
};

export function createSession(transport: Transport, access: CloudAccess, now: () => Date): Session {
  let attempt: Promise<SignedIn> | undefined;
  /** What `attempt` gave. */
  let kept: SignedIn | undefined;
  let identity: Promise<string> | undefined;

  function identityUrl(): Promise<string> {
    identity ??= discover(transport, access.authUrl).catch((error: unknown) => {
      identity = undefined;
      throw error;
    });
    return identity;
  }

  async function begin(): Promise<SignedIn> {
    try {
      kept = await signIn(transport, await identityUrl(), access);
      return kept;
    } catch (error) {
      attempt = undefined;
      throw error;
    }
  }

  async function current(): Promise<SignedIn> {
    attempt ??= begin();
    const found = await attempt;
    const left = found.expiresAt.getTime() - now().getTime();
    if (left > marginMs || access.credentials.kind === 'token') return found;
    forget(found);
    attempt ??= begin();
    return attempt;
  }

  /** Several who find the same token too old, or refused, renew it once. */
  function forget(old: SignedIn): void {
    if (kept === old) {
      kept = undefined;
      attempt = undefined;
    }
  }

  return {
    current,
    identityUrl,
    renew(refused) {
      if (access.credentials.kind === 'token') return false;
      forget(refused);
      return true;
    },
    async endpoint(type) {
      const elsewhere = access.endpoints?.[type];
      if (elsewhere !== undefined) return elsewhere.replace(/\/+$/, '');
      const { catalog } = await current();
      const types = aliases[type] ?? [type];
      const urls = catalog
        .filter((entry) => types.includes(entry.type))
        .flatMap(({ endpoints }) => endpoints)
        .filter((endpoint) => endpoint.interface === 'public')
        .filter(({ region }) => access.region === undefined || region === access.region)
        .map(({ url }) => url.replace(/\/+$/, ''));
      const [url] = urls;
      if (url === undefined) throw new Fault('notFound', `The cloud at ${access.authUrl} offers no service ${type}.`);
      return url;
    },
  };
}

/** Finds the v3 URL behind what people set as auth URL. */
export async function discover(transport: Transport, authUrl: string): Promise<string> {
  const bare = authUrl.replace(/\/+$/, '');
  if (bare.endsWith('/v3')) return bare;
  const { json } = await transport.send({ method: 'GET', url: new URL(`${bare}/`) });
  const versions = (json as { versions?: { values?: VersionDocument[] } } | undefined)?.versions?.values ?? [];
  const href = versions.find(({ id }) => id.startsWith('v3'))?.links.find(({ rel }) => rel === 'self')?.href;
  if (href === undefined) throw new Fault('notFound', `${authUrl} is not an OpenStack identity service (no v3 there).`);
  return new URL(href, `${bare}/`).href.replace(/\/+$/, '');
}

interface VersionDocument {
  readonly id: string;
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}

/** The part of a token's body that we use. */
interface TokenBody {
  readonly token: {
    readonly expires_at: string;
    readonly user: { readonly id: string; readonly name: string };
    readonly project?: { readonly id: string; readonly name: string };
    readonly roles?: readonly { readonly name: string }[];
    readonly catalog?: readonly CatalogEntry[];
  };
}

async function signIn(transport: Transport, identityUrl: string, { credentials }: CloudAccess): Promise<SignedIn> {
  const url = new URL(`${identityUrl}/auth/tokens`);
  if (credentials.kind === 'token') {
    const { token } = credentials;
    const headers = { 'X-Auth-Token': token, 'X-Subject-Token': token };
    return signedInAs(token, await transport.send({ method: 'GET', url, headers }));
  }
  const answer = await transport.send({ method: 'POST', url, json: authBody(credentials) });
  return signedInAs(answer.headers['x-subject-token'] ?? '', answer);
}

function signedInAs(token: string, answer: ApiAnswer): SignedIn {
  const body = (answer.json as TokenBody | undefined)?.token;
  if (token === '' || body === undefined) {
    throw new Fault('engineUnavailable', 'The identity service answered a sign-in without a token.');
  }
  const { expires_at, user, project, roles = [], catalog = [] } = body;
  return { token, expiresAt: new Date(expires_at), user, project, roles: roles.map(({ name }) => name), catalog };
}
