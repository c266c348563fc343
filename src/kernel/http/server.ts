import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods } from 'fastify';
import { type AccessRule, isAllowed } from '../access/access-rules.ts';
import type { Context } from '../access/context.ts';
import { enforce } from '../access/policy.ts';
import { asFault, badRequest, Fault } from '../base/errors.ts';
import { preferredLanguage } from '../base/i18n.ts';
import { newId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import { isTraced, traced, within } from '../base/tracing.ts';
import { type AnswerHeaders, answerHeaders, sendFault, sendReply } from './answers.ts';
import { expectsContinue, markContinue, openBody, readJson } from './body.ts';
import { inRange, negotiate, type Version, versionText } from './microversion.ts';
import { type ApiRequest, Reply, type Route, type Service } from './service.ts';
import { type Validator, validator } from './validation.ts';
import { type WebSockets, webSockets } from './websocket.ts';

/** Turns a token into who is calling; undefined when it is not (or no longer) valid. */
export type Authenticate = (token: string, requestId: string) => Promise<Context | undefined>;

/** What the server tells of each finished request, for logs and metrics. */
export interface RequestRecord {
  readonly operation: string;
  readonly method: string;
  readonly status: number;
  /** Milliseconds. */
  readonly duration: number;
}

export interface ApiServerOptions {
  readonly services: readonly Service[];
  readonly authenticate: Authenticate;
  /** The token of a request without X-Auth-Token, if it brings one in another way: a browser's session. */
  readonly tokenOf?: (request: IncomingMessage) => string | undefined;
  /** What the outside calls us, without a slash at the end. */
  readonly publicUrl: string;
  readonly log: Logger;
  /** Answers what no service is mounted for: `/` and the like. */
  readonly fallback?: (request: IncomingMessage) => Reply | Promise<Reply> | undefined;
  /** Addresses and ranges of proxies whose X-Forwarded-For is believed; nobody's unless said. */
  readonly trustedProxies?: readonly string[];
  readonly onResponse?: (record: RequestRecord) => void;
}

interface RunningOptions extends ApiServerOptions {
  /** Aborts when the server begins to close. */
  readonly closing: AbortSignal;
}

export interface ApiServer {
  /** Listens on a TCP port (0: any) and answers its number. */
  listen(options: { host: string; port: number }): Promise<number>;
  /** Listens on a unix socket too. */
  listenUnix(path: string): Promise<void>;
  /** Stops accepting, lets running requests end, closes. */
  close(): Promise<void>;
}

interface CompiledRoute {
  readonly route: Route;
  readonly validateParams: Validator | undefined;
  readonly validateQuery: Validator | undefined;
  readonly validateBody: Validator | undefined;
}

const noVersion: Version = { major: 0, minor: 0 };

function compile(route: Route): CompiledRoute {
  return {
    route,
    validateParams: route.params && validator('path', route.params),
    validateQuery: route.query && validator('query', route.query),
    validateBody: typeof route.body === 'object' ? validator('body', route.body) : undefined,
  };
}

/** The one HTTP server: routing table in, answers out. Faults are rendered here and nowhere else. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const mounts = [...options.services].sort((a, b) => b.mount.length - a.mount.length);
  const serviceOf = ({ url }: FastifyRequest): Service | undefined =>
    mounts.find(({ mount }) => url === mount || url.startsWith(`${mount}/`));

  /** What the framework refuses, in the words of the API that was called. */
  function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { statusCode = 500, message } = error as { statusCode?: number; message: string };
    const fault = statusCode >= 400 && statusCode < 500 ? badRequest(message) : asFault(error);
    const requestId = requestIdOf(request);
    sendFault(reply, answerHeaders(requestId), fault, { service: serviceOf(request), requestId, log: options.log });
    return reply;
  }

  const sockets = webSockets(options.services, options.log);
  const fastify = Fastify({
    // A URL that is none comes before any route.
    frameworkErrors: refuse,
    trustProxy: [...(options.trustedProxies ?? [])],
    serverFactory: (handler) => httpServer(handler, sockets),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1024 },
    forceCloseConnections: 'idle',
    exposeHeadRoutes: true,
    logger: false,
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));

  const closing = new AbortController();
  // A listener for each stream of events: many are no leak.
  setMaxListeners(0, closing.signal);
  for (const service of options.services) mountService(fastify, service, { ...options, closing: closing.signal });

  fastify.setNotFoundHandler(async (request, reply) => {
    const extra = await options.fallback?.(request.raw);
    const missing = new Fault('notFound', 'The resource could not be found.');
    const requestId = requestIdOf(request);
    if (extra !== undefined) sendReply(reply, 200, {}, extra);
    else sendFault(reply, answerHeaders(requestId), missing, { service: serviceOf(request), requestId });
    return reply;
  });
  fastify.setErrorHandler(refuse);

  const unixServers: Server[] = [];
  return {
    async listen({ host, port }) {
      await fastify.listen({ host, port });
      const address = fastify.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    async listenUnix(path) {
      await fastify.ready();
      const server = httpServer((request, response) => fastify.routing(request, response), sockets);
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
      unixServers.push(server);
    },
    async close() {
      closing.abort();
      for (const server of unixServers) {
        server.closeIdleConnections();
        server.close();
      }
      await fastify.close();
    },
  };
}

