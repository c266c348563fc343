import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuestSpec } from '../../cloud/compute/ports.ts';
import { newId } from '../../kernel/base/ids.ts';
import { createStage, processesOf, type Stage, specOf, TestHost } from './testing/stage.ts';

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)('on a machine with too much to do', { timeout: 120_000 }, () => {
  let stage: Stage;
  let current: TestHost;
  let spec: GuestSpec;
  let pid: number;
  const id = newId();

  beforeAll(async () => {
    stage = createStage();
    current = new TestHost(stage.installation);
    await current.host.start();
    const nic = { portId: newId(), networkId: newId(), mac: 'fa:16:3e:00:00:07', mtu: 1442 };
    spec = specOf(stage, { id, nics: [nic] });
    await current.hypervisor.ensure(spec);
    pid = current.pidOf(id);
  });

  afterAll(async () => {
    for (const guest of await current.hypervisor.list()) await current.hypervisor.remove(guest.id);
    await current.host.stopGuests(0);
    current.leave();
    stage.remove();
  });

  async function replaceHost(options = {}): Promise<void> {
    current.leave();
    current = new TestHost(stage.installation, options);
    await current.host.start();
  }

  const leaseOf = (guest: string) => `${stage.installation.dataDir}/servers/${guest}/lease`;

  /** Processes that wait for the guest's lease. */
  function waitingFor(guest: string): number[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map(Number).filter((candidate) => {
      try {
        const [program, ...args] = readFileSync(`/proc/${candidate}/cmdline`, 'utf8').split('\0');
        return program === 'flock' && args.includes(leaseOf(guest)) && args.includes('--no-fork');
      } catch {
        return false;
      }
    });
  }

  it('a guest that answers late is not taken for dead, neither by its host process nor by the next one', async () => {
    await replaceHost({ answerMs: 300 });
    process.kill(pid, 'SIGSTOP');
    try {
      await expect(current.hypervisor.ensure(spec)).rejects.toMatchObject({ code: 'engineUnavailable' });
      await replaceHost({ answerMs: 300 });
      expect(await current.hypervisor.list()).toMatchObject([{ id, power: 'on' }]);
      await expect(current.hypervisor.ensure({ ...spec, power: 'paused' })).rejects.toThrow('does not answer');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await replaceHost();
    expect(await current.hypervisor.ensure(spec)).toMatchObject({ power: 'on' });
    expect(processesOf(id)).toEqual([pid]);
    expect(current.told.map(({ power }) => power)).not.toContain('crashed');
    await current.console(id, /I am elodie/);
  });

  it('a guest that became known only while another was started in its place is taken up', async () => {
    const record = `${stage.installation.dataDir}/servers/${id}/process`;
    current.leave();
    renameSync(record, `${record}.late`);
    current = new TestHost(stage.installation);
    const crashed = current.next(id, 'crashed');
    await current.host.start();
    await crashed;
    const ensured = current.hypervisor.ensure(spec);
    await expect.poll(() => waitingFor(id), { timeout: 30_000 }).toHaveLength(1);
    renameSync(`${record}.late`, record);
    expect(await ensured).toMatchObject({ power: 'on' });
    expect(processesOf(id)).toEqual([pid]);
    expect(await current.hypervisor.ensure({ ...spec, power: 'off' })).toMatchObject({ power: 'off' });
    expect(processesOf(id)).toEqual([]);
  });

  it('a start that takes too long leaves nothing that would start later, and ends no process but its own', async () => {
    const holder = spawn('flock', [leaseOf(id), 'sleep', '600'], { stdio: 'ignore', detached: true });
    try {
      await once(holder, 'spawn');
      await expect.poll(() => isLocked(leaseOf(id))).toBe(true);
      await replaceHost({ answerMs: 300 });
      await expect(current.hypervisor.ensure(spec)).rejects.toMatchObject({ code: 'engineUnavailable' });
      expect(waitingFor(id)).toEqual([]);
      expect(holder.exitCode).toBe(null);
    } finally {
      if (holder.pid !== undefined) process.kill(-holder.pid, 'SIGKILL');
    }
    await replaceHost();
    expect(await current.hypervisor.ensure(spec)).toMatchObject({ power: 'on' });
  });
});

function isLocked(path: string): boolean {
  try {
    execFileSync('flock', ['--nonblock', path, 'true'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}
