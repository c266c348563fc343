import { rm } from 'node:fs/promises';
import { createDisk, type Ownership } from '../local-disk/index.ts';
import { runJob } from './job.ts';
import type { Qmp } from './qmp.ts';

/** The machine's state is a snapshot of this name in a file of its own, so that the guest's disks stay as they are. */
const tag = 'machine';
const node = 'memory';
/** The state lies beyond the disk that the file pretends to be. */
const pretendedBytes = 1024 * 1024;

/** Writes the halted machine's memory and devices to `path`. */
export async function saveMachine(qmp: Qmp, path: string, owner: Ownership, signal: AbortSignal): Promise<void> {
  await closeFile(qmp);
  await createDisk(path, null, pretendedBytes, owner);
  await openFile(qmp, path);
  await runJob(qmp, 'save', 'snapshot-save', { tag, vmstate: node, devices: [node] }, signal);
  await closeFile(qmp);
}

/** Gives a machine that was started, but not let go, the memory and devices of `path`. */
export async function loadMachine(qmp: Qmp, path: string): Promise<void> {
  await openFile(qmp, path);
  await runJob(qmp, 'load', 'snapshot-load', { tag, vmstate: node, devices: [node] });
  await closeFile(qmp);
}

/** Deletes a saved machine. */
export async function dropMachine(path: string): Promise<void> {
  await rm(path, { force: true });
}

async function openFile(qmp: Qmp, path: string): Promise<void> {
  const file = { driver: 'file', filename: path, locking: 'on' };
  await qmp.execute('blockdev-add', { 'node-name': node, driver: 'qcow2', file, backing: null });
}

/** Not there is as good as closed. */
async function closeFile(qmp: Qmp): Promise<void> {
  await qmp.execute('blockdev-del', { 'node-name': node }).catch(() => {});
}
