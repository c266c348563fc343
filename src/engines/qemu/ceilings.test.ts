import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Installation } from '../../kernel/supervise/installation.ts';
import { findCeilings } from './ceilings.ts';

const installation = { netns: 'andromede-1a2b3c4d' } as Installation;
const guest = { id: 'g', vcpus: 2, memoryMiB: 1000 };
let root: string;

beforeEach(() => {
  root = mkdtempSync(`${tmpdir()}/cgroup-`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const file = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const make = (path: string, content = '') => {
  mkdirSync(`${root}/${path.slice(0, path.lastIndexOf('/') + 1)}`, { recursive: true });
  writeFileSync(`${root}/${path}`, content);
};

it('a guest has a processor more than its own, and its memory with what QEMU needs, in a cgroup of version 2', async () => {
  make('cgroup.controllers', 'cpuset cpu io memory pids\n');
  const ceilings = await findCeilings(installation, root);
  expect(ceilings.state.kind).toBe('cgroup v2');
  expect(await ceilings.raise(guest)).toEqual([`${root}/andromede-1a2b3c4d/g/cgroup.procs`]);
  expect(file('andromede-1a2b3c4d/cgroup.subtree_control')).toBe('+cpu +memory');
  expect(file('andromede-1a2b3c4d/g/cpu.max')).toBe('300000 100000');
  expect(file('andromede-1a2b3c4d/g/memory.max')).toBe(String(1356 * 2 ** 20));
});

it('has the same in two of version 1, where the second has no such controllers', async () => {
  make('unified/cgroup.controllers', 'hugetlb\n');
  for (const tree of ['cpu', 'memory']) make(`${tree}/cgroup.procs`);
  const ceilings = await findCeilings(installation, root);
  expect(ceilings.state.kind).toBe('cgroup v1');
  const own = (tree: string) => `${tree}/andromede-1a2b3c4d/g`;
  expect(await ceilings.raise(guest)).toEqual(['cpu', 'memory'].map((tree) => `${root}/${own(tree)}/cgroup.procs`));
  expect(file(`${own('cpu')}/cpu.cfs_quota_us`)).toBe('300000');
  expect(file(`${own('memory')}/memory.limit_in_bytes`)).toBe(String(1356 * 2 ** 20));
});

it('has none where the host may not make any, which says why and makes nothing', async () => {
  mkdirSync(`${root}/memory`);
  const ceilings = await findCeilings(installation, root);
  expect(ceilings.state).toMatchObject({ kind: 'none', reason: expect.stringMatching(/v2: .*ENOENT.*v1: .*ENOENT/) });
  expect(await ceilings.raise(guest)).toEqual([]);
  await ceilings.drop('g');
  await ceilings.dropEmpty();
  expect(existsSync(`${root}/memory/andromede-1a2b3c4d`)).toBe(false);
});
