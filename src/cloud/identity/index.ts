import type { Context } from '../../kernel/access/context.ts';
import { Fault } from '../../kernel/base/errors.ts';
import { newHexId } from '../../kernel/base/ids.ts';
import { RecentMap } from '../../kernel/base/recent-map.ts';
import { createSealer } from '../../kernel/base/sealing.ts';
import { type Authenticate, keystoneFault, type Service } from '../../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../../kernel/module/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import { accessRuleRoutes } from './api/access-rules.ts';
import { applicationCredentialRoutes } from './api/application-credentials.ts';
import { assignmentRoutes } from './api/assignments.ts';
import { catalogRoutes } from './api/catalog.ts';
import { credentialRoutes } from './api/credentials.ts';
import { discoveryRoutes } from './api/discovery.ts';
import { domainConfigRoutes } from './api/domain-config.ts';
import { domainRoutes } from './api/domains.ts';
import { endpointFilterRoutes } from './api/endpoint-filters.ts';
import { endpointRoutes } from './api/endpoints.ts';
import { groupRoutes } from './api/groups.ts';
import { limitRoutes } from './api/limits.ts';
import { policyRoutes } from './api/policies.ts';
import { projectTagRoutes } from './api/project-tags.ts';
import { projectRoutes } from './api/projects.ts';
import { regionRoutes } from './api/regions.ts';
import { registeredLimitRoutes } from './api/registered-limits.ts';
import { mount } from './api/replies.ts';
import { roleInferenceRoutes } from './api/role-inference.ts';
import { roleRoutes } from './api/roles.ts';
import { scopeRoutes } from './api/scopes.ts';
import { serviceRoutes } from './api/services.ts';
import { signatureRoutes } from './api/signatures.ts';
import { tokenRoutes } from './api/tokens.ts';
import { trustRoutes } from './api/trusts.ts';
import { userRoutes } from './api/users.ts';
import { createAttempts } from './auth/attempts.ts';
import { createPasswords, type PasswordOptions } from './auth/passwords.ts';
import { contextOf, issueTime, resolvePayload, resolveToken } from './auth/resolve.ts';
import { createTokenWriter } from './auth/token-text.ts';
import { type CatalogConfig, configuredCatalog } from './domain/catalog.ts';
import { noPasswordRules, type PasswordRules } from './domain/password-rules.ts';
import { createTokenCodec, type TokenKey } from './domain/token.ts';
import type { Environment } from './environment.ts';
import { type BootstrapIds, type BootstrapPasswords, bootstrap } from './operations/bootstrap.ts';
import { LoadingCache } from './store/cache.ts';
import { followChanges } from './store/changes.ts';
import { createDirectory } from './store/directory.ts';

export { rootVersions } from './api/discovery.ts';
export type { CatalogConfig, CatalogService } from './domain/catalog.ts';
export { type TokenKey, tokenKeysFrom } from './domain/token.ts';
export type { BootstrapIds, BootstrapPasswords } from './operations/bootstrap.ts';

