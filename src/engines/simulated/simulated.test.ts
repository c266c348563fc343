import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GuestSpec, GuestState } from '../../cloud/compute/ports.ts';
import type { NetworkIntent, PortIntent } from '../../cloud/network/ports.ts';
import { fakeClock } from '../../kernel/testing/clock.ts';
import { readEffects, remaining, simulatedHypervisor, simulatedNetworkEngine } from './index.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(`${tmpdir()}/simulated-`);
});

afterEach(() => rmSync(dir, { recursive: true }));

function spec(changes: Partial<GuestSpec> = {}): GuestSpec {
  return {
    ...{ id: 'guest-1', name: 'one', vcpus: 1, memoryMiB: 128, nics: [], power: 'on' },
    ...{ volumes: [], configDrive: null, rescue: null },
    disk: { baseImage: null, baseFormat: 'raw', sizeBytes: 512 },
    ...changes,
  };
}

const network: NetworkIntent = { id: 'net-1', name: 'net', mtu: 1442, external: false, dnsDomain: null, subnets: [] };
const port: PortIntent = {
  ...{ id: 'port-1', networkId: 'net-1', mac: 'fa:16:3e:00:00:01', fixedIps: [], portSecurity: true },
  ...{ addressPairs: [], dhcpOptions: [], qos: [] },
  ...{ securityGroupIds: [], adminStateUp: true, hostName: null, dnsName: null, dnsDomain: null },
};

