import { createConnection, type Socket } from 'node:net';

/** What QEMU tells by itself, e.g. `SHUTDOWN`. */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A command that QEMU refused; `kind` is its error class. */
export class QmpError extends Error {
  override readonly name = 'QmpError';
  readonly kind: string;

  constructor(command: string, kind: string, description: string) {
    super(`QMP ${command}: ${description}`);
    this.kind = kind;
  }
}

export interface QmpOptions {
  readonly onEvent: (event: QmpEvent) => void;
  /** For the greeting and, unless said otherwise, for each answer. */
  readonly timeoutMs?: number;
}

/** No message of QEMU comes near this; a process that sends more is not to be trusted. */
const maxMessageBytes = 4 * 1024 * 1024;

interface Message {
  readonly QMP?: unknown;
  readonly id?: unknown;
  readonly return?: unknown;
  readonly error?: { readonly class?: unknown; readonly desc?: unknown };
  readonly event?: unknown;
  readonly data?: unknown;
}

interface Pending {
  readonly command: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A connection to one QEMU's monitor (QEMU Machine Protocol, QEMU's docs/interop/qmp-spec.txt). */
export class Qmp {
  readonly #socket: Socket;
  readonly #options: QmpOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #greeting = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #lastId = 0;
  #rest = '';

  private constructor(socket: Socket, options: QmpOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#greeting.promise.catch(() => {});
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#receive(text));
    // 'close' follows, and tells whoever waits.
    socket.on('error', () => {});
    socket.on('close', () => this.#end());
  }

  /** Connects and ends the negotiation; rejects when nobody listens or the greeting does not come in time. */
  static async connect(path: string, options: QmpOptions): Promise<Qmp> {
    const socket = createConnection(path);
    const qmp = new Qmp(socket, options);
    try {
      await within(options.timeoutMs ?? defaultTimeoutMs, 'QMP greeting', qmp.#greeting.promise);
      await qmp.execute('qmp_capabilities');
      return qmp;
    } catch (error) {
      qmp.close();
      throw error;
    }
  }

  /** Resolves when the connection is no more, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Runs a command; rejects with a `QmpError` when QEMU refuses, with another error when no answer comes. */
  async execute<R>(command: string, args?: object, timeoutMs?: number): Promise<R> {
    if (this.#socket.destroyed) throw new Error(`QMP ${command}: not connected`);
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { command, resolve, reject }));
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    try {
      return (await within(timeoutMs ?? this.#options.timeoutMs ?? defaultTimeoutMs, `QMP ${command}`, answer)) as R;
    } finally {
      this.#pending.delete(id);
    }
  }

  /** Calls `listener` with every event until the function that it answers is called. */
  listen(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > maxMessageBytes) this.close();
    for (const line of lines) if (line.trim() !== '') this.#take(line);
  }

  #take(line: string): void {
    const message = parse(line);
    if (message === undefined) this.close();
    else if (message.QMP !== undefined) this.#greeting.resolve();
    else if (typeof message.event === 'string') {
      const event = { event: message.event, data: (message.data ?? {}) as QmpEvent['data'] };
      for (const hear of [this.#options.onEvent, ...this.#listeners]) hear(event);
    } else this.#answer(message);
  }

  #answer({ id, error, return: value }: Message): void {
    const pending = this.#pending.get(Number(id));
    if (pending === undefined) return;
    if (error === undefined) pending.resolve(value);
    else pending.reject(new QmpError(pending.command, String(error.class), String(error.desc)));
  }

  #end(): void {
    this.#greeting.reject(new Error('QMP: nobody answers'));
    for (const { command, reject } of this.#pending.values()) reject(new Error(`QMP ${command}: connection lost`));
    this.#pending.clear();
    this.#closed.resolve();
  }
}

const defaultTimeoutMs = 10_000;

function parse(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}

async function within<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
