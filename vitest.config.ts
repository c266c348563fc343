import { defineConfig } from 'vitest/config';

/**
 * One project a kind of test, so that each is counted once; `tools/test.sh` runs them in this order.
 * `globalSetup` starts a PostgreSQL for each worker of a run.
 */
const real = '**/*.real.test.ts';
const crash = '**/*crash.test.ts';

const kinds = [
  { name: 'unit', include: ['src/**/*.test.ts', 'tests/architecture/**/*.test.ts'], exclude: [real, crash] },
  { name: 'api', include: ['tests/acceptance/**/*.test.ts', 'tests/sweeps/**/*.test.ts'], exclude: [real, crash] },
  // Chromium: one file at a time, a page is heavy.
  { name: 'pages', include: ['tests/pages/**/*.test.ts'], fileParallelism: false, testTimeout: 60_000 },
  { name: 'crash', include: [`src/${crash}`, `tests/${crash}`], testTimeout: 60_000 },
  // In front of real OpenStack, inside its network: `npm run demo:openstack -- test`.
  { name: 'openstack', include: ['tests/openstack/**/*.test.ts'], fileParallelism: false, testTimeout: 300_000 },
  // Real guests and networks: as root, one file at a time.
  { name: 'real', include: [`src/${real}`, `tests/${real}`], fileParallelism: false, testTimeout: 120_000 },
  // Whole distributions, minutes each without hardware virtualisation: by `npm run image:debian:test` only.
  { name: 'images', include: ['tests/images/*.slow.test.ts'], fileParallelism: false, testTimeout: 1_200_000 },
];

export default defineConfig({
  test: {
    // Two at once: our smallest machines have two cores.
    maxWorkers: 2,
    projects: kinds.map((kind) => ({
      test: {
        globalSetup: 'src/kernel/testing/global-setup.ts',
        testTimeout: 20_000,
        hookTimeout: kind.testTimeout ?? 30_000,
        ...kind,
      },
    })),
  },
});
