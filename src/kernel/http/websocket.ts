import type { IncomingMessage, Server } from 'node:http';
import { type Duplex, pipeline } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { asFault, Fault } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Service } from './service.ts';

/**
 * A path at which a connection becomes a WebSocket that carries bytes. A browser sends no token with it: who may is for `open`
 * to decide, by something in the query that nobody else knows.
 */
export interface WebSocketRoute {
  /** Below the service's mount; no parameters. */
  readonly path: string;
  readonly operation: string;
  /** What is at the other end; a fault refuses the connection. Whoever ends either side ends the other. */
  open(query: URLSearchParams): Promise<Duplex>;
}

/** Consoles send small pieces; nothing near this. */
const maxMessageBytes = 1024 * 1024;
const goingAway = 1001;

/** Serves the WebSockets of the services on HTTP servers. */
export interface WebSockets {
  serve(server: Server): void;
  /** Ends all that are open. */
  close(): void;
}

export function webSockets(services: readonly Service[], log: Logger): WebSockets {
  const routes = new Map(
    services.flatMap(({ mount, webSockets: own = [] }) =>
      own.map((route) => [`${mount}${route.path}`, route] as const),
    ),
  );
  // noVNC and its kin offer `binary`, and want it chosen.
  const handleProtocols = (offered: Set<string>) => (offered.has('binary') ? 'binary' : false);
  const acceptor = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  });

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const route = routes.get(url.pathname);
    if (route === undefined) throw new Fault('notFound', 'There is no WebSocket here.');
    const stream = await route.open(url.searchParams);
    if (socket.destroyed) {
      stream.destroy();
      return;
    }
    log.debug({ operation: route.operation }, 'WebSocket opened');
    // A handshake that is none ends the socket without an answer to us.
    socket.once('close', () => stream.destroy());
    acceptor.handleUpgrade(request, socket, head, (client) => {
      const bytes = createWebSocketStream(client);
      pipeline(bytes, stream, bytes, () => client.terminate());
    });
  }

  return {
    serve(server) {
      server.on('upgrade', (request, socket, head) => {
        socket.on('error', () => {});
        upgrade(request, socket, head).catch((error: unknown) => refuse(socket, asFault(error), log));
      });
    },
    close() {
      for (const client of acceptor.clients) client.close(goingAway);
      for (const client of acceptor.clients) client.terminate();
    },
  };
}

function refuse(socket: Duplex, fault: Fault, log: Logger): void {
  if (fault.status >= 500) log.error({ err: fault, detail: fault.detail }, fault.message);
  // No client of WebSockets shows a body, and some take it for a message.
  socket.end(`HTTP/1.1 ${fault.status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