describe('the simulated hypervisor', () => {
  it('creates a guest once, and starts and stops it as it is meant to be', async () => {
    const hypervisor = simulatedHypervisor({ dir });
    expect(await hypervisor.ensure(spec())).toMatchObject({ id: 'guest-1', power: 'on' });
    expect(await hypervisor.ensure(spec())).toMatchObject({ power: 'on' });
    expect(await hypervisor.ensure(spec({ power: 'off' }))).toMatchObject({ power: 'off' });
    await hypervisor.remove('guest-1');
    await hypervisor.remove('guest-1');
    expect(readEffects(dir).map(({ effect }) => effect)).toEqual([
      'guest.create',
      'guest.power',
      'guest.power',
      'guest.remove',
    ]);
  });

  it('pauses and suspends a guest, and takes up what changed of it', async () => {
    const hypervisor = simulatedHypervisor({ dir });
    await hypervisor.ensure(spec());
    for (const power of ['paused', 'on', 'suspended', 'on'] as const) {
      expect(await hypervisor.ensure(spec({ power }))).toMatchObject({ power });
    }
    await hypervisor.ensure(spec({ memoryMiB: 256 }));
    expect(simulatedHypervisor({ dir }).spec('guest-1')).toMatchObject({ memoryMiB: 256 });
  });

  it('copies a disk into a file, and speaks on its console', async () => {
    const hypervisor = simulatedHypervisor();
    await hypervisor.ensure(spec());
    const copy = await hypervisor.snapshot('guest-1', `${dir}/copy`);
    expect(statSync(`${dir}/copy`).size).toBe(copy.virtualSizeBytes);
    const screen = await hypervisor.console('guest-1', 'vnc');
    expect(String(await once(screen, 'data'))).toBe('RFB 003.008\n');
    for (const [said, answer] of [
      ['RFB 003.008\n', [1, 1]],
      ['\x01', [0, 0, 0, 0]],
    ] as const) {
      screen.write(said);
      expect([...(await once(screen, 'data'))[0]]).toEqual(answer);
    }
    screen.write('\x01');
    const [opened] = (await once(screen, 'data')) as [Buffer];
    expect(opened.readUInt32BE(20), 'the length of the name that ends it').toBe(opened.length - 24);
    const line = await hypervisor.console('guest-1', 'serial');
    expect(String(await once(line, 'data'))).toMatch(/ is simulated\r\n$/);
    line.write('ls');
    expect(String(await once(line, 'data'))).toBe('ls');
    await hypervisor.ensure(spec({ power: 'off' }));
    await expect(hypervisor.console('guest-1', 'serial')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('takes its time to boot', async () => {
    const clock = fakeClock();
    const hypervisor = simulatedHypervisor({ clock, bootMs: 3_000 });
    const on = hypervisor.ensure(spec());
    await clock.advance(0);
    await clock.advance(2_999);
    expect(await hypervisor.list()).toMatchObject([{ power: 'off' }]);
    await clock.advance(1);
    expect(await on).toMatchObject({ power: 'on', since: new Date('2026-01-01T00:00:03Z') });
  });

  it('tells every state to a new listener, and then what happens by itself', async () => {
    const hypervisor = simulatedHypervisor();
    await hypervisor.ensure(spec());
    const told: GuestState[] = [];
    const listening = new AbortController();
    hypervisor.watch((state) => told.push(state), listening.signal);
    hypervisor.crash('guest-1', 'out of memory');
    await hypervisor.ensure(spec());
    hypervisor.shutDown('guest-1');
    listening.abort();
    hypervisor.crash('guest-1', 'nobody listens');
    expect(told.map(({ power, reason }) => [power, reason])).toEqual([
      ['on', undefined],
      ['crashed', 'out of memory'],
      ['off', undefined],
    ]);
  });

  it('fails as it is told to, before it touches anything', async () => {
    const before = () => {
      throw new Error('no disk left');
    };
    const hypervisor = simulatedHypervisor({ dir, before });
    await expect(hypervisor.ensure(spec())).rejects.toMatchObject({ code: 'engineUnavailable' });
    expect(readEffects(dir)).toEqual([]);
  });

  it('finds its world again after a kill -9, without what was half written', async () => {
    const script = `
      const { simulatedHypervisor } = await import(${JSON.stringify(`${import.meta.dirname}/index.ts`)});
      const hypervisor = simulatedHypervisor({ dir: ${JSON.stringify(dir)} });
      await hypervisor.ensure(${JSON.stringify(spec())});
      process.kill(process.pid, 'SIGKILL');
    `;
    await once(spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' }), 'close');
    appendFileSync(`${dir}/effects.ndjson`, '{"effect":"guest.create","id":"gue');
    const hypervisor = simulatedHypervisor({ dir });
    expect(await hypervisor.list()).toMatchObject([{ id: 'guest-1', power: 'on' }]);
    await hypervisor.ensure(spec());
    await hypervisor.ensure(spec({ id: 'guest-2' }));
    expect(remaining(readEffects(dir))).toEqual(['guest/guest-1', 'guest/guest-2']);
  });
});

describe('the simulated network engine', () => {
  it('remembers what it was told, across processes, and journals changes only', async () => {
    const first = simulatedNetworkEngine({ dir });
    await first.applyNetwork(network);
    await first.applySecurityGroup({ id: 'group-1', rules: [] });
    const second = simulatedNetworkEngine({ dir });
    await second.applyNetwork({ ...network });
    await second.applyNetwork({ ...network, mtu: 1500 });
    await second.applyPort({ ...port, securityGroupIds: ['group-1'] });
    await second.removeSecurityGroup('group-1');
    expect(await second.inventory()).toEqual({
      ...{ networks: ['net-1'], ports: ['port-1'], securityGroups: [], routers: [] },
    });
    expect(readEffects(dir).map(({ effect }) => effect)).toEqual([
      'network.create',
      'securityGroup.create',
      'network.update',
      'port.create',
      'securityGroup.remove',
    ]);
  });

  it('refuses a port of a network or security group that it does not know', async () => {
    const engine = simulatedNetworkEngine();
    await expect(engine.applyPort(port)).rejects.toMatchObject({ code: 'notFound' });
    await engine.applyNetwork(network);
    await expect(engine.applyPort({ ...port, securityGroupIds: ['group-1'] })).rejects.toMatchObject({
      code: 'notFound',
    });
  });

  it('tells that ports come up when a host has them, and how they are to a new listener', async () => {
    const engine = simulatedNetworkEngine();
    await engine.applyNetwork(network);
    const told: object[] = [];
    engine.watch((event) => told.push(event), new AbortController().signal);
    await engine.applyPort(port);
    await engine.applyPort({ ...port, hostName: 'elsewhere' });
    await engine.applyPort({ ...port, adminStateUp: false });
    expect(told).toEqual([
      { portId: 'port-1', up: false },
      { portId: 'port-1', up: true },
      { portId: 'port-1', up: false },
    ]);
    const later: object[] = [];
    engine.watch((event) => later.push(event), new AbortController().signal);
    expect(later).toEqual([{ portId: 'port-1', up: false }]);
  });

  it('shares its journal with the hypervisor', async () => {
    await simulatedNetworkEngine({ dir }).applyNetwork(network);
    await simulatedHypervisor({ dir }).ensure(spec());
    expect(remaining(readEffects(dir))).toEqual(['network/net-1', 'guest/guest-1']);
    expect(await simulatedHypervisor({ dir }).list()).toHaveLength(1);
    expect((await simulatedNetworkEngine({ dir }).inventory()).networks).toEqual(['net-1']);
  });

  it('notices in a journal that something was made twice', () => {
    const effect = { at: '', effect: 'guest.create', id: 'a' };
    expect(() => remaining([effect, effect])).toThrow('guest/a was created twice');
  });
});
