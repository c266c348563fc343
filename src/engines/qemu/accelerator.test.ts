import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../kernel/base/log.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import { type FakeClock, fakeClock } from '../../kernel/testing/clock.ts';
import { type Accelerator, type Finding, type Probe, tryOnceABoot } from './accelerator.ts';

const kvm: Finding = { accelerator: { kind: 'kvm', reason: 'booted' }, isSlow: false };
const refused: Finding = { accelerator: { kind: 'tcg', reason: 'refused' }, isSlow: false };
const slow: Finding = { accelerator: { kind: 'tcg', reason: 'slow' }, isSlow: true };

const isRoot = process.getuid?.() === 0;
const minute = 60_000;

// What is kept belongs to root.
describe.skipIf(!isRoot)('whether this machine runs guests under KVM', () => {
  let dataDir: string;
  let clock: FakeClock;
  let tries: number;
  let told: Accelerator['kind'][];
  let host: AbortController;

  beforeEach(() => {
    dataDir = mkdtempSync(`${tmpdir()}/accelerator-`);
    clock = fakeClock();
    tries = 0;
  });
  afterEach(() => {
    host.abort();
    rmSync(dataDir, { recursive: true });
  });

  /** A host process starts; what it finds at each try is said. Resolves when it has tried `awaited` times. */
  async function hostStarts(findings: Finding[], awaited: number): Promise<{ ended: Promise<void> }> {
    host?.abort();
    host = new AbortController();
    told = [];
    const installation = { dataDir } as Installation;
    const log = createLogger('accelerator-test', 'silent');
    const probe: Probe = { installation, assetsDir: '', binds: [], log, clock, signal: host.signal };
    const tell = ({ kind }: Accelerator) => told.push(kind);
    const attempt = async () => {
      tries += 1;
      return findings.shift() ?? refused;
    };
    const ended = tryOnceABoot(probe, tell, attempt);
    ended.catch(() => {});
    await expect.poll(() => tries).toBe(awaited);
    await expect.poll(() => told.length).toBeGreaterThan(0);
    return { ended };
  }

  it.each([kvm, refused])('is found out once for each boot of the machine: $accelerator.reason', async (finding) => {
    await (await hostStarts([finding], 1)).ended;
    await (await hostStarts([slow], 1)).ended;
    expect(told).toEqual([finding.accelerator.kind]);
  });

  it('is asked again when the answer was slow, and may then be another', async () => {
    const { ended } = await hostStarts([slow, kvm], 1);
    expect(told).toEqual(['tcg']);
    await clock.advance(minute);
    await ended;
    expect(told).toEqual(['tcg', 'kvm']);
  });

  it('is asked three times at the most, also when host processes come and go', async () => {
    await hostStarts([slow], 1);
    const { ended } = await hostStarts([slow, slow], 1);
    expect(told).toEqual(['tcg']);
    await clock.advance(minute);
    await expect.poll(() => told).toEqual(['tcg', 'tcg']);
    await clock.advance(5 * minute);
    await ended;
    await (await hostStarts([kvm], 3)).ended;
    expect(told).toEqual(['tcg']);
  });
});
