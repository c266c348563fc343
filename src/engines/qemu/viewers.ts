import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';

/** Who looks at a guest's consoles: QEMU serves one at a time, so the last one to come takes the place of the one before. */
export class Viewers {
  readonly #sockets = new Map<string, Socket>();

  /** Connects to QEMU's socket at `path`. */
  async open(kind: string, path: string): Promise<Socket> {
    const before = this.#sockets.get(kind);
    if (before !== undefined && !before.destroyed) await once(before.destroy(), 'close');
    const socket = createConnection(path);
    this.#sockets.set(kind, socket);
    socket.once('close', () => {
      if (this.#sockets.get(kind) === socket) this.#sockets.delete(kind);
    });
    await once(socket, 'connect');
    return socket;
  }
}
