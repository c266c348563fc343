import { randomUUID } from 'node:crypto';
import type { Language } from '../../kernel/base/i18n.ts';
import { ApiRefusal, usageFailure } from '../failures.ts';
import type { Credentials } from './credentials.ts';
import { exchange, type JsonReply } from './exchange.ts';
import { credentialTexts } from './texts.ts';

/** Service types of the catalog that the commands use. */
export type ServiceType = 'identity' | 'compute' | 'network' | 'orchestration' | 'marketplace';

export interface SendOptions {
  readonly idempotencyKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

interface CatalogEntry {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly region: string; readonly url: string }[];
}

interface Session {
  readonly token: string;
  readonly catalog: readonly CatalogEntry[];
  readonly projectId: string | undefined;
}

/** A cloud as one person sees it: signs in at the first request, and keeps the token as long as the process lives. */
export class Cloud {
  readonly language: Language;
  readonly #credentials: Credentials;
  #session: Promise<Session> | undefined;

  constructor(credentials: Credentials, language: Language) {
    this.#credentials = credentials;
    this.language = language;
  }

  /** The JSON at a path of a service. */
  async get<T>(service: ServiceType, path: string, options?: SendOptions): Promise<T> {
    return (await this.#send('GET', service, path, undefined, options)).body as T;
  }

  /** Posts under an `Idempotency-Key`, a new one unless it is given. */
  async post<T>(service: ServiceType, path: string, body: object = {}, options: SendOptions = {}): Promise<T> {
    const idempotencyKey = options.idempotencyKey ?? randomUUID();
    return (await this.#send('POST', service, path, body, { ...options, idempotencyKey })).body as T;
  }

  async put<T>(service: ServiceType, path: string, body?: object): Promise<T> {
    return (await this.#send('PUT', service, path, body)).body as T;
  }

  async patch<T>(service: ServiceType, path: string, body: object): Promise<T> {
    return (await this.#send('PATCH', service, path, body)).body as T;
  }

  /** Everything of a list of the market, page by page. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let after = ''; ; ) {
      const url = after === '' ? path : `${path}${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(after)}`;
      const page = await this.get<{ items: T[]; next: string | null }>('marketplace', url);
      items.push(...page.items);
      if (page.next === null || page.items.length === 0) return items;
      after = page.next;
    }
  }

  /** The project of the credentials. */
  async projectId(): Promise<string> {
    const { projectId } = await this.#signedIn();
    if (projectId === undefined) throw usageFailure(credentialTexts(this.language).noProject);
    return projectId;
  }

  /** The URL of a service, without a slash at its end. */
  async url(service: ServiceType): Promise<string> {
    if (this.#credentials.kind === 'token') {
      if (service === 'marketplace') return this.#credentials.endpoint;
      throw usageFailure(credentialTexts(this.language).noCatalog);
    }
    const { region, authUrl } = this.#credentials;
    if (service === 'identity') return authUrl;
    const { catalog } = await this.#signedIn();
    const endpoints = catalog.find(({ type }) => type === service)?.endpoints ?? [];
    const fitting = endpoints.filter(
      (one) => one.interface === 'public' && (region === undefined || one.region === region),
    );
    const [endpoint] = fitting;
    if (endpoint !== undefined) return endpoint.url.replace(/\/+$/, '');
    throw usageFailure(
      credentialTexts(this.language).noService(
        service,
        catalog.map(({ type }) => type),
      ),
    );
  }

  async #send(
    method: string,
    service: ServiceType,
    path: string,
    body: object | undefined,
    options: SendOptions = {},
  ): Promise<JsonReply> {
    const session = this.#session;
    try {
      return await this.#sendOnce(method, service, path, body, options);
    } catch (error) {
      const wasOld = session !== undefined && session === this.#session;
      if (!(error instanceof ApiRefusal && error.status === 401 && wasOld)) throw error;
      // The token has expired or was revoked while this process lived: one more sign-in tells.
      this.#session = undefined;
      return this.#sendOnce(method, service, path, body, options);
    }
  }

  async #sendOnce(
    method: string,
    service: ServiceType,
    path: string,
    body: object | undefined,
    { idempotencyKey, headers }: SendOptions,
  ): Promise<JsonReply> {
    const { token } = await this.#signedIn();
    return exchange({
      ...{ method, url: `${await this.url(service)}${path}`, body },
      headers: {
        'X-Auth-Token': token,
        'Accept-Language': this.language,
        ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
        ...headers,
      },
      // OpenStack's own APIs know no Idempotency-Key: what they were sent, they may have done.
      repeatable: method !== 'POST' || service === 'marketplace',
    });
  }

  #signedIn(): Promise<Session> {
    this.#session ??= signIn(this.#credentials);
    return this.#session;
  }
}

async function signIn(credentials: Credentials): Promise<Session> {
  if (credentials.kind === 'token') return { token: credentials.token, catalog: [], projectId: undefined };
  const { headers, body } = await exchange({
    ...{ method: 'POST', url: `${credentials.authUrl}/auth/tokens`, headers: {}, body: credentials.auth },
    repeatable: true,
  });
  const { token } = body as {
    token: { catalog?: CatalogEntry[]; project?: { id: string } };
  };
  return {
    token: String(headers['x-subject-token']),
    catalog: token.catalog ?? [],
    projectId: token.project?.id,
  };
}
