import { connect, type Socket } from 'node:net';
import { JsonFramer } from './framing.ts';

/** An error that the peer answered. */
export class RpcError extends Error {
  /** The peer's error member as it came. */
  readonly answer: unknown;
  constructor(method: string, answer: unknown) {
    super(`${method}: ${typeof answer === 'string' ? answer.trim() : JSON.stringify(answer)}`);
    this.name = 'RpcError';
    this.answer = answer;
  }
}

/** The connection is gone, or did not answer in time: whether a call in flight took effect is unknown. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

interface Call {
  readonly method: string;
  readonly timer: NodeJS.Timeout;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/**
 * One JSON-RPC 1.0 connection over a unix socket, as OVSDB servers (RFC 7047) and the daemons' control sockets speak it.
 * Calls are pipelined; `echo` is answered.
 */
export class RpcConnection {
  readonly #socket: Socket;
  readonly #framer = new JsonFramer();
  readonly #calls = new Map<number, Call>();
  readonly #notify: (method: string, params: unknown) => void;
  #lastId = 0;
  #lost: Error | undefined;
  /** Resolves with the reason when the connection is gone, whoever closed it. */
  readonly closed: Promise<Error>;

  private constructor(socket: Socket, notify: (method: string, params: unknown) => void) {
    this.#socket = socket;
    this.#notify = notify;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.closed = new Promise((resolve) => {
      socket.once('error', (error) => this.#fail(new ConnectionLost(error.message)));
      socket.once('close', () => {
        this.#fail(new ConnectionLost('connection closed'));
        resolve(this.#lost as Error);
      });
    });
  }

  /** Connects; rejects when nobody listens at `path` or the signal aborts. */
  static open(
    path: string,
    options: { notify?: (method: string, params: unknown) => void; signal?: AbortSignal } = {},
  ): Promise<RpcConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path, signal: options.signal });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RpcConnection(socket, options.notify ?? (() => {})));
      });
    });
  }

  /**
   * Calls `method`. Rejects with `RpcError` when the peer refuses, and with `ConnectionLost` when the connection breaks
   * or `timeoutMs` passes; the latter closes the connection, because a peer that is silent once cannot be trusted to
   * be in step.
   */
  call(method: string, params: readonly unknown[], timeoutMs = 10_000): Promise<unknown> {
    if (this.#lost) return Promise.reject(this.#lost);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.close(new ConnectionLost(`no answer to ${method} in ${timeoutMs} ms`)),
        timeoutMs,
      );
      this.#calls.set(id, { method, timer, resolve, reject });
      this.#send({ id, method, params });
    });
  }

  /** Closes; calls in flight reject. Harmless when closed already. */
  close(reason: Error = new ConnectionLost('closed')): void {
    this.#fail(reason);
    this.#socket.destroy();
  }

  #send(message: Message): void {
    this.#socket.write(JSON.stringify(message));
  }

  #fail(reason: Error): void {
    this.#lost ??= reason;
    for (const call of this.#calls.values()) {
      clearTimeout(call.timer);
      call.reject(reason);
    }
    this.#calls.clear();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#framer.push(chunk)) this.#dispatch(message as Message);
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #dispatch(message: Message): void {
    if (typeof message.method === 'string') {
      if (message.method === 'echo') this.#send({ id: message.id, result: message.params, error: null });
      else this.#notify(message.method, message.params);
      return;
    }
    const call = this.#calls.get(message.id as number);
    if (!call) return;
    this.#calls.delete(message.id as number);
    clearTimeout(call.timer);
    if (message.error === null || message.error === undefined) call.resolve(message.result);
    else call.reject(new RpcError(call.method, message.error));
  }
}
