import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstByte } from './first-byte.ts';
import type { Guest } from './ordered.ts';

const script = fileURLToPath(new URL('by-hand.sh', import.meta.url));
/** Of the addresses that RFC 2544 keeps for benchmarks. */
const network = '198.18.201';
const tap = 'by-hand';

/** What is the same as in the server that was ordered. */
export interface Model {
  readonly guest: Guest;
  readonly image: string;
  /** Of the disk, in bytes. */
  readonly size: number;
  readonly userData: string;
}

/** Starts the model by hand; seconds from the first command to the page's first byte. Leaves nothing. */
export async function startByHand(model: Model): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'by-hand-'));
  writeFileSync(join(folder, 'user_data'), model.userData);
  mkdirSync(join(folder, 'sockets'));
  const begun = performance.now();
  const place = [folder, model.image, String(model.size), tap, model.guest.mac, network];
  const qemu = spawn(script, [...place, ...argumentsIn(folder, model.guest)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  qemu.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = once(qemu, 'exit').then(() => {
    throw new Error(`by hand: QEMU ended: ${said}`);
  });
  ended.catch(() => undefined);
  try {
    await Promise.race([firstByte(`http://${network}.2/`), ended]);
    return (performance.now() - begun) / 1000;
  } finally {
    await end(qemu, folder);
  }
}

/** The same arguments, on files, sockets and a tap of its own; it does not wait to be let go. */
function argumentsIn(folder: string, guest: Guest): string[] {
  return guest.args
    .filter((arg) => arg !== '-S' && arg !== '')
    .map((arg) =>
      arg
        .replaceAll(guest.folder, folder)
        .replaceAll(guest.sockets, `${folder}/sockets`)
        .replaceAll(`"ifname":"${guest.tap}"`, `"ifname":"${tap}"`),
    );
}

async function end(qemu: ChildProcess, folder: string): Promise<void> {
  if (qemu.exitCode === null) {
    const gone = once(qemu, 'exit');
    qemu.kill('SIGKILL');
    await gone;
  }
  try {
    process.kill(Number(readFileSync(join(folder, 'udhcpd.pid'), 'utf8')));
  } catch {
    // It never began.
  }
  try {
    execFileSync('ip', ['link', 'delete', tap], { stdio: 'ignore' });
  } catch {
    // Neither was it.
  }
  rmSync(folder, { recursive: true, force: true });
}
