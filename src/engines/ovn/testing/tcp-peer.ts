import { connect, createServer, type Socket } from 'node:net';

/**
 * One end of a TCP connection, run inside a network namespace; says on stdout, a line each, what happens.
 *
 *   serve PORT BYTES    gives BYTES to whoever connects; says `listening`
 *   fetch HOST PORT     reads to the end; says `received BYTES`, or `stalled`
 *   echo PORT           sends back what comes; says `listening`
 *   beat HOST PORT      sends a byte every 50 ms; says `alive` at the first echo, `cut` when none comes for a second
 *   probe HOST PORT     says `open`, or `closed` when there is no connection within a second
 */
const [role = '', ...args] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const end = (line: string) => process.stdout.write(`${line}\n`, () => process.exit());
const silenceMs = 1_000;
const stallMs = 20_000;

function listen(port: string | undefined, serve: (socket: Socket) => void): void {
  createServer((socket) => {
    socket.on('error', () => socket.destroy());
    serve(socket);
  }).listen(Number(port), '0.0.0.0', () => say('listening'));
}

function give(socket: Socket, bytes: number): void {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const part = chunk.subarray(0, Math.min(left, chunk.length));
      left -= part.length;
      if (!socket.write(part)) return void socket.once('drain', more);
    }
    socket.end();
  };
  more();
}

function fetch(host: string, port: string): void {
  const socket = connect(Number(port), host);
  let received = 0;
  socket.setTimeout(stallMs, () => end(`stalled ${received}`));
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  socket.on('end', () => end(`received ${received}`));
  socket.on('error', (error) => end(`failed ${error.message}`));
}

function beat(host: string, port: string): void {
  const socket = connect(Number(port), host, () => setInterval(() => socket.write('.'), 50));
  socket.setNoDelay(true);
  let cut: NodeJS.Timeout | undefined;
  socket.on('error', () => end('cut'));
  socket.on('data', () => {
    if (!cut) say('alive');
    clearTimeout(cut);
    cut = setTimeout(() => end('cut'), silenceMs);
  });
}

function probe(host: string, port: string): void {
  const socket = connect(Number(port), host, () => end('open'));
  socket.setTimeout(silenceMs, () => end('closed'));
  socket.on('error', () => end('closed'));
}

const [first = '', second = ''] = args;
if (role === 'serve') listen(first, (socket) => give(socket, Number(second)));
else if (role === 'echo') listen(first, (socket) => void socket.pipe(socket));
else if (role === 'fetch') fetch(first, second);
else if (role === 'beat') beat(first, second);
else if (role === 'probe') probe(first, second);
else throw new Error(`no role ${role}`);
