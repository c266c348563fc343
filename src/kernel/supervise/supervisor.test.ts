import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventHub } from '../hostlink/events.ts';
import type { HostEvent } from '../hostlink/protocol.ts';
import { identityOf, isRunning, type ProcessIdentity, waitGone } from './identity.ts';
import type { ProcessSpec } from './process.ts';
import { inOrder, Supervisor } from './supervisor.ts';

let dir: string;
let events: EventHub;
let seen: HostEvent[];
let supervisors: Supervisor[];

beforeEach(() => {
  dir = mkdtempSync(`${tmpdir()}/supervisor-`);
  events = new EventHub();
  seen = [];
  events.subscribe({ send: (event) => seen.push(event), close: () => {} });
  supervisors = [];
});

afterEach(async () => {
  for (const supervisor of supervisors) await supervisor.stopAll();
  rmSync(dir, { recursive: true, force: true });
});

function supervise(...specs: ProcessSpec[]): Supervisor {
  const log = pino({ level: 'silent' });
  const supervisor = new Supervisor({ recordDir: `${dir}/run`, logDir: `${dir}/log`, log, events });
  supervisor.add(specs);
  supervisors.push(supervisor);
  return supervisor;
}

const shell = (name: string, script: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name,
  command: '/bin/sh',
  args: ['-c', script],
  stopTimeoutMs: 2_000,
  ...more,
});
const sleeper = (name: string, more: Partial<ProcessSpec> = {}) => shell(name, 'exec sleep 600', more);

function running(supervisor: Supervisor, name: string): ProcessIdentity {
  const pid = supervisor.status().find((process) => process.name === name)?.pid;
  const identity = pid === undefined ? undefined : identityOf(pid);
  if (identity === undefined) throw new Error(`${name} does not run`);
  return identity;
}

