import { ifFound, onlyOne, pathOf, type ServiceClient } from './service.ts';
import type { Session } from './session.ts';

/** A domain, project, user or role (Identity API v3). */
export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface ApplicationCredential extends Named {
  readonly projectId: string;
  readonly roles: readonly string[];
  readonly expiresAt: string | undefined;
}

export interface NewApplicationCredential {
  readonly name: string;
  readonly description?: string;
  /** One is made when absent. */
  readonly secret?: string;
  /** Names; those of the token when absent. */
  readonly roles?: readonly string[];
  /** UTC, `2026-12-31T23:59:59`. */
  readonly expiresAt?: string;
}

export interface Project extends Named {
  readonly domainId: string;
  readonly enabled: boolean;
}

/** A person's role in a project. */
export interface ProjectRole {
  readonly projectId: string;
  readonly userId: string;
  /** Its name. */
  readonly role: string;
}

interface AssignmentView {
  readonly role: Named;
  readonly user?: { readonly id: string };
  readonly scope: { readonly project?: { readonly id: string } };
}

/** The calls of Keystone besides signing in. */
export interface IdentityClient {
  /** Makes one for oneself in the session's project; the secret is told this once. `conflict` when the name is taken. */
  createApplicationCredential(
    wanted: NewApplicationCredential,
  ): Promise<{ readonly credential: ApplicationCredential; readonly secret: string }>;
  /** One's own, by name. */
  findApplicationCredential(name: string): Promise<ApplicationCredential | undefined>;
  deleteApplicationCredential(id: string): Promise<boolean>;
  /** Administrators' calls. */
  createDomain(name: string): Promise<Named>;
  findDomain(name: string): Promise<Named | undefined>;
  createProject(project: { readonly name: string; readonly domainId: string }): Promise<Named>;
  findProject(name: string, domainId: string): Promise<Named | undefined>;
  createUser(user: {
    readonly name: string;
    readonly domainId: string;
    readonly password: string;
    readonly defaultProjectId?: string;
  }): Promise<Named>;
  findUser(name: string, domainId: string): Promise<Named | undefined>;
  setPassword(userId: string, password: string): Promise<void>;
  listDomains(): Promise<readonly Named[]>;
  listProjects(): Promise<readonly Project[]>;
  /** Who holds which role in which project, the members of groups by their own names. */
  listProjectRoles(): Promise<readonly ProjectRole[]>;
  /** Repeatable. `notFound` when one of them is missing. */
  grantRole(role: string, userId: string, projectId: string): Promise<void>;
}

interface CredentialView extends Named {
  readonly project_id: string;
  readonly roles: readonly { readonly name: string }[];
  readonly expires_at: string | null;
  readonly secret?: string;
}

export function createIdentityClient(keystone: ServiceClient, session: Session): IdentityClient {
  const mine = async () => pathOf`/users/${(await session.current()).user.id}/application_credentials`;

  async function create(kind: string, attributes: unknown): Promise<Named> {
    const { json } = await keystone.call('POST', `/${kind}s`, { json: { [kind]: attributes } });
    return named((json as Record<string, Named>)[kind]);
  }

  async function find(kind: string, name: string, domainId?: string): Promise<Named | undefined> {
    const { json } = await keystone.call('GET', `/${kind}s`, { query: { name, domain_id: domainId } });
    const found = onlyOne(kind, name, (json as Record<string, Named[]>)[`${kind}s`] ?? []);
    return found && named(found);
  }

  return {
    async createApplicationCredential({ name, description, secret, roles, expiresAt }) {
      const application_credential = {
        name,
        ...(description !== undefined && { description }),
        ...(secret !== undefined && { secret }),
        ...(roles && { roles: roles.map((role) => ({ name: role })) }),
        ...(expiresAt !== undefined && { expires_at: expiresAt }),
      };
      const { json } = await keystone.call('POST', await mine(), { json: { application_credential } });
      const view = (json as { application_credential: CredentialView }).application_credential;
      return { credential: credentialOf(view), secret: view.secret ?? '' };
    },
    async findApplicationCredential(name) {
      const { json } = await keystone.call('GET', await mine(), { query: { name } });
      const found = (json as { application_credentials: CredentialView[] }).application_credentials;
      const one = onlyOne('application credential', name, found);
      return one && credentialOf(one);
    },
    async deleteApplicationCredential(id) {
      return (await ifFound(keystone.call('DELETE', (await mine()) + pathOf`/${id}`))) !== undefined;
    },
    createDomain: (name) => create('domain', { name }),
    findDomain: (name) => find('domain', name),
    createProject: ({ name, domainId }) => create('project', { name, domain_id: domainId }),
    findProject: (name, domainId) => find('project', name, domainId),
    createUser: ({ name, domainId, password, defaultProjectId }) =>
      create('user', {
        name,
        domain_id: domainId,
        password,
        ...(defaultProjectId !== undefined && { default_project_id: defaultProjectId }),
      }),
    findUser: (name, domainId) => find('user', name, domainId),
    async setPassword(userId, password) {
      await keystone.call('PATCH', pathOf`/users/${userId}`, { json: { user: { password } } });
    },
    async listDomains() {
      const { json } = await keystone.call('GET', '/domains');
      return (json as { domains: Named[] }).domains.map(named);
    },
    async listProjects() {
      const { json } = await keystone.call('GET', '/projects');
      const { projects } = json as { projects: (Named & { domain_id: string; enabled: boolean })[] };
      return projects.map(({ id, name, domain_id: domainId, enabled }) => ({ id, name, domainId, enabled }));
    },
    async listProjectRoles() {
      const query = { effective: '', include_names: true };
      const { json } = await keystone.call('GET', '/role_assignments', { query });
      const { role_assignments: assignments } = json as { role_assignments: AssignmentView[] };
      return assignments.flatMap(({ role, user, scope }) =>
        user === undefined || scope.project === undefined
          ? []
          : [{ projectId: scope.project.id, userId: user.id, role: role.name }],
      );
    },
    async grantRole(role, userId, projectId) {
      const found = await find('role', role);
      await keystone.call('PUT', pathOf`/projects/${projectId}/users/${userId}/roles/${found?.id ?? role}`);
    },
  };
}

function named(view: Named | undefined): Named {
  return { id: view?.id ?? '', name: view?.name ?? '' };
}

function credentialOf(view: CredentialView): ApplicationCredential {
  return {
    id: view.id,
    name: view.name,
    projectId: view.project_id,
    roles: view.roles.map(({ name }) => name),
    expiresAt: view.expires_at ?? undefined,
  };
}
