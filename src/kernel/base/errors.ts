/**
 * The closed list of everything that can go wrong for a caller. Each fault has a text for the caller (what to do)
 * and, optionally, a detail for the operator (what happened; logged, never sent). Services throw faults; only
 * `kernel/http` turns them into a status and a body.
 */
export const faultStatus = {
  badRequest: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  notAcceptable: 406,
  requestTimeout: 408,
  conflict: 409,
  preconditionFailed: 412,
  tooLarge: 413,
  unsupportedMediaType: 415,
  rangeNotSatisfiable: 416,
  unprocessable: 422,
  tooManyRequests: 429,
  internal: 500,
  notSupported: 501,
  engineUnavailable: 503,
  insufficientStorage: 507,
} as const;

/** One of the closed list of fault codes. */
export type FaultCode = keyof typeof faultStatus;

/** What a fault may carry besides its text. */
export interface FaultOptions {
  /** For the operator's log only. */
  detail?: string;
  /** Machine-readable facts for the caller, e.g. `{ type: 'SecurityGroupInUse' }`; how they show depends on the API. */
  data?: Readonly<Record<string, unknown>>;
  /** A different HTTP status where an API insists on one (e.g. Nova answers an exceeded quota with 403). */
  status?: number;
  cause?: unknown;
}

/** An expected failure. Anything thrown that is not a `Fault` is a bug and becomes `internal`. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.status = options.status ?? faultStatus[code];
    this.detail = options.detail;
    this.data = options.data ?? {};
  }

  /** Whether trying the same thing again can help: the caller is right, the world is not (5xx, 408, 429). */
  get retryable(): boolean {
    return this.status >= 500 ? this.code !== 'notSupported' : this.status === 408 || this.status === 429;
  }
}

/** `throw notFound('Server', id)`: a thing that is not there, or that the caller may not know of. */
export function notFound(kind: string, id: string): Fault {
  return new Fault('notFound', `${kind} ${id} could not be found.`);
}

/** `throw badRequest('…')`: the message says which field and what is expected. */
export function badRequest(message: string, options?: FaultOptions): Fault {
  return new Fault('badRequest', message, options);
}

/** `throw conflict('…')`: the message says which state stands in the way. */
export function conflict(message: string, options?: FaultOptions): Fault {
  return new Fault('conflict', message, options);
}

/** Any thrown value as a fault; what is not one is a bug, whose text goes to the operator only. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (isUnstorable(error)) return badRequest('A text has a character that cannot be stored: U+0000 or half of a pair.');
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (isFull(error)) {
    return new Fault('insufficientStorage', 'The cloud has no disk space left. Tell its operator.', {
      detail,
      cause: error,
    });
  }
  if (isDatabaseAway(error)) {
    return new Fault('engineUnavailable', 'The database is away for the moment. Try again.', { detail, cause: error });
  }
  return new Fault('internal', 'The server could not complete the request. Quote the request id to the operator.', {
    detail,
    cause: error,
  });
}

/** No space left: PostgreSQL's word for it (53100), or the system's. */
function isFull(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === '53100' || code === 'ENOSPC' || code === 'EDQUOT';
}

/** Classes 08 (connection exception) and 57P (operator intervention), too many connections, and a socket that broke. */
const awayStates = /^(08...|57P0[1-5]|53300)$/;
const brokenSockets = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'];
/** What `pg` says without a code when a connection ended under a query, or none could be had. */
const brokenConnections =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/;

function isDatabaseAway(error: unknown): boolean {
  const { code, message, syscall } = (error ?? {}) as { code?: unknown; message?: unknown; syscall?: unknown };
  if (typeof code === 'string' && (awayStates.test(code) || brokenSockets.includes(code))) return true;
  return (code === 'ENOENT' && syscall === 'connect') || brokenConnections.test(String(message));
}

/**
 * Whether PostgreSQL refused a text for its characters (22021, 22P05, and 22P02 for JSON): U+0000 and lone surrogates,
 * which only a caller can have sent. The last line of defence, behind schemas.
 */
function isUnstorable(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return code === '22021' || code === '22P05' || (code === '22P02' && String(message).includes('type json'));
}