async function fileThere(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Resolves with the first event about the process in that state, from now on. */
function nextState(name: string, state: string): Promise<HostEvent> {
  return new Promise((resolve) => {
    const unsubscribe = events.subscribe({
      send(event) {
        if (event.name !== name || event.state !== state) return;
        unsubscribe();
        resolve(event);
      },
      close: () => {},
    });
  });
}

describe('a supervisor', () => {
  it('starts each process when those that it needs are ready', async () => {
    const supervisor = supervise(
      sleeper('late', { after: ['early'] }),
      shell('early', `sleep 0.2; touch ${dir}/served; exec sleep 600`, {
        ready: () => fileThere(`${dir}/served`),
      }),
    );
    await supervisor.start();
    const order = seen.map(({ name, state }) => `${name} ${state}`);
    expect(order).toEqual(['early starting', 'early ready', 'late starting', 'late ready']);
  });

  it('gives each process a session of its own, so that Ctrl-C does not reach it', async () => {
    const supervisor = supervise(sleeper('daemon'));
    await supervisor.start();
    const { pid } = running(supervisor, 'daemon');
    const session = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3];
    expect(session).toBe(String(pid));
  });

  it('starts a process again when it dies', async () => {
    const supervisor = supervise(sleeper('daemon'));
    await supervisor.start();
    const first = running(supervisor, 'daemon');
    const back = nextState('daemon', 'ready');
    process.kill(first.pid, 'SIGKILL');
    await back;
    expect(running(supervisor, 'daemon').pid).not.toBe(first.pid);
    expect(seen.find(({ state }) => state === 'failed')).toMatchObject({ reason: 'was killed by SIGKILL' });
    expect(supervisor.status()).toMatchObject([{ name: 'daemon', state: 'ready', restarts: 1 }]);
  });

  it('says what a process complained about when it fails again and again', async () => {
    const supervisor = supervise(shell('broken', 'echo "no such option: --frob" >&2; exit 3'));
    await expect(supervisor.start()).rejects.toThrow(/broken: .*\n.*no such option: --frob/);
  });

  it('fails when a process does not get ready in time, and stops it', async () => {
    const supervisor = supervise(sleeper('slow', { readyTimeoutMs: 50, ready: () => new Promise(() => {}) }));
    await expect(supervisor.start()).rejects.toThrow(/slow: was not ready in time/);
  });

  it('kills what does not stop when asked, children included', async () => {
    const script = `trap "" TERM; sleep 600 & echo $! > ${dir}/new; mv ${dir}/new ${dir}/child; while :; do sleep 1; done`;
    const supervisor = supervise(
      shell('stubborn', script, {
        stopTimeoutMs: 100,
        ready: () => fileThere(`${dir}/child`),
      }),
    );
    await supervisor.start();
    const parent = running(supervisor, 'stubborn');
    const child = identityOf(Number(readFileSync(`${dir}/child`, 'utf8'))) as ProcessIdentity;
    await supervisor.stopAll();
    expect(isRunning(parent)).toBe(false);
    expect(await waitGone(child, 2_000)).toBe(true);
  });

  it('stops a process before those that it needs', async () => {
    const noting = (name: string, more: Partial<ProcessSpec> = {}) =>
      shell(
        name,
        `trap "echo ${name} >> ${dir}/stopped; exit" TERM; touch ${dir}/${name}; while :; do sleep 0.05; done`,
        { ready: () => fileThere(`${dir}/${name}`), ...more },
      );
    const supervisor = supervise(noting('base'), noting('upper', { after: ['base'] }));
    await supervisor.start();
    await supervisor.stopAll();
    expect(readFileSync(`${dir}/stopped`, 'utf8')).toBe('upper\nbase\n');
  });

  it('adopts what an earlier supervisor left running, and watches over it', async () => {
    const first = supervise(sleeper('daemon'));
    await first.start();
    const before = running(first, 'daemon');
    await first.release();
    const second = supervise(sleeper('daemon'));
    await second.start();
    expect(running(second, 'daemon')).toEqual(before);
    expect(seen.at(-1)).toMatchObject({ name: 'daemon', state: 'ready', adopted: true });
    const back = nextState('daemon', 'ready');
    process.kill(before.pid, 'SIGKILL');
    await back;
    expect(running(second, 'daemon').pid).not.toBe(before.pid);
  });

  it('replaces instead of adopting where the spec says so', async () => {
    const first = supervise(sleeper('api', { adopt: false }));
    await first.start();
    const before = running(first, 'api');
    await first.release();
    const second = supervise(sleeper('api', { adopt: false }));
    await second.start();
    expect(isRunning(before)).toBe(false);
    expect(running(second, 'api').pid).not.toBe(before.pid);
  });

  it('stops what it never started itself', async () => {
    const first = supervise(sleeper('daemon'));
    await first.start();
    const before = running(first, 'daemon');
    await first.release();
    await supervise(sleeper('daemon')).stopAll();
    expect(isRunning(before)).toBe(false);
  });

  it('does not take another process with a recorded pid for its own', async () => {
    const first = supervise(sleeper('daemon'));
    await first.start();
    const before = running(first, 'daemon');
    await first.stopAll();
    // The pid of this test, which started at another time than the record says.
    const stat = `${process.pid} (sleep) S ${'0 '.repeat(18)}12345 0`;
    writeFileSync(`${dir}/run/daemon`, `${before.bootId}\n${stat}\n`);
    const second = supervise(sleeper('daemon'));
    await second.start();
    expect(running(second, 'daemon').pid).not.toBe(process.pid);
  });

  it('does not take a record of another boot for a running process', async () => {
    const first = supervise(sleeper('daemon'));
    await first.start();
    const before = running(first, 'daemon');
    await first.release();
    const record = readFileSync(`${dir}/run/daemon`, 'utf8');
    writeFileSync(`${dir}/run/daemon`, record.replace(before.bootId, '00000000-0000-0000-0000-000000000000'));
    const second = supervise(sleeper('daemon'));
    await second.start();
    expect(running(second, 'daemon').pid).not.toBe(before.pid);
    process.kill(before.pid, 'SIGKILL');
  });
});

describe('the order of processes', () => {
  it('puts each behind those that it needs', () => {
    const specs = [sleeper('c', { after: ['b'] }), sleeper('a'), sleeper('b', { after: ['a'] })];
    expect(inOrder(specs).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('refuses a circle and a name that nobody has', () => {
    expect(() => inOrder([sleeper('a', { after: ['b'] }), sleeper('b', { after: ['a'] })])).toThrow(/a \(after b\)/);
    expect(() => inOrder([sleeper('a', { after: ['nobody'] })])).toThrow(/nobody/);
  });
});
