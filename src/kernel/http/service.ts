import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Static, TSchema } from 'typebox';
import type { Context } from '../access/context.ts';
import type { Policy } from '../access/policy.ts';
import type { FaultStyle } from './faults.ts';
import type { MicroversionRange, Version } from './microversion.ts';
import type { WebSocketRoute } from './websocket.ts';

/** A request after its token, policy and schemas have been checked. */
export interface ApiRequest<P, Q, B> {
  /** Present unless the policy is `public` (then only with a valid token). Use `caller(request)` to insist. */
  readonly context: Context | undefined;
  readonly requestId: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Lower-cased names, as Node gives them. */
  readonly headers: IncomingMessage['headers'];
  /** The negotiated microversion; `0.0` for a service without microversions. */
  readonly version: Version;
  /** `publicUrl` and the service's mount, e.g. `http://127.0.0.1:8000/compute`: for links. */
  readonly baseUrl: string;
  /** Where the request comes from: the peer, or what a trusted proxy says; `local` on a unix socket. */
  readonly clientAddress: string;
  /** The path and query as sent. */
  readonly url: string;
  /** The raw body, for routes with `body: 'stream'`: read it once; it honours `Expect: 100-continue`. */
  readonly stream: Readable;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** Aborts when the server is to close: for answers that would never end by themselves. */
  readonly closing: AbortSignal;
}

/** What a handler answers. A plain object, array or undefined also does: it becomes `{ body }`. */
export class Reply {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Objects are sent as JSON; strings, buffers and streams as they are (give a `Content-Type`). */
  readonly body: unknown;

  constructor(options: { status?: number; headers?: Record<string, string | readonly string[]>; body?: unknown }) {
    this.status = options.status;
    this.headers = options.headers ?? {};
    this.body = options.body;
  }
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One entry of a service's routing table. */
export interface Route {
  readonly method: Method;
  /** Below the service's mount, parameters with a colon: `/v2.1/servers/:serverId`; `*` as last segment takes the rest. */
  readonly path: string;
  /** The operation's one name, for policy messages, logs, metrics and OpenAPI: `compute:servers:create`. */
  readonly operation: string;
  readonly policy: Policy;
  /** The success status; 200 unless said. 204 sends no body. */
  readonly status?: number;
  /** Checked with string-to-number and -boolean coercion; unknown query keys are refused only if the schema says so. */
  readonly params?: TSchema;
  readonly query?: TSchema;
  /** JSON body schema; `'stream'` hands the raw body over; absent: a body is ignored. */
  readonly body?: TSchema | 'stream';
  /**
   * For one path that does many things (`POST /servers/ID/action`): what may stand under the body's one key, by its name.
   * The handler checks it; this tells contracts and fuzzers.
   */
  readonly actions?: Readonly<Record<string, TSchema>>;
  /** The largest JSON body in bytes; 1 MiB unless said. */
  readonly bodyLimit?: number;
  /** What is answered, for the contract; not checked at run time. */
  readonly response?: TSchema;
  /** The microversions for which this entry holds; several entries may share method and path with disjoint ranges. */
  readonly versions?: Partial<MicroversionRange>;
  handler(request: ApiRequest<unknown, unknown, unknown>): Promise<unknown> | unknown;
}

type Infer<S, Default> = S extends TSchema ? Static<S> : Default;

/** A `Route` whose handler sees the types of its schemas. */
export interface TypedRoute<P, Q, B> extends Omit<Route, 'params' | 'query' | 'body' | 'handler'> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  handler(
    request: ApiRequest<Infer<P, Record<string, string>>, Infer<Q, Record<string, string>>, Infer<B, undefined>>,
  ): Promise<unknown> | unknown;
}

/** Declares a route; params, query and body get the types of their schemas. */
export function route<
  P extends TSchema | undefined = undefined,
  Q extends TSchema | undefined = undefined,
  B extends TSchema | 'stream' | undefined = undefined,
>(definition: TypedRoute<P, Q, B>): Route {
  return definition as unknown as Route;
}

/** A service's face: where it is mounted, how it speaks of faults, which microversions it knows, its routes. */
export interface Service {
  /** `compute`; also the microversion header's service type and the contract's file name. */
  readonly name: string;
  /** `/compute` */
  readonly mount: string;
  readonly faults: FaultStyle;
  readonly microversions?: MicroversionRange & {
    /** e.g. `X-OpenStack-Nova-API-Version`, honoured and echoed beside `OpenStack-API-Version`. */
    readonly legacyHeader?: string;
    /** The service type in `OpenStack-API-Version`, when it differs from `name`: Cinder says `volume`. */
    readonly serviceType?: string;
  };
  readonly routes: readonly Route[];
  readonly webSockets?: readonly WebSocketRoute[];
}

/** The caller of a route that is not public. */
export function caller(request: { readonly context: Context | undefined }): Context {
  if (request.context === undefined) throw new Error('a public route has no caller');
  return request.context;
}

/** The caller's project, for routes whose policy demands project scope. */
export function callerProject(request: { readonly context: Context | undefined }): string {
  const { projectId } = caller(request);
  if (projectId === null) throw new Error('the route does not demand project scope');
  return projectId;
}
