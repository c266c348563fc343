import { serialConsoleSocket } from '../../api/compute.ts';

/** What the connection to a serial line tells. */
export interface SerialLineEvents {
  readonly onOpen: () => void;
  readonly onBytes: (bytes: Uint8Array) => void;
  /** It is over: with why it never began, or because either side has ended it. */
  readonly onEnd: (error: Error | null) => void;
}

/** A connection to the serial line of a server. */
export interface SerialLine {
  send(text: string): void;
  /** Ends it; nothing more is told. */
  close(): void;
}

/** Connects to a server's serial line, with a token that works once. */
export function connectSerialLine(serverId: string, { onOpen, onBytes, onEnd }: SerialLineEvents): SerialLine {
  let socket: WebSocket | undefined;
  const gone = new AbortController();

  async function connect(): Promise<void> {
    const url = await serialConsoleSocket(serverId, gone.signal);
    if (gone.signal.aborted) return;
    socket = new WebSocket(url, 'binary');
    socket.binaryType = 'arraybuffer';
    const { signal } = gone;
    socket.addEventListener('open', onOpen, { signal });
    socket.addEventListener('message', ({ data }) => onBytes(new Uint8Array(data as ArrayBuffer)), { signal });
    socket.addEventListener('close', () => onEnd(null), { signal });
  }

  connect().catch((error: Error) => {
    if (!gone.signal.aborted) onEnd(error);
  });
  return {
    send(text) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(new TextEncoder().encode(text));
    },
    close() {
      gone.abort();
      socket?.close();
    },
  };
}
