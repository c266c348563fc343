import { Fault } from '../kernel/base/errors.ts';
import { discover } from './session.ts';
import { createTransport, type TransportOptions } from './transport.ts';

/** What a token says, as the identity service answers for it (Identity API v3, "Validate and show information for token"). */
export interface ValidToken {
  readonly expiresAt: Date;
  readonly auditId: string;
  readonly user: { readonly id: string; readonly name: string; readonly domainId: string };
  /** Names, those that others imply included. */
  readonly roles: readonly string[];
  /** At most one of project, domain and system. */
  readonly project: { readonly id: string; readonly name: string; readonly domainId: string } | undefined;
  readonly domainId: string | undefined;
  readonly system: boolean;
  /** The only calls that it may make, when it is limited to some. */
  readonly accessRules: readonly TokenAccessRule[] | undefined;
}

/** A call that an application credential with access rules allows. */
export interface TokenAccessRule {
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

/** Asks an identity service whose token it is. */
export interface TokenValidator {
  /** Undefined when the token is not, or no longer, valid; `engineUnavailable` when nobody answers for it. */
  validate(token: string): Promise<ValidToken | undefined>;
  close(): void;
}

interface Domained {
  readonly id: string;
  readonly name: string;
  readonly domain: { readonly id: string };
}

interface TokenView {
  readonly expires_at: string;
  readonly audit_ids?: readonly string[];
  readonly user: Domained;
  readonly project?: Domained;
  readonly domain?: { readonly id: string };
  readonly system?: object;
  readonly roles?: readonly { readonly name: string }[];
  readonly application_credential?: { readonly access_rules?: readonly TokenAccessRule[] };
}

/**
 * Each token is shown to the service as itself: everybody may ask what their own token is, so whoever validates needs no
 * account there. Without the header, Keystone takes a token with access rules for one that we would not honour.
 */
export function createTokenValidator({ authUrl, ...options }: TransportOptions & { authUrl: string }): TokenValidator {
  const transport = createTransport(options);
  let identityUrl: string | undefined;
  return {
    async validate(token) {
      // What cannot stand in a header is nobody's token.
      if (!/^[\x21-\x7e]+$/.test(token)) return undefined;
      identityUrl ??= await discover(transport, authUrl);
      const headers = { 'X-Auth-Token': token, 'X-Subject-Token': token, 'OpenStack-Identity-Access-Rules': '1.0' };
      const url = new URL(`${identityUrl}/auth/tokens?nocatalog`);
      try {
        const { json } = await transport.send({ method: 'GET', url, headers });
        return validToken((json as { readonly token: TokenView }).token);
      } catch (error) {
        if (error instanceof Fault && ['unauthorized', 'notFound'].includes(error.code)) return undefined;
        throw error;
      }
    },
    close: () => transport.close(),
  };
}

function validToken(view: TokenView): ValidToken {
  const { user, project, roles = [], application_credential: credential } = view;
  return {
    expiresAt: new Date(view.expires_at),
    auditId: view.audit_ids?.[0] ?? '',
    user: { id: user.id, name: user.name, domainId: user.domain.id },
    roles: roles.map(({ name }) => name),
    project: project && { id: project.id, name: project.name, domainId: project.domain.id },
    domainId: view.domain?.id,
    system: view.system !== undefined,
    accessRules: credential?.access_rules,
  };
}
