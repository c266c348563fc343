import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuestSpec } from '../../cloud/compute/ports.ts';
import { newId } from '../../kernel/base/ids.ts';
import { currentBootId } from '../../kernel/supervise/identity.ts';
import { createStage, processesOf, type Stage, specOf, TestHost } from './testing/stage.ts';

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)('QEMU on this machine', { timeout: 240_000 }, () => {
  let stage: Stage;
  let current: TestHost;

  beforeAll(async () => {
    stage = createStage();
    current = new TestHost(stage.installation);
    await current.host.start();
  });

  afterAll(async () => {
    for (const { id } of await current.hypervisor.list()) await current.hypervisor.remove(id);
    await current.host.stopGuests(0);
    current.leave();
    stage.remove();
  });

  /** The host process ends and another one takes its place. */
  async function replaceHost(): Promise<void> {
    current.leave();
    current = new TestHost(stage.installation);
    await current.host.start();
  }

  function folderOf(id: string): string {
    return `${stage.installation.dataDir}/servers/${id}`;
  }

  describe('a guest', () => {
    const id = newId();
    let spec: GuestSpec;

    beforeAll(async () => {
      spec = specOf(stage, { id });
      expect(await current.hypervisor.ensure(spec)).toMatchObject({ id, power: 'on' });
    });

    it('boots from its image, finds its config drive, and logs to the console', async () => {
      await current.console(id, /I am elodie/);
      expect((await current.hypervisor.consoleLog(id, 2)).trimEnd().split('\n')).toHaveLength(2);
    });

    it('is left alone when it is ensured again', async () => {
      const pid = current.pidOf(id);
      const before = await current.hypervisor.list();
      await Promise.all([current.hypervisor.ensure(spec), current.hypervisor.ensure(spec)]);
      expect(processesOf(id)).toEqual([pid]);
      expect(await current.hypervisor.list()).toEqual(before);
    });

    it('runs confined: its own user, no capability, filtered system calls, sockets out of its reach', () => {
      const status = readFileSync(`/proc/${current.pidOf(id)}/status`, 'utf8');
      const { firstUid } = stage.installation.users.guests;
      expect(status).toMatch(new RegExp(`^Uid:\\s${firstUid}\\s${firstUid}\\s${firstUid}\\s${firstUid}$`, 'm'));
      expect(status).toMatch(/^Groups:\s*$/m);
      expect(status).toMatch(/^CapBnd:\s0+$/m);
      expect(status).toMatch(/^CapEff:\s0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\s1$/m);
      expect(status).toMatch(/^Seccomp:\s2$/m);
      expect(statSync(`${stage.installation.runDir}/guests/${id}`)).toMatchObject({ uid: 0, mode: 0o40700 });
      expect(statSync(folderOf(id)).uid).toBe(0);
    });

    it('is under ceilings of its own where this host may make them, and leaves none behind', async (context) => {
      const { kind } = current.host.ceilings ?? {};
      if (kind === 'none') return context.skip('no cgroup can be made here');
      const own = `/${stage.installation.netns}/${id}`;
      const joined = readFileSync(`/proc/${current.pidOf(id)}/cgroup`, 'utf8').split('\n');
      const mine = joined.filter((line) => line.endsWith(own)).map((line) => line.split(':')[1]);
      expect(mine.sort()).toEqual(kind === 'cgroup v2' ? [''] : ['cpu', 'memory']);
      await current.hypervisor.ensure({ ...spec, power: 'off' });
      const memory = kind === 'cgroup v2' ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
      expect(existsSync(`${memory}${own}`)).toBe(false);
      await current.hypervisor.ensure(spec);
      expect(existsSync(`${memory}${own}`)).toBe(true);
      await current.console(id, /I am elodie[\s\S]*I am elodie/);
    });

    it('lives on when the host process is replaced, and is found again', async () => {
      const pid = current.pidOf(id);
      await replaceHost();
      expect(await current.hypervisor.list()).toMatchObject([{ id, power: 'on' }]);
      expect(processesOf(id)).toEqual([pid]);
    });

    it('shuts down softly when asked', async () => {
      expect(await current.hypervisor.ensure({ ...spec, power: 'off' })).toMatchObject({ power: 'off' });
      expect(await current.hypervisor.consoleLog(id)).toContain('power button');
      expect(processesOf(id)).toEqual([]);
    });

    it('stays off when the host process is replaced', async () => {
      await replaceHost();
      expect(await current.hypervisor.list()).toMatchObject([{ id, power: 'off' }]);
      expect(processesOf(id)).toEqual([]);
    });

    it('is told to have crashed when its process is killed, and starts again on demand', async () => {
      await current.hypervisor.ensure(spec);
      const crashed = current.next(id, 'crashed');
      process.kill(current.pidOf(id), 'SIGKILL');
      expect((await crashed).reason).toContain('QEMU ended by itself');
      expect(await current.hypervisor.ensure(spec)).toMatchObject({ power: 'on' });
      expect((await current.hypervisor.list())[0]).not.toHaveProperty('reason');
    });

    it('is found crashed when it was killed while there was no host process', async () => {
      const pid = current.pidOf(id);
      current.leave();
      process.kill(pid, 'SIGKILL');
      while (existsSync(`/proc/${pid}/fd/0`)) await sleep(5);
      current = new TestHost(stage.installation);
      const crashed = current.next(id, 'crashed');
      await current.host.start();
      await crashed;
      expect(processesOf(id)).toEqual([]);
    });

    it('starts anew when it is rebooted, softly or hard', async () => {
      await current.hypervisor.ensure(spec);
      const before = (await current.hypervisor.consoleLog(id)).length;
      await current.hypervisor.reboot(id, 'hard');
      await current.console(id, new RegExp(`^[^]{${before}}[^]*I am elodie`));
      await current.hypervisor.reboot(id, 'soft');
      await current.console(id, new RegExp(`^[^]{${before}}[^]*I am elodie[^]*power button[^]*I am elodie`));
      expect(processesOf(id)).toHaveLength(1);
      expect(await current.hypervisor.list()).toMatchObject([{ id, power: 'on' }]);
    });

    it('is stopped with the host and boots again with it', async () => {
      await current.host.stopGuests(20_000);
      expect(processesOf(id)).toEqual([]);
      current.leave();
      current = new TestHost(stage.installation);
      const on = current.next(id, 'on');
      await current.host.start();
      expect(await current.hypervisor.list()).toMatchObject([{ id, power: 'on' }]);
      await on;
      expect(processesOf(id)).toHaveLength(1);
      expect(current.told.map(({ power }) => power)).not.toContain('off');
    });

    it('leaves no process, file or socket when it is removed, however often', async () => {
      await current.hypervisor.remove(id);
      await current.hypervisor.remove(id);
      expect(processesOf(id)).toEqual([]);
      expect(stage.links()).toEqual(['lo']);
      expect(readdirSync(`${stage.installation.dataDir}/servers`)).toEqual([]);
      expect(existsSync(`${stage.installation.runDir}/guests/${id}`)).toBe(false);
      expect(await current.hypervisor.list()).toEqual([]);
      expect(await current.hypervisor.consoleLog(id)).toBe('');
    });
  });

  it('knows whether the processor can run guests, and asks it once for each boot of the machine', async () => {
    const verdict = `${stage.installation.dataDir}/cache/accelerator.json`;
    await replaceHost();
    const spec = specOf(stage);
    await current.hypervisor.ensure(spec);
    const { accelerator } = current.host;
    expect(accelerator?.reason).not.toBe('');
    const args = readFileSync(`/proc/${current.pidOf(spec.id)}/cmdline`, 'utf8').split('\0');
    expect(args.some((arg) => arg.startsWith(accelerator?.kind ?? 'none'))).toBe(true);
    await current.hypervisor.remove(spec.id);
    if (!existsSync('/dev/kvm')) return;
    const kept = { bootId: currentBootId(), accelerator: { kind: 'tcg', reason: 'kept' } };
    writeFileSync(verdict, JSON.stringify(kept));
    await replaceHost();
    await expect.poll(() => current.host.accelerator).toEqual(kept.accelerator);
  });

  it('plugs cards when a guest starts and takes them away when it is off, dead or removed', async () => {
    const portId = newId();
    const spec = specOf(stage, { nics: [{ portId, networkId: newId(), mac: 'fa:16:3e:00:00:01', mtu: 1442 }] });
    const { id } = spec;
    const tap = `tap${portId.slice(-11)}`;
    await current.hypervisor.ensure(spec);
    expect(stage.links()).toContain(tap);
    const crashed = current.next(id, 'crashed');
    process.kill(current.pidOf(id), 'SIGKILL');
    await crashed;
    expect(stage.links()).not.toContain(tap);
    await current.hypervisor.ensure(spec);
    expect(stage.links()).toContain(tap);
    await current.hypervisor.remove(id);
    expect(stage.links()).not.toContain(tap);
  });

  it('lets a guest that powers itself off stay off, also across host processes', async () => {
    const script = '#!/bin/sh\necho o >/proc/sysrq-trigger\n';
    const spec = specOf(stage, {
      configDrive: { 'openstack/latest/meta_data.json': '{}', 'openstack/latest/user_data': script },
    });
    const off = current.next(spec.id, 'off');
    await current.hypervisor.ensure(spec);
    await off;
    await replaceHost();
    expect(await current.hypervisor.list()).toMatchObject([{ id: spec.id, power: 'off' }]);
    expect(processesOf(spec.id)).toEqual([]);
    await current.hypervisor.remove(spec.id);
  });

  it('keeps the disk of a guest whose image is deleted', async () => {
    const image = `${stage.image}.copy`;
    copyFileSync(stage.image, image);
    const spec = specOf(stage, { disk: { baseImage: image, baseFormat: 'qcow2', sizeBytes: 2 ** 30 }, power: 'off' });
    await current.hypervisor.ensure(spec);
    rmSync(image);
    expect(await current.hypervisor.ensure({ ...spec, power: 'on' })).toMatchObject({ power: 'on' });
    await current.hypervisor.remove(spec.id);
  });

  it.each([
    ['outside the folder of images', () => '/etc/passwd'],
    ['not there', () => `${stage.image}.none`],
    [
      'a link to elsewhere',
      () => {
        const link = `${stage.image}.link`;
        rmSync(link, { force: true });
        symlinkSync('/etc/passwd', link);
        return link;
      },
    ],
  ])('refuses an image that is %s, and leaves nothing', async (_, baseImage) => {
    const spec = specOf(stage, { disk: { baseImage: baseImage(), baseFormat: 'raw', sizeBytes: 2 ** 30 } });
    await expect(current.hypervisor.ensure(spec)).rejects.toMatchObject({ code: 'unprocessable' });
    expect(existsSync(folderOf(spec.id))).toBe(false);
  });

  it('says why a guest cannot start', async () => {
    const image = `${stage.image}.secret`;
    copyFileSync(stage.image, image);
    chmodSync(image, 0o600);
    const spec = specOf(stage, { disk: { baseImage: image, baseFormat: 'qcow2', sizeBytes: 2 ** 30 } });
    await expect(current.hypervisor.ensure(spec)).rejects.toMatchObject({ code: 'engineUnavailable' });
    const [state] = await current.hypervisor.list();
    expect(state).toMatchObject({ power: 'crashed', reason: expect.stringContaining('Permission denied') });
    await current.hypervisor.remove(spec.id);
  });

  it('sweeps away what a guest left that was not recorded yet, and is not stopped by a damaged record', async () => {
    const [unrecorded, damaged] = [folderOf(newId()), folderOf(newId())];
    mkdirSync(unrecorded, { recursive: true });
    writeFileSync(`${unrecorded}/base.img`, 'x');
    mkdirSync(damaged, { recursive: true });
    writeFileSync(`${damaged}/guest.json`, '{"id":');
    await replaceHost();
    expect(await current.hypervisor.list()).toEqual([]);
    expect(existsSync(unrecorded)).toBe(false);
    expect(existsSync(`${damaged}/guest.json`)).toBe(true);
    rmSync(damaged, { recursive: true });
  });

  describe('a host process killed in the middle', () => {
    /** Starts a host process that raises the guest, and kills it `afterMs` later; resolves when it is gone. */
    async function killDuringStart(spec: GuestSpec, afterMs: number): Promise<void> {
      const script = `${import.meta.dirname}/testing/doomed-host.ts`;
      const args = JSON.stringify({ installation: stage.installation, spec });
      const child = spawn(process.execPath, [script, args], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      await sleep(afterMs);
      child.kill('SIGKILL');
      await once(child, 'close');
    }

    it.each([0, 10, 25, 50, 75, 100, 150, 200, 300])('after %i ms leaves one guest or none', async (afterMs) => {
      current.leave();
      const spec = specOf(stage, {
        nics: [{ portId: newId(), networkId: newId(), mac: 'fa:16:3e:00:00:02', mtu: 1442 }],
      });
      await killDuringStart(spec, afterMs);
      current = new TestHost(stage.installation);
      await current.host.start();
      expect(await current.hypervisor.ensure(spec)).toMatchObject({ power: 'on' });
      expect(processesOf(spec.id)).toHaveLength(1);
      await current.hypervisor.remove(spec.id);
      expect(processesOf(spec.id)).toEqual([]);
      expect(stage.links()).toEqual(['lo']);
      expect(readdirSync(`${stage.installation.dataDir}/servers`)).toEqual([]);
    });
  });
});
