import { once } from 'node:events';
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
  /** For each answer, unless said otherwise. */
  readonly timeoutMs?: number | undefined;
}

/** Long: a host with too much to do must not take its guests for dead. */
export const answerMs = 30_000;

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
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #lastId = 0;
  #rest = '';

  private constructor(socket: Socket, options: QmpOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#ready.promise.catch(() => {});
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#receive(text));
    // 'close' follows, and tells whoever waits.
    socket.on('error', () => {});
    socket.on('close', () => this.#end());
  }

  /** Connects; rejects when nobody listens. Who is too busy to greet is waited for by each command. */
  static async connect(path: string, options: QmpOptions): Promise<Qmp> {
    const socket = createConnection(path);
    const qmp = new Qmp(socket, options);
    await once(socket, 'connect');
    return qmp;
  }

  /** Resolves when the connection is no more, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Runs a command; rejects with a `QmpError` when QEMU refuses, with another error when no answer comes in time. */
  async execute<R>(command: string, args?: object, timeoutMs = this.#options.timeoutMs ?? answerMs): Promise<R> {
    if (this.#socket.destroyed) throw new Error(`QMP ${command}: not connected`);
    const deadline = performance.now() + timeoutMs;
    const late = () => new Error(`QMP ${command}: no answer within ${timeoutMs} ms`);
    // Nothing is sent that nobody waits for any more.
    await before(deadline, late, this.#ready.promise);
    return (await before(deadline, late, this.#ask(command, args))) as R;
  }

  /** Calls `listener` with every event until the function that it answers is called. */
  listen(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask(command: string, args?: object): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { command, resolve, reject }));
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    return answer;
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
    else if (message.QMP !== undefined) this.#ready.resolve(this.#ask('qmp_capabilities').then(() => {}));
    else if (typeof message.event === 'string') {
      const event = { event: message.event, data: (message.data ?? {}) as QmpEvent['data'] };
      for (const hear of [this.#options.onEvent, ...this.#listeners]) hear(event);
    } else this.#answer(message);
  }

  #answer({ id, error, return: value }: Message): void {
    const pending = this.#pending.get(Number(id));
    if (pending === undefined) return;
    this.#pending.delete(Number(id));
    if (error === undefined) pending.resolve(value);
    else pending.reject(new QmpError(pending.command, String(error.class), String(error.desc)));
  }

  #end(): void {
    this.#ready.reject(new Error('QMP: connection lost'));
    for (const { command, reject } of this.#pending.values()) reject(new Error(`QMP ${command}: connection lost`));
    this.#pending.clear();
    this.#closed.resolve();
  }
}

function parse(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}

async function before<T>(deadline: number, late: () => Error, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), Math.max(0, deadline - performance.now()));
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
