import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuestPower, GuestSpec, GuestVolume } from '../../cloud/compute/ports.ts';
import { newId } from '../../kernel/base/ids.ts';
import { createStage, processesOf, type Stage, specOf, TestHost } from './testing/stage.ts';

const isRoot = process.getuid?.() === 0;
const mebibyte = 1024 * 1024;

/** Says again and again how often it has said so, and what the guest sees of its hardware. */
const reporter = `#!/bin/sh
( n=0; while :; do
  n=$((n+1))
  disks=$(for d in /sys/block/vd*; do printf '%s:%s ' "\${d##*/}" "$(cat $d/size)"; done)
  echo "report $n cpus $(grep -c ^processor /proc/cpuinfo) disks $disks nets $(ls /sys/class/net | tr '\\n' ' ')"
  sleep 0.3
done ) &
`;

describe.skipIf(!isRoot)('a guest that is changed while it lives', { timeout: 120_000 }, () => {
  let stage: Stage;
  let current: TestHost;
  let spec: GuestSpec;
  const id = newId();

  beforeAll(async () => {
    stage = createStage();
    current = new TestHost(stage.installation);
    await current.host.start();
    const metaData = '{"hostname": "elodie"}';
    const configDrive = { 'openstack/latest/meta_data.json': metaData, 'openstack/latest/user_data': reporter };
    spec = specOf(stage, { id, configDrive });
    await current.hypervisor.ensure(spec);
    await report(0);
  });

  afterAll(async () => {
    await current.hypervisor.remove(id);
    await current.host.stopGuests(0);
    current.leave();
    stage.remove();
  });

  async function replaceHost(): Promise<void> {
    current.leave();
    current = new TestHost(stage.installation);
    await current.host.start();
  }

  function change(changes: Partial<GuestSpec>): Promise<unknown> {
    spec = { ...spec, ...changes };
    return current.hypervisor.ensure(spec);
  }

  /** Where the console is now: reports from here on are news. */
  const now = async () => (await current.hypervisor.consoleLog(id)).length;

  /** The number of the first whole report, from `offset` on, that matches. */
  async function report(offset: number, pattern = ''): Promise<number> {
    return Number((await current.console(id, new RegExp(`^report (\\d+) ${pattern}.*\\r?\n`, 'm'), offset))[1]);
  }

  /** The number of the last report of a guest that is held. */
  async function lastReport(): Promise<number> {
    const all = [...(await current.hypervisor.consoleLog(id)).matchAll(/^report (\d+) /gm)];
    return Number(all.at(-1)?.[1]);
  }

  it('shows its screen, and its serial line to whoever came last', async () => {
    const screen = await current.hypervisor.console(id, 'vnc');
    expect(String(await once(screen, 'data'))).toBe('RFB 003.008\n');
    screen.destroy();
    const first = await current.hypervisor.console(id, 'serial');
    expect(String(await once(first, 'data'))).not.toBe('');
    const gone = once(first, 'close');
    const second = await current.hypervisor.console(id, 'serial');
    await gone;
    expect(String(await once(second, 'data'))).not.toBe('');
    second.destroy();
  });

  it.each<[string, GuestPower]>([
    ['is held in memory', 'paused'],
    ['is kept on disk', 'suspended'],
  ])('%s and goes on where it was, also across host processes', async (_, power) => {
    expect(await current.hypervisor.ensure({ ...spec, power })).toMatchObject({ power });
    const [held, offset] = [await lastReport(), await now()];
    expect(processesOf(id)).toHaveLength(power === 'paused' ? 1 : 0);
    await replaceHost();
    expect(await current.hypervisor.ensure({ ...spec, power })).toMatchObject({ id, power });
    expect(await lastReport()).toBe(held);
    expect(await current.hypervisor.ensure(spec)).toMatchObject({ power: 'on' });
    expect(await report(offset)).toBe(held + 1);
    expect(processesOf(id)).toHaveLength(1);
  });

  it('that is paused goes down and comes back with the host, still paused, with what it had in memory', async () => {
    await current.hypervisor.ensure({ ...spec, power: 'paused' });
    const [held, offset] = [await lastReport(), await now()];
    await current.host.stopGuests(20_000);
    expect(processesOf(id)).toEqual([]);
    current.leave();
    current = new TestHost(stage.installation);
    const back = current.next(id, 'paused');
    await current.host.start();
    await back;
    expect(await lastReport()).toBe(held);
    await current.hypervisor.ensure(spec);
    expect(await report(offset)).toBe(held + 1);
  });

  it('gets and gives up cards and volumes', async () => {
    const path = `${stage.installation.dataDir}/volumes/one`;
    writeFileSync(path, Buffer.alloc(4 * mebibyte));
    const volume: GuestVolume = {
      volumeId: newId(),
      connection: { driver: 'file', path, format: 'raw' },
      readOnly: false,
      sizeBytes: 4 * mebibyte,
    };
    const nic = { portId: newId(), networkId: newId(), mac: 'fa:16:3e:00:00:05', mtu: 1442 };
    await change({ nics: [nic], volumes: [volume] });
    await report(await now(), '.*vdc:8192 .*eth0');
    expect(stage.links()).toContain(`tap${nic.portId.slice(-11)}`);
    expect(statSync(path).uid).toBe(stage.installation.users.guests.firstUid);
    await replaceHost();
    await change({ volumes: [{ ...volume, sizeBytes: 8 * mebibyte }] });
    await report(await now(), '.*vdc:16384 ');
    // Suspended with both, it finds both again.
    await current.hypervisor.ensure({ ...spec, power: 'suspended' });
    await change({});
    await report(await now(), '.*vdc:16384 .*eth0');
    await change({ nics: [], volumes: [] });
    await report(await now(), 'cpus 1 disks vda:\\d+ vdb:\\d+  nets lo \\r');
    expect(stage.links()).toEqual(['lo']);
    expect(statSync(path)).toMatchObject({ uid: 0, size: 8 * mebibyte });
  });

  it('refuses a volume from elsewhere, and goes on without it', async () => {
    const connection = { driver: 'file', path: '/etc/passwd', format: 'raw' } as const;
    const volume = { volumeId: newId(), connection, readOnly: true, sizeBytes: 512 };
    await expect(current.hypervisor.ensure({ ...spec, volumes: [volume] })).rejects.toMatchObject({
      code: 'unprocessable',
    });
    expect(await current.hypervisor.ensure(spec)).toMatchObject({ power: 'on' });
    expect(statSync('/etc/passwd').uid).toBe(0);
  });

  it('is copied while it runs and while it does not, into images that stand alone', async () => {
    for (const power of ['on', 'off'] as const) {
      await current.hypervisor.ensure({ ...spec, power });
      const target = `${stage.installation.dataDir}/images/copy-${power}`;
      expect(await current.hypervisor.snapshot(id, target)).toEqual({ format: 'qcow2', virtualSizeBytes: 2 ** 30 });
      const info = JSON.parse(execFileSync('qemu-img', ['info', '--output=json', target], { encoding: 'utf8' }));
      expect(info).toMatchObject({ format: 'qcow2', 'virtual-size': 2 ** 30 });
      expect(info).not.toHaveProperty('backing-filename');
      execFileSync('qemu-img', ['check', '-q', target]);
      expect(statSync(target)).toMatchObject({ uid: stage.installation.users.api.uid, mode: 0o100640 });
    }
    await expect(current.hypervisor.snapshot(id, '/etc/copy')).rejects.toMatchObject({ code: 'badRequest' });
  });

  it('has more processors, memory and disk after a start', async () => {
    const [{ disk }, offset] = [spec, await now()];
    await change({ vcpus: 2, memoryMiB: 160, disk: disk && { ...disk, sizeBytes: 2 ** 31 } });
    await report(offset, `cpus 2 disks vda:${2 ** 31 / 512} `);
    const args = readFileSync(`/proc/${current.pidOf(id)}/cmdline`, 'utf8').split('\0');
    expect(args).toContain('size=160M');
  });

  it('finds an ephemeral disk and swap after the one that it starts from, and no more when it has none', async () => {
    const [gib, mib] = [2 ** 30, 2 ** 20];
    const sizeBytes = spec.disk?.sizeBytes ?? 0;
    const scratchDisks = (ephemeral: number) =>
      [
        { kind: 'ephemeral', sizeBytes: ephemeral },
        { kind: 'swap', sizeBytes: 64 * mib },
      ] as const;
    const sectors = (...sizes: number[]) => sizes.map((size, index) => `vd${'abc'[index]}:${size / 512} `).join('');
    for (const size of [gib, 2 * gib, 0]) {
      await current.hypervisor.ensure({ ...spec, power: 'off' });
      const offset = await now();
      await change({ scratchDisks: size === 0 ? [] : scratchDisks(size) });
      // The config drive comes after them.
      const sizes = size === 0 ? [sizeBytes] : [sizeBytes, size, 64 * mib];
      await report(offset, `.*disks ${sectors(...sizes)}vd${'abcd'[sizes.length]}:(?!${(64 * mib) / 512} )`);
    }
  });

  it('boots another system when it is rescued, with its own disk second, and then its own again', async () => {
    const copy = `${stage.installation.dataDir}/images/copy-off`;
    const disk = { baseImage: copy, baseFormat: 'qcow2', sizeBytes: 2 ** 30 } as const;
    let offset = await now();
    await current.hypervisor.ensure({ ...spec, rescue: { disk, configDrive: spec.configDrive } });
    await report(offset, `.*vda:${2 ** 30 / 512} vdb:${2 ** 31 / 512} `);
    offset = await now();
    await current.hypervisor.ensure(spec);
    await report(offset, `.*vda:${2 ** 31 / 512} `);
  });

  it('starts with a new disk when it is rebuilt, once', async () => {
    const offset = await now();
    await change({ disk: { baseImage: stage.image, baseFormat: 'qcow2', sizeBytes: 2 ** 30, generation: 1 } });
    const pid = current.pidOf(id);
    await change({});
    await report(offset, `.*vda:${2 ** 30 / 512} `);
    expect(processesOf(id)).toEqual([pid]);
  });
});
