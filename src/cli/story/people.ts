import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse as parseYaml, stringify as toYaml } from 'yaml';
import type { OpenStack } from '../../client/index.ts';
import type { Person } from './stage.ts';

/** Someone of the story: an organisation is a Keystone domain, a person a user, an environment a project. */
export interface Actor {
  readonly person: Exclude<Person, 'admin'>;
  readonly domain: string;
  readonly project: string;
  readonly user: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** An actor as Keystone knows it. */
export interface KnownActor extends Actor {
  readonly domainId: string;
  readonly userId: string;
}

/** Makes the domain, project, user and role of an actor, each unless it is there; the password is set. */
export async function makeActor(admin: OpenStack, actor: Actor, password: string): Promise<KnownActor> {
  const { identity } = admin;
  const domain = (await identity.findDomain(actor.domain)) ?? (await identity.createDomain(actor.domain));
  const domainId = domain.id;
  const { id: projectId } =
    (await identity.findProject(actor.project, domainId)) ??
    (await identity.createProject({ name: actor.project, domainId }));
  const known = await identity.findUser(actor.user, domainId);
  if (known !== undefined) await identity.setPassword(known.id, password);
  const { id: userId } = known ?? (await identity.createUser({ name: actor.user, domainId, password }));
  await identity.grantRole('member', userId, projectId);
  return { ...actor, domainId, userId };
}

/** The people's passwords of an earlier telling, so that whoever signed in with them still can. */
export function passwordsIn(path: string): (person: Person) => string {
  const file = existsSync(path) ? (parseYaml(readFileSync(path, 'utf8')) as PeopleFile) : {};
  return (person) => file.clouds?.[person]?.auth?.password ?? randomBytes(15).toString('base64url');
}

interface PeopleFile {
  readonly clouds?: Partial<Record<Person, { readonly auth?: { readonly password?: string } }>>;
}

/** Writes the `clouds.yaml` with which the story's commands can be typed again; for its owner only. */
export function writePeople(
  path: string,
  admin: Variables,
  people: readonly { readonly actor: Actor; readonly password: string }[],
): void {
  const place = { auth_url: admin.OS_AUTH_URL };
  const common = { identity_api_version: 3, ...(admin.OS_REGION_NAME && { region_name: admin.OS_REGION_NAME }) };
  const entries = people.map(({ actor: { person, user, project, domain }, password }) => {
    const names = { username: user, user_domain_name: domain, project_name: project, project_domain_name: domain };
    return [person, { ...common, auth: { ...place, ...names, password } }];
  });
  const clouds = { admin: { ...common, auth: authOf(admin) }, ...Object.fromEntries(entries) };
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  writeFileSync(draft, toYaml({ clouds }), { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

/** `OS_AUTH_URL`, `OS_USERNAME`… as `clouds.yaml` calls them. */
function authOf(variables: Variables): object {
  const others = ['OS_REGION_NAME', 'OS_CLOUD', 'OS_CLIENT_CONFIG_FILE', 'OS_IDENTITY_API_VERSION'];
  const names = Object.keys(variables).filter((name) => name.startsWith('OS_') && !others.includes(name));
  return Object.fromEntries(names.map((name) => [name.slice(3).toLowerCase(), variables[name]]));
}
