import type { Duplex } from 'node:stream';
import type { TSchema } from 'typebox';

/**
 * The narrow way from the unprivileged `api` to the root `host`: named operations with validated arguments over HTTP on
 * a unix socket that only `api`'s group may open (`POST /v1/call/NAME`, JSON in, JSON or fault out), and one stream
 * of events (`GET /v1/events`, one JSON object a line). `GET /v1/open/NAME?args=JSON` with an upgrade to `stream` opens a stream. Mutual TLS replaces the unix socket between machines later.
 */
export interface HostOperation {
  /** `guest.ensure` */
  readonly name: string;
  /** The arguments are checked against this before `handle` sees them; unknown keys are refused. */
  readonly args: TSchema;
  handle(args: never): Promise<unknown>;
}

/** A stream of bytes in both directions that `api` may open, e.g. a guest's console. */
export interface HostStream {
  /** `guest.console` */
  readonly name: string;
  /** Checked as an operation's are. */
  readonly args: TSchema;
  /** Whoever ends either side ends the other. */
  open(args: never): Promise<Duplex>;
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
  /** Opens a stream; faults as with `call`. Whoever opened it destroys it. */
  open(stream: string, args: unknown): Promise<Duplex>;
  /** Listens until the signal aborts, reconnecting with backoff; a snapshot arrives after each connection. */
  listen(listener: (event: HostEvent) => void, signal: AbortSignal): void;
}
