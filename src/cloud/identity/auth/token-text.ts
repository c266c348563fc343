import { unscoped } from '../domain/token.ts';
import type { KnownCatalog } from '../store/directory.ts';
import { keystoneTime, type ResolvedToken } from './resolve.ts';

/** Writes tokens as the API shows them (Identity API v3, "Password authentication", response), in JSON. */
export type TokenWriter = (resolved: ResolvedToken, catalog: KnownCatalog | undefined) => string;

/** Each token's own part is written once, and the catalog once for all between two changes of it. */
export function createTokenWriter(): TokenWriter {
  const written = new WeakMap<ResolvedToken, string>();
  return (resolved, catalog) => {
    let own = written.get(resolved);
    if (own === undefined) {
      own = JSON.stringify(tokenView(resolved)).slice(0, -1);
      written.set(resolved, own);
    }
    if (catalog === undefined || resolved.payload.scope.kind === unscoped.kind) return `{"token":${own}}}`;
    return `{"token":${own},"catalog":${catalog.textFor(resolved.project?.id ?? null)}}}`;
  };
}

function tokenView(resolved: ResolvedToken): object {
  const { payload, user, project, domain, system, roles, applicationCredential, trust, passwordExpiresAt } = resolved;
  const scoped = payload.scope.kind !== unscoped.kind;
  return {
    methods: payload.methods,
    user: { ...user, password_expires_at: passwordExpiresAt && keystoneTime(passwordExpiresAt) },
    audit_ids: [payload.auditId, ...(payload.parentAuditId === null ? [] : [payload.parentAuditId])],
    expires_at: keystoneTime(payload.expiresAt),
    issued_at: keystoneTime(payload.issuedAt),
    ...(project && { project, is_domain: false }),
    ...(domain && { domain }),
    ...(system && { system: { all: true } }),
    ...(scoped && { roles }),
    ...(applicationCredential && {
      application_credential: {
        id: applicationCredential.id,
        name: applicationCredential.name,
        restricted: !applicationCredential.unrestricted,
        ...(applicationCredential.accessRules && { access_rules: applicationCredential.accessRules }),
      },
    }),
    ...(trust && {
      'OS-TRUST:trust': {
        id: trust.id,
        impersonation: trust.impersonation,
        trustor_user: { id: trust.trustor_user_id },
        trustee_user: { id: trust.trustee_user_id },
      },
    }),
  };
}