export const identityMigrations: Migrations = {
  context: 'identity',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface IdentityOptions {
  /** The first signs, all are accepted: see `tokenKeysFrom`. */
  readonly tokenKeys: readonly TokenKey[];
  readonly catalog: CatalogConfig;
  /** One hour unless said. */
  readonly tokenLifetimeMs?: number;
  readonly passwords?: PasswordOptions;
  /** What users keep with us is sealed under keys that follow from it. */
  readonly masterKey: Uint8Array;
  /** Of Keystone's `security_compliance`; nothing is demanded unless said. */
  readonly passwordRules?: Partial<PasswordRules>;
  /** Users, projects, grants, tokens… kept in memory; 100,000 unless said. */
  readonly cacheEntries?: number;
}

/** What other services may know of a project. */
export interface ProjectSummary {
  readonly id: string;
  readonly name: string;
  readonly domainId: string;
  readonly enabled: boolean;
}

/** What other services use in-process. */
export interface IdentityApi {
  /** Who the token speaks for at this moment; without a database read once what it names is in memory. */
  readonly authenticate: Authenticate;
  findProject(id: string): Promise<ProjectSummary | undefined>;
  /**
   * The context of work that goes on for a user in a project after the request that began it (a stack, a retry), with
   * the roles that the user holds now; 403 when there are none left.
   */
  contextFor(as: { readonly userId: string; readonly projectId: string; readonly requestId: string }): Promise<Context>;
  /** Makes what every cloud has; repeatable. */
  bootstrap(passwords: BootstrapPasswords): Promise<BootstrapIds>;
}

const hour = 3_600_000;
/** About two KiB each. */
const mostKnownTokens = 10_000;

/** Keystone v3 at `/identity`. */
export function createIdentity(deps: ModuleDeps & IdentityOptions): Module & { readonly api: IdentityApi } {
  const { store, notifications, clock, publicUrl } = deps;
  const cache = new LoadingCache(deps.cacheEntries ?? 100_000);
  const catalog = configuredCatalog(deps.catalog, publicUrl);
  const environment: Environment = {
    store,
    clock,
    publicUrl,
    catalog,
    changes: followChanges(store, notifications, cache),
    directory: createDirectory(store, cache, catalog),
    passwords: createPasswords(deps.passwords),
    attempts: createAttempts(clock),
    codec: createTokenCodec(deps.tokenKeys),
    knownTokens: new RecentMap(mostKnownTokens),
    writeToken: createTokenWriter(),
    tokenLifetimeMs: deps.tokenLifetimeMs ?? hour,
    sealer: createSealer(deps.masterKey, 'identity.credential'),
    passwordRules: { ...noPasswordRules, ...deps.passwordRules },
  };
  return {
    services: [identityService(environment)],
    api: identityApi(environment),
    close: async () => environment.changes.close(),
  };
}

function identityService(environment: Environment): Service {
  return {
    name: 'identity',
    mount,
    faults: keystoneFault,
    routes: [
      ...discoveryRoutes(environment.publicUrl),
      ...tokenRoutes(environment),
      ...catalogRoutes(environment),
      ...serviceRoutes(environment),
      ...endpointRoutes(environment),
      ...endpointFilterRoutes(environment),
      ...regionRoutes(environment),
      ...policyRoutes(environment),
      ...registeredLimitRoutes(environment),
      ...limitRoutes(environment),
      ...domainRoutes(environment),
      ...domainConfigRoutes(environment),
      ...projectRoutes(environment),
      ...projectTagRoutes(environment),
      ...scopeRoutes(environment),
      ...userRoutes(environment),
      ...groupRoutes(environment),
      ...roleRoutes(environment),
      ...roleInferenceRoutes(environment),
      ...assignmentRoutes(environment),
      ...applicationCredentialRoutes(environment),
      ...accessRuleRoutes(environment),
      ...credentialRoutes(environment),
      ...signatureRoutes(environment),
      ...trustRoutes(environment),
    ],
  };
}

function identityApi(environment: Environment): IdentityApi {
  return {
    async authenticate(token, requestId) {
      const resolved = await resolveToken(environment, token);
      return resolved && contextOf(resolved, requestId);
    },
    async findProject(id) {
      await environment.changes.fresh();
      const project = await environment.directory.project(id);
      return project && { id, name: project.name, domainId: project.domain_id, enabled: project.enabled };
    },
    async contextFor({ userId, projectId, requestId }) {
      await environment.changes.fresh();
      const now = environment.clock.now().getTime();
      const resolved = await resolvePayload(environment, {
        userId,
        scope: { kind: 'project', id: projectId },
        methods: [],
        applicationCredentialId: null,
        trustId: null,
        issuedAt: await issueTime(environment, userId),
        expiresAt: now + environment.tokenLifetimeMs,
        auditId: newHexId(),
        parentAuditId: null,
      });
      if (resolved !== undefined) return contextOf(resolved, requestId);
      throw new Fault('forbidden', `The user has no role in the project ${projectId} any more.`);
    },
    bootstrap: (passwords) => bootstrap(environment, passwords),
  };
}