function httpServer(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  sockets: WebSockets,
): Server {
  const server = createServer({ keepAliveTimeout: 65_000 }, handler);
  // Without this listener Node itself answers 100, before we know whether the caller may send anything.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    markContinue(request, response);
    handler(request, response);
  });
  sockets.serve(server);
  return server;
}

function mountService(fastify: FastifyInstance, service: Service, options: RunningOptions): void {
  const groups = new Map<string, CompiledRoute[]>();
  for (const route of service.routes) {
    const key = `${route.method} ${route.path}`;
    groups.set(key, [...(groups.get(key) ?? []), compile(route)]);
  }
  for (const [key, candidates] of groups) {
    const method = key.slice(0, key.indexOf(' ')) as HTTPMethods;
    const path = key.slice(key.indexOf(' ') + 1);
    const url = `${service.mount}${path}`;
    fastify.route({
      method,
      url,
      exposeHeadRoute: method === 'GET' && !groups.has(`HEAD ${path}`),
      handler(request, reply) {
        const work = (): Promise<FastifyReply> => answer(service, candidates, options, request, reply);
        return isTraced() ? asTraced(url, request, reply, work) : work();
      },
    });
  }
}

const requestIds = new WeakMap<IncomingMessage, string>();

function requestIdOf(request: FastifyRequest): string {
  const known = requestIds.get(request.raw);
  if (known !== undefined) return known;
  const id = `req-${newId()}`;
  requestIds.set(request.raw, id);
  return id;
}

/** A span a request, named by its route; part of the caller's trace, if it has one. */
function asTraced(
  route: string,
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const { method, headers } = request;
  const attributes = { 'http.request.method': method, 'http.route': route, 'request.id': requestIdOf(request) };
  return within(headers.traceparent as string | undefined, () =>
    traced(`${method} ${route}`, { kind: 'SERVER', attributes }, async (span) => {
      const answered = await work();
      const { statusCode } = reply.raw;
      span.set({ 'http.response.status_code': statusCode });
      if (statusCode >= 500) span.fail(String(statusCode));
      return answered;
    }),
  );
}

async function answer(
  service: Service,
  candidates: readonly CompiledRoute[],
  options: RunningOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const started = performance.now();
  const requestId = requestIdOf(request);
  const headers = answerHeaders(requestId);
  let operation = candidates[0]?.route.operation ?? 'unknown';
  let status = 500;
  try {
    const range = service.microversions;
    const version = range === undefined ? noVersion : negotiate(request.headers, service.name, range);
    const chosen = candidates.find(({ route }) => inRange(version, route.versions));
    if (chosen === undefined)
      throw new Fault('notFound', `Not available in version ${versionText(version)} of this API.`);
    operation = chosen.route.operation;
    if (range !== undefined) echoVersion(headers, service, version);
    const result = await handle(chosen, service, version, options, request, requestId);
    status = sendReply(reply, chosen.route.status ?? 200, headers, result);
  } catch (error) {
    status = sendFault(reply, headers, asFault(error), { service, requestId, log: options.log, operation });
  }
  const record = { operation, method: request.method, status, duration: performance.now() - started };
  options.onResponse?.(record);
  if (options.log.isLevelEnabled('debug')) options.log.debug({ ...record, requestId }, 'answered');
  return reply;
}

