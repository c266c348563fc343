import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeDir } from '../src/app/host/api-process.ts';
import { Machine, type Outcome } from '../src/app/host/testing/machine.ts';

const isRoot = process.getuid?.() === 0;
const minutes = 60_000;

let machine: Machine;
let before: Record<string, string>;

/** A command of ours on that machine, with the real API. */
const andromede = (command: string, ...more: string[]) => [
  ...['env', '--unset=ANDROMEDE_API_PROGRAM'],
  ...machine.andromede(command, 'cloud', ...more),
];
const story = (...more: string[]): Promise<Outcome> => machine.attempt(...andromede('story', ...more));

/** Debian's own client, signed in by `DIR/openrc`. */
async function openstack(...args: string[]): Promise<string> {
  const script = '. "$0"; exec openstack "$@"';
  return (await machine.run('sh', '-c', script, `${machine.dir}/cloud/openrc`, ...args)).trim();
}

const only = (column: string) => ['--format', 'value', '--column', column];

beforeAll(async () => {
  if (!isRoot) return;
  machine = await Machine.start();
  before = await machine.listing();
  await machine.run(...andromede('up', '--detach'));
}, 2 * minutes);
afterAll(async () => {
  if (!isRoot) return;
  await machine.attempt(...andromede('down'));
  await machine.stop();
}, 2 * minutes);

describe.runIf(isRoot)('the story of a sale', () => {
  it(
    'is played to its end: page, file, usage, split to the cent, everything freed',
    async () => {
      const { code, stdout, stderr } = await story();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('the page says “Hello from Brittany”');
      expect(stdout).toMatch(/100 MiB received whole in [\d.]+ s/);
      expect(stdout.match(/adds up to the cent/g)).toHaveLength(2);
      expect(stdout).toMatch(/freed: the [1-9]\d* resources/);
    },
    6 * minutes,
  );

  it(
    'can be played again, in French, with what is there already',
    async () => {
      const { code, stdout, stderr } = await story('--lang', 'fr');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('la page dit « Bonjour de Bretagne »');
      expect(stdout).not.toContain('organisation create');
    },
    6 * minutes,
  );

  it('keeps the characters’ credentials to their owner', async () => {
    const [mode] = (await machine.run('stat', '--format=%a', `${machine.dir}/cloud/story/clouds.yaml`))
      .trim()
      .split('\n');
    expect(mode).toBe('600');
  });
});

describe.runIf(isRoot)('the stock client, with DIR/openrc', () => {
  it(
    'makes a server, reaches it by SSH through a floating IP inside DIR/netns, and deletes it',
    async () => {
      const key = `${machine.dir}/key`;
      await machine.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key);
      await openstack('keypair', 'create', '--public-key', `${key}.pub`, 'key');
      await openstack('network', 'create', 'net');
      await openstack('subnet', 'create', '--network', 'net', '--subnet-range', '10.30.0.0/24', 'subnet');
      await openstack('router', 'create', 'router');
      await openstack('router', 'set', '--external-gateway', 'public', 'router');
      await openstack('router', 'add', 'subnet', 'router', 'subnet');
      await openstack('security', 'group', 'create', 'ssh');
      await openstack('security', 'group', 'rule', 'create', '--protocol', 'tcp', '--dst-port', '22', 'ssh');
      const what = ['--image', 'andromede-tiny', '--flavor', 'm1.tiny', '--network', 'net', '--key-name', 'key'];
      await openstack('server', 'create', ...what, '--security-group', 'ssh', '--wait', 'server');
      const address = await openstack('floating', 'ip', 'create', ...only('floating_ip_address'), 'public');
      await openstack('server', 'add', 'floating', 'ip', 'server', address);

      const netns = readFileSync(`${machine.dir}/cloud/netns`, 'utf8').trim();
      const careless = [
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
        '-o',
        'ConnectTimeout=5',
      ];
      const ssh = ['ssh', '-i', key, '-o', 'BatchMode=yes', ...careless, `debian@${address}`, 'hostname'];
      const deadline = Date.now() + 2 * minutes;
      let seen: Outcome;
      do seen = await machine.attempt('ip', 'netns', 'exec', netns, ...ssh);
      while (seen.code !== 0 && Date.now() < deadline);
      expect(seen).toMatchObject({ code: 0, stdout: 'server\n' });

      await openstack('server', 'delete', '--wait', 'server');
      await openstack('floating', 'ip', 'delete', address);
      expect(await openstack('server', 'list', ...only('ID'))).toBe('');
      expect(await openstack('floating', 'ip', 'list', ...only('ID'))).toBe('');
    },
    6 * minutes,
  );
});

describe.runIf(isRoot)('what a cloud takes', () => {
  it('is less than 450 MB of memory, guests aside', async () => {
    const said = await machine.run('sh', `${codeDir}/tools/memory.sh`, `${machine.dir}/cloud`);
    expect(Number(/([\d.]+) {2}in all/.exec(said)?.[1])).toBeLessThan(450);
  });

  it(
    'is less than 3 s from `up` on an initialised DIR to an answer of every API, at best of three',
    async () => {
      const apis = ['identity/v3', 'image', 'compute', 'network', 'orchestration', 'market/v1/storefront'];
      let best = Number.POSITIVE_INFINITY;
      for (let time = 0; time < 3; time += 1) {
        await machine.run(...andromede('down'));
        const started = performance.now();
        await machine.run(...andromede('up', '--detach'));
        await machine.run('curl', '--silent', '--show-error', ...apis.map((api) => `http://127.0.0.1:8000/${api}`));
        best = Math.min(best, performance.now() - started);
      }
      expect(best).toBeLessThan(3000);
    },
    2 * minutes,
  );
});

describe.runIf(isRoot)('down', () => {
  it(
    'leaves the machine as it was',
    async () => {
      await machine.run(...andromede('down'));
      expect(await machine.listing()).toEqual(before);
    },
    2 * minutes,
  );
});
