import type { Language } from '../base/i18n.ts';
import type { AccessRule } from './access-rules.ts';

/** The default roles of OpenStack's secure RBAC, each implying those after it. */
export const roleHierarchy = ['admin', 'manager', 'member', 'reader'] as const;
/** The name of a role; others than the default ones exist but grant nothing by themselves. */
export type RoleName = string;

/** Who is calling, as whom, and where: made once a request from its token, then handed down as first argument. */
export interface Context {
  readonly requestId: string;
  readonly language: Language;
  readonly userId: string;
  readonly userName: string;
  readonly userDomainId: string;
  /** Scope: at most one of project, domain and system. */
  readonly projectId: string | null;
  readonly projectName: string | null;
  readonly projectDomainId: string | null;
  readonly domainId: string | null;
  readonly system: boolean;
  /** With implied roles, e.g. `['admin', 'manager', 'member', 'reader']`. */
  readonly roles: readonly RoleName[];
  /** Holds `admin` in the scope. */
  readonly isAdmin: boolean;
  /** The only calls that the token may make, when it is limited to some. */
  readonly accessRules?: readonly AccessRule[];
  /** The first audit id of the token, for audit records. */
  readonly auditId: string;
  readonly expiresAt: Date;
}

/** Adds the roles that the default ones imply. */
export function withImpliedRoles(roles: readonly RoleName[]): RoleName[] {
  const all = new Set(roles);
  for (const [index, role] of roleHierarchy.entries()) {
    if (all.has(role)) for (const implied of roleHierarchy.slice(index + 1)) all.add(implied);
  }
  return [...all];
}

/** The context of work that the cloud does for itself (reconcilers, sweeps): admin, no project. */
export function systemContext(requestId: string): Context {
  return {
    requestId,
    language: 'en',
    userId: 'system',
    userName: 'system',
    userDomainId: 'default',
    projectId: null,
    projectName: null,
    projectDomainId: null,
    domainId: null,
    system: true,
    roles: withImpliedRoles(['admin']),
    isAdmin: true,
    auditId: 'system',
    expiresAt: new Date(8.64e15),
  };
}

/** The same caller, acting in a project: what a durable workflow uses to go on as the person who began it. */
export function projectContext(requestId: string, userId: string, projectId: string): Context {
  return {
    ...systemContext(requestId),
    userId,
    userName: userId,
    projectId,
    system: false,
    roles: withImpliedRoles(['member']),
    isAdmin: false,
  };
}