async function handle(
  { route, validateParams, validateQuery, validateBody }: CompiledRoute,
  service: Service,
  version: Version,
  options: RunningOptions,
  request: FastifyRequest,
  requestId: string,
): Promise<Reply> {
  // Put where clients put theirs, so that handlers that pass the caller's token on find it.
  request.raw.headers['x-auth-token'] ??= options.tokenOf?.(request.raw);
  const token = request.raw.headers['x-auth-token'];
  const context = typeof token === 'string' && token !== '' ? await options.authenticate(token, requestId) : undefined;
  const spoken = context && { ...context, language: preferredLanguage(request.headers['accept-language']) };
  if (spoken?.accessRules !== undefined) enforceAccessRules(spoken.accessRules, service, request);
  enforce(route.policy, spoken, route.operation);
  validateParams?.(request.params);
  validateQuery?.(request.query);
  const body = validateBody === undefined ? undefined : await readJson(request.raw, route.bodyLimit);
  validateBody?.(body);
  const baseUrl = `${options.publicUrl}${service.mount}`;
  const api = new IncomingRequest({
    request,
    context: spoken,
    requestId,
    body,
    version,
    baseUrl,
    closing: options.closing,
  });
  const result = await route.handler(api);
  // A body that nobody asked for must not stay in the socket's way.
  if (route.body !== 'stream' && !expectsContinue(request.raw)) request.raw.resume();
  return result instanceof Reply ? result : new Reply({ body: result });
}

/** 401, as keystonemiddleware has it, for a call that the token's access rules do not name. */
function enforceAccessRules(rules: readonly AccessRule[], service: Service, request: FastifyRequest): void {
  const [path = ''] = request.url.slice(service.mount.length).split('?');
  const types = [service.name, service.microversions?.serviceType ?? service.name];
  if (types.some((type) => isAllowed(rules, { service: type, method: request.method, path }))) return;
  throw new Fault('unauthorized', 'The access rules of the application credential do not allow this request.');
}

interface Checked extends Pick<ApiRequest<unknown, unknown, unknown>, 'context' | 'requestId' | 'body' | 'version'> {
  readonly request: FastifyRequest;
  readonly baseUrl: string;
  readonly closing: AbortSignal;
}

/** What a handler sees of a request. What few of them look at is made when they do. */
class IncomingRequest implements ApiRequest<unknown, unknown, unknown> {
  readonly context: Context | undefined;
  readonly requestId: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
  readonly version: Version;
  readonly baseUrl: string;
  readonly url: string;
  readonly closing: AbortSignal;
  readonly #request: FastifyRequest;
  #signal: AbortSignal | undefined;

  constructor({ request, context, requestId, body, version, baseUrl, closing }: Checked) {
    this.context = context;
    this.requestId = requestId;
    this.params = request.params;
    this.query = request.query;
    this.body = body;
    this.headers = request.raw.headers;
    this.version = version;
    this.baseUrl = baseUrl;
    this.url = request.url;
    this.closing = closing;
    this.#request = request;
  }

  get clientAddress(): string {
    return this.#request.ip ?? 'local';
  }

  get stream(): Readable {
    return openBody(this.#request.raw);
  }

  get signal(): AbortSignal {
    this.#signal ??= clientGone(this.#request.raw);
    return this.#signal;
  }
}

function clientGone(message: IncomingMessage): AbortSignal {
  const controller = new AbortController();
  const look = (): void => {
    if (!message.complete || message.errored) {
      controller.abort(new Fault('requestTimeout', 'The client went away.'));
    }
  };
  if (message.closed) look();
  else message.once('close', look);
  return controller.signal;
}

function echoVersion(headers: AnswerHeaders, { name, microversions }: Service, version: Version): void {
  const text = versionText(version);
  const legacy = microversions?.legacyHeader;
  headers['OpenStack-API-Version'] = `${microversions?.serviceType ?? name} ${text}`;
  headers.Vary = legacy === undefined ? 'OpenStack-API-Version' : `OpenStack-API-Version, ${legacy}`;
  if (legacy !== undefined) headers[legacy] = text;
}
