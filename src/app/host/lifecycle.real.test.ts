import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HostStatus } from './status.ts';
import { Machine } from './testing/machine.ts';

let machine: Machine;

// One machine, and one folder that the first test initialises: each test leaves the cloud down.
beforeAll(async () => {
  machine = await Machine.start();
});

afterEach(async () => {
  for (const name of readdirSync(machine.dir)) if ((await status(name)).running) await down(name);
});

afterAll(() => machine.stop());

const up = (name = 'cloud', ...more: string[]) => machine.run(...machine.andromede('up', name, '--detach', ...more));
const down = (name = 'cloud') => machine.run(...machine.andromede('down', name));

async function status(name = 'cloud'): Promise<HostStatus & { running: boolean; url: string }> {
  const { stdout } = await machine.attempt(...machine.andromede('status', name, '--output', 'json'));
  return JSON.parse(stdout);
}

async function pids(name = 'cloud'): Promise<Record<string, number>> {
  const { pid, processes } = await status(name);
  return Object.fromEntries([['host', pid], ...processes.map((process) => [process.name, process.pid])]);
}

async function ask(url: string): Promise<{ pid: number; uid: number; connected: boolean }> {
  return JSON.parse(await machine.run('curl', '--silent', '--fail', url));
}

/** Asks for the status until it is as wanted. */
async function until<T>(question: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await question().catch(() => undefined);
    if (answer !== undefined && isWanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.runIf(process.getuid?.() === 0)('a cloud on a machine', () => {
  it('leaves the machine as it was', async () => {
    const before = await machine.listing();
    await up();
    const during = await machine.listing();
    await down();
    expect(await machine.listing()).toEqual(before);
    for (const list of ['processes', 'links', 'routes', 'namespaces', 'mounts', 'sockets', 'run']) {
      expect(during[list], list).not.toBe(before[list]);
    }
  });

  it('answers on the machine and inside its namespace, as an unprivileged user', async () => {
    await up();
    const { url } = await status();
    expect(await ask(url)).toMatchObject({ connected: true, uid: expect.any(Number) });
    expect((await ask(url)).uid).not.toBe(0);
    const inside = await machine.run(...machine.andromede('exec', 'cloud', '--', 'curl', '--silent', '--fail', url));
    expect(JSON.parse(inside)).toMatchObject({ connected: true });
  });

  it('runs from a clone that only root may read', async () => {
    const clone = '/root/clone-of-a-test';
    mkdirSync(clone, { recursive: true });
    const code = process.cwd();
    await machine.run('sh', '-c', 'chmod 700 /root && mount --bind "$1" "$2"', 'bind', code, clone);
    await machine.run(`${clone}/bin/andromede`, 'up', '--data', `${machine.dir}/cloud`, '--detach');
    expect(await ask((await status()).url)).toMatchObject({ connected: true });
    await down();
  });

  it('writes what people need to sign in, for root only', async () => {
    await up();
    const file = (name: string) => `${machine.dir}/cloud/${name}`;
    for (const name of ['openrc', 'clouds.yaml', 'netns', 'settings.json']) {
      expect(statSync(file(name)).mode & 0o777, name).toBe(0o600);
    }
    expect(readFileSync(file('netns'), 'utf8').trim()).toBe((await status()).netns);
    const variables = await machine.run('sh', '-c', '. "$1"; env | grep ^OS_', 'env', file('openrc'));
    expect(variables).toContain('OS_AUTH_URL=http://127.0.0.1:8000/identity/v3\n');
    expect(variables).toMatch(/^OS_PASSWORD=\S{20,}$/m);
  });

  it('keeps its secrets, its port and its range from one up to the next', async () => {
    await up('other', '--port', '8123', '--external-cidr', '172.24.9.0/24');
    const openrc = readFileSync(`${machine.dir}/other/openrc`, 'utf8');
    await down('other');
    await up('other');
    expect(readFileSync(`${machine.dir}/other/openrc`, 'utf8')).toBe(openrc);
    expect(await status('other')).toMatchObject({ url: 'http://127.0.0.1:8123', externalCidr: '172.24.9.0/24' });
    await down('other');
  });

  it('answers inside its namespace also under an address of the machine', async () => {
    await machine.run('ip', 'address', 'add', '10.99.0.1/32', 'dev', 'lo');
    await up('wide', '--host', '0.0.0.0', '--public-url', 'http://10.99.0.1:8003', '--port', '8003');
    const inside = machine.andromede('exec', 'wide', '--', 'curl', '--silent', '--fail', 'http://10.99.0.1:8003');
    expect(JSON.parse(await machine.run(...inside))).toMatchObject({ connected: true });
    await down('wide');
    await machine.run('ip', 'address', 'delete', '10.99.0.1/32', 'dev', 'lo');
  });

  it('says that it is up when it is asked again', async () => {
    await up();
    const before = await pids();
    expect(await up()).toContain('Already running: http://127.0.0.1:8000');
    expect(await pids()).toEqual(before);
  });

  it('runs beside another, with another range, until both are down', async () => {
    const before = await machine.listing();
    await Promise.all([up(), up('second', '--port', '8001')]);
    const [first, second] = [await status(), await status('second')];
    expect(first.externalCidr).not.toBe(second.externalCidr);
    await down();
    expect(await ask(second.url)).toMatchObject({ connected: true });
    await down('second');
    expect(await machine.listing()).toEqual(before);
  });

  it('is taken down by Ctrl-C in the foreground', async () => {
    const before = await machine.listing();
    const foreground = machine.spawn(...machine.andromede('up', 'cloud'));
    let said = '';
    foreground.stdout?.on('data', (chunk) => (said += chunk));
    await until(
      async () => said,
      (text) => text.includes('Ctrl-C'),
    );
    const exited = once(foreground, 'exit');
    // The words come just before the program that waits.
    const waiter = await until(
      () => machine.run('pgrep', '--full', 'foreground.sh'),
      (pid) => pid !== '',
    );
    await machine.run('kill', '-INT', waiter.trim());
    expect(await exited).toEqual([0, null]);
    expect(said).toContain('the machine is as it was');
    expect(await machine.listing()).toEqual(before);
  });
});

describe.runIf(process.getuid?.() === 0)('the processes of a cloud', () => {
  it('stay over a restart, except the host process and api', async () => {
    await up();
    const before = await pids();
    await machine.run(...machine.andromede('restart', 'cloud'));
    const after = await pids();
    const replaced = Object.keys(before).filter((name) => before[name] !== after[name]);
    expect(replaced.sort()).toEqual(['api', 'host']);
    expect(await ask((await status()).url)).toMatchObject({ pid: after.api, connected: true });
  });

  it('live on when the host process is killed, and are taken over by the next', async () => {
    await up();
    const before = await pids();
    const { url } = await status();
    await machine.run('kill', '-KILL', String(before.host));
    expect(await ask(url)).toMatchObject({ pid: before.api, connected: true });
    await up();
    const after = await pids();
    const replaced = Object.keys(before).filter((name) => before[name] !== after[name]);
    expect(replaced.sort()).toEqual(['api', 'host']);
  });

  it('go away with down also when the host process was killed', async () => {
    const before = await machine.listing();
    await up();
    await machine.run('kill', '-KILL', String((await pids()).host));
    await down();
    expect(await machine.listing()).toEqual(before);
  });

  it('come back when they are killed', async () => {
    await up();
    const { url, processes } = await status();
    for (const { name, pid } of processes) {
      await machine.run('kill', '-KILL', String(pid));
      const wasRestarted = (now: HostStatus) =>
        now.processes.some((process) => process.name === name && process.pid !== pid && process.state === 'ready');
      await until(status, wasRestarted);
      await until(
        () => ask(url),
        ({ connected }) => connected,
      );
    }
  });
});

describe.runIf(process.getuid?.() === 0)('a folder without a running cloud', () => {
  it('is said to be one, and left alone', async () => {
    for (const [command, code] of [
      ['down', 1],
      ['restart', 1],
      ['status', 1],
      ['exec', 1],
    ] as const) {
      const refused = await machine.attempt(
        ...machine.andromede(command, 'nowhere', ...(command === 'exec' ? ['id'] : [])),
      );
      expect(refused, command).toMatchObject({ code, stderr: expect.stringContaining('Nothing runs in') });
    }
    expect(existsSync(`${machine.dir}/nowhere`)).toBe(false);
    expect(await machine.attempt(...machine.andromede('status', 'cloud'))).toMatchObject({ code: 3 });
    expect(await machine.attempt(...machine.andromede('down', 'cloud'))).toMatchObject({ code: 0 });
  });
});

describe.runIf(process.getuid?.() === 0)('an up that cannot be', () => {
  it('names the port that is taken and who holds it, and leaves nothing behind', async () => {
    const before = await machine.listing();
    const giveBack = await machine.hold(8000);
    const { code, stderr } = await machine.attempt(...machine.andromede('up', 'cloud', '--detach'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/port 8000 of 127\.0\.0\.1 is taken by socat \(pid \d+\).*--port/);
    await giveBack();
    expect(await machine.listing()).toEqual(before);
  });

  it('names the route that its external range collides with', async () => {
    await machine.run('ip', 'link', 'add', 'office', 'type', 'veth', 'peer', 'name', 'far');
    await machine.run('ip', 'link', 'set', 'office', 'up');
    await machine.run('ip', 'route', 'add', '172.24.0.0/16', 'dev', 'office');
    const refused = await machine.attempt(
      ...machine.andromede('up', 'cloud', '--detach', '--external-cidr', '172.24.5.0/24'),
    );
    expect(refused.stderr).toContain('172.24.5.0/24 collides with 172.24.0.0/16');
    await up('fresh', '--port', '8002');
    expect((await status('fresh')).externalCidr).toMatch(/^10\.224\./);
    await down('fresh');
    await machine.run('ip', 'link', 'delete', 'office');
  });

  it('leaves its external range to the cloud that was a moment sooner', async () => {
    const wish = ['--detach', '--external-cidr', '172.24.77.0/24'];
    const outcomes = await Promise.all([
      machine.attempt(...machine.andromede('up', 'early', ...wish, '--port', '8004')),
      machine.attempt(...machine.andromede('up', 'tardy', ...wish, '--port', '8005')),
    ]);
    expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(outcomes.map(({ stderr }) => stderr).join('')).toContain('172.24.77.0/24 collides with');
  });

  it('names the folder that keeps the services out', async () => {
    mkdirSync(`${machine.dir}/closed`, { mode: 0o700 });
    const { code, stderr } = await machine.attempt(...machine.andromede('up', 'closed/cloud', '--detach'));
    expect(code).toBe(1);
    expect(stderr).toContain(`${machine.dir}/closed, which the unprivileged services may not enter`);
  });

  it('names the file and the setting that is wrong', async () => {
    mkdirSync(`${machine.dir}/wrong`, { mode: 0o755 });
    writeFileSync(`${machine.dir}/wrong/config.yaml`, 'port: eighty\n');
    const { code, stderr } = await machine.attempt(...machine.andromede('up', 'wrong', '--detach'));
    expect(code).toBe(1);
    expect(stderr).toContain(`${machine.dir}/wrong/config.yaml: port is "eighty" but must be integer`);
  });

  it('does not stop a cloud that runs when its api cannot come back', async () => {
    await up();
    const before = await pids();
    await machine.run('kill', '-KILL', String(before.host));
    await machine.run('kill', '-KILL', String(before.api));
    await until(
      () => machine.attempt('kill', '-0', String(before.api)),
      ({ code }) => code !== 0,
    );
    const giveBack = await machine.hold(8000);
    const { code } = await machine.attempt(...machine.andromede('up', 'cloud', '--detach'));
    expect(code).toBe(1);
    await giveBack();
    await up();
    const after = await pids();
    const replaced = Object.keys(before).filter((name) => before[name] !== after[name]);
    expect(replaced.sort()).toEqual(['api', 'host']);
  });
});
