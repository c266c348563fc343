import type { TSchema } from 'typebox';

/**
 * The narrow way from the unprivileged `api` to the root `host`: named operations with validated arguments over HTTP on
 * a unix socket that only `api`'s group may open (`POST /v1/call/NAME`, JSON in, JSON or fault out), and one stream
 * of events (`GET /v1/events`, one JSON object a line). Mutual TLS replaces the unix socket between machines later.
 */
export interface HostOperation {
  /** `guest.ensure` */
  readonly name: string;
  /** The arguments are checked against this before `handle` sees them; unknown keys are refused. */
  readonly args: TSchema;
  handle(args: never): Promise<unknown>;
}

/** An event that the host tells whoever listens, e.g. `{ type: 'guest.state', state: {…} }`. */
export interface HostEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** The host's side of events: operations' owners publish, the link's server fans out. */
export interface HostEvents {
  publish(event: HostEvent): void;
  /** Called for each new listener; what it publishes through `send` reaches that listener only (a snapshot). */
  onConnect(snapshot: (send: (event: HostEvent) => void) => void): void;
}

/** `api`'s side. */
export interface HostLink {
  /** Calls an operation; a fault raised by the host arrives as a `Fault`, an absent host as `engineUnavailable`. */
  call<R>(operation: string, args: unknown, signal?: AbortSignal): Promise<R>;
  /** Listens until the signal aborts, reconnecting with backoff; a snapshot arrives after each connection. */
  listen(listener: (event: HostEvent) => void, signal: AbortSignal): void;
}
