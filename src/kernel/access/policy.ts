import { Fault } from '../base/errors.ts';
import type { Context } from './context.ts';

/**
 * What a route demands before its handler runs. It says nothing of the object: handlers look objects up within
 * `context.projectId` (or check ownership), so that a stranger's object is simply not found.
 */
export type Policy =
  | { readonly kind: 'public' }
  | {
      readonly kind: 'role';
      /** Any of these (after implication); empty: any valid token will do. */
      readonly roles: readonly string[];
      readonly scope: 'project' | 'domain' | 'system' | 'directory' | 'any';
    };

/** The policies in use; a route names one, so that the sweep can list them. */
export const policies = {
  /** No token needed. */
  public: { kind: 'public' },
  /** Any valid token, even unscoped. */
  authenticated: { kind: 'role', roles: [], scope: 'any' },
  projectReader: { kind: 'role', roles: ['reader'], scope: 'project' },
  projectMember: { kind: 'role', roles: ['member'], scope: 'project' },
  projectManager: { kind: 'role', roles: ['manager'], scope: 'project' },
  /** Looks into a directory of people and projects: a domain's own (the handler says which), or the system's. */
  directoryReader: { kind: 'role', roles: ['reader'], scope: 'directory' },
  /** Changes what is in a domain: its manager, within the domain, or an administrator. */
  directoryManager: { kind: 'role', roles: ['manager'], scope: 'directory' },
  /** The cloud's own services, who ask on behalf of their callers. */
  service: { kind: 'role', roles: ['service', 'admin'], scope: 'any' },
  /** `admin` in whatever scope, as OpenStack's services take it. */
  admin: { kind: 'role', roles: ['admin'], scope: 'any' },
} as const satisfies Record<string, Policy>;

/** Throws 401 without a context where one is needed, 403 when the scope or the roles do not suffice. */
export function enforce(policy: Policy, context: Context | undefined, operation: string): void {
  if (policy.kind === 'public') return;
  if (context === undefined) {
    throw new Fault('unauthorized', 'The request you have made requires authentication.');
  }
  const inScope =
    policy.scope === 'any' ||
    (policy.scope === 'project' && context.projectId !== null) ||
    (policy.scope === 'domain' && context.domainId !== null) ||
    (policy.scope === 'system' && context.system) ||
    (policy.scope === 'directory' && (context.domainId !== null || context.system || context.isAdmin));
  const hasRole = policy.roles.length === 0 || policy.roles.some((role) => context.roles.includes(role));
  if (!inScope || !hasRole) {
    throw new Fault('forbidden', `You are not authorized to perform the requested action: ${operation}.`, {
      detail: `needs ${policy.roles.join(' or ') || 'a token'} in scope ${policy.scope}`,
    });
  }
}
