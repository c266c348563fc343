/** A thing of Keystone by id, or by name (in a domain, where that matters). */
export interface Ref {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

export type ProjectRef = Ref & { readonly domain?: Ref };

/** How to prove who one is. */
export type Credentials =
  | {
      readonly kind: 'password';
      readonly user: Ref & { readonly domain?: Ref };
      readonly password: string;
      /** Absent: the user's default project. */
      readonly scope?: { readonly project: ProjectRef } | { readonly domain: Ref } | { readonly system: true };
    }
  | { readonly kind: 'applicationCredential'; readonly id: string; readonly secret: string }
  /** Somebody's token, used as it is: it cannot be renewed. */
  | { readonly kind: 'token'; readonly token: string };

/** What `POST /v3/auth/tokens` wants (Identity API v3). */
export function authBody(credentials: Exclude<Credentials, { kind: 'token' }>): unknown {
  if (credentials.kind === 'applicationCredential') {
    const { id, secret } = credentials;
    return { auth: { identity: { methods: ['application_credential'], application_credential: { id, secret } } } };
  }
  const { user, password, scope } = credentials;
  const identity = { methods: ['password'], password: { user: { ...withDomain(user), password } } };
  return { auth: { identity, ...(scope && { scope: scopeBody(scope) }) } };
}

const defaultDomain: Ref = { id: 'default' };

function withDomain(ref: ProjectRef): ProjectRef {
  return ref.id === undefined ? { domain: defaultDomain, ...ref } : { id: ref.id };
}

function scopeBody(scope: NonNullable<Extract<Credentials, { kind: 'password' }>['scope']>): unknown {
  if ('project' in scope) return { project: withDomain(scope.project) };
  return 'domain' in scope ? scope : { system: { all: true } };
}

/** Where a cloud is, and how to sign in. */
export interface CloudAccess {
  /** `http://…/identity/v3`, or what leads there: `http://…/identity`, `http://…`. */
  readonly authUrl: string;
  readonly credentials: Credentials;
  readonly region?: string;
  /** By type: where services are that the catalog does not have, or has elsewhere. */
  readonly endpoints?: Readonly<Record<string, string>>;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What the usual `OS_*` variables say (`openrc`); undefined without `OS_AUTH_URL`. Throws an `Error` that names the
 * variable that is missing.
 */
export function accessFromEnvironment(variables: Variables): CloudAccess | undefined {
  const authUrl = variables.OS_AUTH_URL;
  if (authUrl === undefined || authUrl === '') return undefined;
  const must = (name: string): string => {
    const value = variables[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set, although OS_AUTH_URL is.`);
    return value;
  };
  const region = variables.OS_REGION_NAME;
  const endpoints = overridesIn(variables);
  return { authUrl, credentials: credentialsFrom(variables, must), ...(region && { region }), ...endpoints };
}

/** `OS_BLOCK_STORAGE_ENDPOINT_OVERRIDE`: `block-storage`, as openstacksdk reads it. */
function overridesIn(variables: Variables): Pick<CloudAccess, 'endpoints'> {
  const found = Object.entries(variables).flatMap(([name, url]) => {
    const [, type] = /^OS_([A-Z_]+)_ENDPOINT_OVERRIDE$/.exec(name) ?? [];
    return type === undefined || !url ? [] : [[type.toLowerCase().replaceAll('_', '-'), url]];
  });
  return found.length === 0 ? {} : { endpoints: Object.fromEntries(found) };
}

function credentialsFrom(variables: Variables, must: (name: string) => string): Credentials {
  const credentialId = variables.OS_APPLICATION_CREDENTIAL_ID;
  if (credentialId) {
    return { kind: 'applicationCredential', id: credentialId, secret: must('OS_APPLICATION_CREDENTIAL_SECRET') };
  }
  if (variables.OS_TOKEN) return { kind: 'token', token: variables.OS_TOKEN };
  const domain = (prefix: string) => refOf(variables[`${prefix}_DOMAIN_ID`], variables[`${prefix}_DOMAIN_NAME`]);
  const user = variables.OS_USER_ID
    ? { id: variables.OS_USER_ID }
    : { name: must('OS_USERNAME'), domain: domain('OS_USER') ?? defaultDomain };
  const project = refOf(variables.OS_PROJECT_ID, variables.OS_PROJECT_NAME);
  return {
    kind: 'password',
    user,
    password: must('OS_PASSWORD'),
    ...(project && { scope: { project: { ...project, domain: domain('OS_PROJECT') ?? defaultDomain } } }),
  };
}

function refOf(id: string | undefined, name: string | undefined): Ref | undefined {
  if (id) return { id };
  return name ? { name } : undefined;
}

/** What a cloud of `clouds.yaml` (parsed) says, in the form of the variables of `openrc`. */
export function variablesOfCloud(clouds: unknown, name: string): Variables {
  const cloud = child(child(clouds, 'clouds'), name);
  if (cloud === undefined) throw new Error(`clouds.yaml has no cloud named ${name}.`);
  const auth = (child(cloud, 'auth') ?? {}) as Readonly<Record<string, unknown>>;
  const own = Object.entries(cloud as Readonly<Record<string, unknown>>).filter(
    ([key]) => key === 'region_name' || key === 'cacert' || key.endsWith('_endpoint_override'),
  );
  const variables = [...Object.entries(auth), ...own].map(([key, value]) => [`OS_${key.toUpperCase()}`, String(value)]);
  return Object.fromEntries(variables);
}

function child(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
