import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VolumeFiles, volumePath } from './volumes.ts';

const MiB = 2 ** 20;
const [one, two, three] = ['1', '2', '3'].map((digit) => `${digit.repeat(8)}-0000-7000-8000-000000000000`) as [
  string,
  string,
  string,
];
const snapshot = '99999999-0000-7000-8000-000000000000';

let dataDir: string;
let files: VolumeFiles;

beforeEach(() => {
  dataDir = mkdtempSync(`${tmpdir()}/volumes-`);
  for (const name of ['volumes', 'backups', 'exports', 'images']) mkdirSync(`${dataDir}/${name}`);
  files = new VolumeFiles({
    dataDir,
    tools: undefined,
    reader: undefined,
    holders: { hold: (_, work) => work(undefined) },
  });
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const qemuImg = (...args: string[]) => execFileSync('qemu-img', args, { encoding: 'utf8' });
const path = (id: string) => volumePath(dataDir, id);
const blank = { kind: 'blank' } as const;

/** Writes at the volume's start, as a guest would. */
function write(id: string, text: string): void {
  writeFileSync(`${dataDir}/content`, text.padEnd(512, '.'));
  qemuImg('dd', '-f', 'raw', '-O', 'raw', 'bs=512', `if=${dataDir}/content`, `of=${dataDir}/sector`);
  qemuImg('resize', '-q', '-f', 'raw', `${dataDir}/sector`, String(sizeOf(id)));
  qemuImg('convert', '-n', '-f', 'raw', '-O', 'qcow2', `${dataDir}/sector`, path(id));
}

/** What a guest would read at the volume's start. */
function read(id: string): string {
  qemuImg('dd', '-f', 'qcow2', '-O', 'raw', 'bs=512', 'count=1', `if=${path(id)}`, `of=${dataDir}/read`);
  return readFileSync(`${dataDir}/read`, 'latin1').replaceAll(/[.\0]+$/g, '');
}

const sizeOf = (id: string) => JSON.parse(qemuImg('info', '--output=json', path(id)))['virtual-size'] as number;

describe('volumes as files', () => {
  it('are made once, grow and never shrink, go, and leave nothing', async () => {
    await files.create(one, 4 * MiB, blank);
    write(one, 'kept');
    await files.create(one, 4 * MiB, blank);
    expect(read(one)).toBe('kept');
    await files.grow(one, 8 * MiB);
    await files.grow(one, 2 * MiB);
    expect([sizeOf(one), read(one)]).toEqual([8 * MiB, 'kept']);
    expect(statSync(path(one)).mode & 0o777).toBe(0o600);
    expect(await files.inventory()).toEqual({ volumes: [one], backups: [] });
    await files.remove(one);
    await files.remove(one);
    expect(readdirSync(`${dataDir}/volumes`)).toEqual([]);
  });

  it('keep snapshots, which can be gone back to, copied and deleted in any order', async () => {
    await files.create(one, 4 * MiB, blank);
    write(one, 'first');
    await files.createSnapshot(one, snapshot);
    await files.createSnapshot(one, snapshot);
    write(one, 'second');
    await files.createSnapshot(one, two);
    await files.grow(one, 8 * MiB);
    await files.create(three, 6 * MiB, { kind: 'snapshot', volumeId: one, snapshotId: snapshot });
    expect([read(three), sizeOf(three)]).toEqual(['first', 6 * MiB]);
    await files.revert(one, snapshot);
    expect(read(one)).toBe('first');
    await files.removeSnapshot(one, snapshot);
    await files.removeSnapshot(one, snapshot);
    await files.revert(one, two);
    expect(read(one)).toBe('second');
  });

  it('are copied from volumes and images, grown to their size, and refused when too small', async () => {
    qemuImg('create', '-q', '-f', 'qcow2', `${dataDir}/images/${two}`, String(4 * MiB));
    const image = { kind: 'image', path: `${dataDir}/images/${two}`, format: 'qcow2' } as const;
    await files.create(one, 5 * MiB, image);
    expect(sizeOf(one)).toBe(5 * MiB);
    await expect(files.create(two, 2 * MiB, image)).rejects.toMatchObject({ code: 'unprocessable' });
    write(one, 'copied');
    await files.create(three, 6 * MiB, { kind: 'volume', volumeId: one });
    expect([read(three), sizeOf(three)]).toEqual(['copied', 6 * MiB]);
    expect((await files.inventory()).volumes.sort()).toEqual([one, three]);
  });

  it('are backed up to files that outlive them, and restored into new ones or themselves', async () => {
    await files.create(one, 4 * MiB, blank);
    write(one, 'saved');
    await files.createBackup(two, { volumeId: one, snapshotId: null });
    write(one, 'lost');
    await files.createSnapshot(one, snapshot);
    await files.restoreBackup(two, one);
    expect(read(one)).toBe('saved');
    await files.revert(one, snapshot);
    expect(read(one)).toBe('lost');
    await files.remove(one);
    await files.create(three, 4 * MiB, { kind: 'backup', backupId: two });
    expect(read(three)).toBe('saved');
    await files.removeBackup(two);
    expect((await files.inventory()).backups).toEqual([]);
  });

  it('are written out to be read, in the format that is asked for', async () => {
    await files.create(one, 4 * MiB, blank);
    write(one, 'out');
    const raw = await files.export(two, { volumeId: one, snapshotId: null }, 'raw');
    expect(readFileSync(raw, 'latin1').slice(0, 3)).toBe('out');
    expect(statSync(raw).size).toBe(4 * MiB);
    await files.removeExport(two);
    expect(readdirSync(`${dataDir}/exports`)).toEqual([]);
  });

  it('are not opened when they name another file, whoever wrote that', async () => {
    await files.create(one, 4 * MiB, blank);
    writeFileSync(`${dataDir}/secret`, Buffer.alloc(4 * MiB, 's'));
    qemuImg('rebase', '-u', '-F', 'raw', '-b', `${dataDir}/secret`, path(one));
    const copy = files.create(two, 4 * MiB, { kind: 'volume', volumeId: one });
    await expect(copy).rejects.toMatchObject({ code: 'unprocessable' });
    expect((await files.inventory()).volumes).toEqual([one]);
  });
});
