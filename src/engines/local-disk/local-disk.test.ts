import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkBaseImage,
  createConfigDrive,
  createDisk,
  ensureScratchDisk,
  type ScratchKind,
  writeDurably,
} from './index.ts';
import { readQcow2Header } from './qcow2-header.ts';

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mode: 0o600 };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/local-disk-`);
  mkdirSync(`${folder}/images`);
});

afterEach(() => rmSync(folder, { recursive: true }));

function qemuImg(...args: string[]): string {
  return execFileSync('qemu-img', args, { encoding: 'utf8' });
}

describe('a base image', () => {
  const check = (path: string, format: 'qcow2' | 'raw') => checkBaseImage(`${folder}/images`, path, format);
  const image = (name = 'image') => `${folder}/images/${name}`;

  it.each(['0.10', '1.1'])('is accepted as qcow2 of compatibility level %s, with its virtual size', async (compat) => {
    qemuImg('create', '-q', '-f', 'qcow2', '-o', `compat=${compat}`, image(), '3M');
    expect(await check(image(), 'qcow2')).toEqual({ path: image(), format: 'qcow2', sizeBytes: 3 * 2 ** 20 });
  });

  it('is accepted as raw, whatever it holds', async () => {
    qemuImg('create', '-q', '-f', 'qcow2', image(), '3M');
    expect(await check(image(), 'raw')).toMatchObject({ format: 'raw', sizeBytes: statSync(image()).size });
  });

  it('is refused when it has a backing file', async () => {
    qemuImg('create', '-q', '-f', 'raw', image('base'), '1M');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', image('base'), '-F', 'raw', image());
    await expect(check(image(), 'qcow2')).rejects.toMatchObject({ code: 'unprocessable' });
  });

  it('is refused when its data is in another file', async () => {
    qemuImg('create', '-q', '-f', 'qcow2', '-o', `data_file=${folder}/data`, image(), '1M');
    await expect(check(image(), 'qcow2')).rejects.toThrow('refers to another file');
  });

  it('is refused when it is not what it is said to be, cut short, or empty', async () => {
    writeFileSync(image('text'), 'x'.repeat(200));
    writeFileSync(image('short'), Buffer.from('514649fb00000003', 'hex'));
    writeFileSync(image('empty'), '');
    for (const name of ['text', 'short', 'empty']) {
      await expect(check(image(name), 'qcow2')).rejects.toThrow('not in the format qcow2');
    }
  });

  it('is refused when it lies elsewhere, is a folder, or is not there', async () => {
    symlinkSync('/etc/passwd', image('link'));
    mkdirSync(image('folder'));
    for (const path of [image('link'), '/etc/passwd', `${image()}/../../images-not`, image('folder'), image('none')]) {
      await expect(check(path, 'raw')).rejects.toMatchObject({ code: 'unprocessable' });
    }
  });

  it('has a header that no bytes whatever make fail to be read', () => {
    for (let round = 0; round < 2_000; round++) {
      const bytes = randomBytes(round % 120);
      if (bytes.length >= 8) bytes.write('514649fb0000000', 0, 'hex');
      expect(() => readQcow2Header(bytes)).not.toThrow();
    }
  });
});

describe('a disk', () => {
  const path = () => `${folder}/disk.qcow2`;

  it('is a layer over its base, of the size asked for, in whole sectors', async () => {
    const base = `${folder}/images/base`;
    writeFileSync(base, Buffer.alloc(2 ** 20, 'x'));
    await createDisk(path(), { path: base, format: 'raw' }, 2 ** 21 + 1, owner);
    expect(JSON.parse(qemuImg('info', '--output=json', path()))).toMatchObject({
      'virtual-size': 2 ** 21 + 512,
      'backing-filename': base,
      'backing-filename-format': 'raw',
    });
    qemuImg('convert', '-O', 'raw', path(), `${folder}/flat`);
    expect(
      readFileSync(`${folder}/flat`)
        .subarray(0, 2 ** 20)
        .equals(readFileSync(base)),
    ).toBe(true);
  });

  it('is blank without a base', async () => {
    await createDisk(path(), null, 2 ** 20, owner);
    expect(JSON.parse(qemuImg('info', '--output=json', path()))).not.toHaveProperty('backing-filename');
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('is there as a whole or not at all', async () => {
    const full = { path: `${folder}/none`, format: 'no-such-format' as 'raw' };
    await expect(createDisk(path(), full, 2 ** 20, owner)).rejects.toThrow('no-such-format');
    expect(existsSync(path())).toBe(false);
    writeFileSync(`${path()}.draft`, 'what a crash left');
    await createDisk(path(), null, 2 ** 20, owner);
    expect(readdirSync(folder).sort()).toEqual(['disk.qcow2', 'images']);
  });
});

describe('a config drive', () => {
  const path = () => `${folder}/config.img`;
  const content = (name: string) =>
    execFileSync('mcopy', ['-i', path(), `::/${name}`, '-'], { encoding: 'utf8', maxBuffer: 2 ** 24 });

  it('is a vfat file system with the label config-2 that holds the files as they are', async () => {
    const files = {
      'openstack/latest/meta_data.json': '{"name": "Élodie"}',
      'openstack/latest/user_data': `#!/bin/sh\n${'#'.repeat(65_535)}`,
      'ec2/latest/meta-data.json': '',
    };
    await createConfigDrive(path(), files, owner);
    for (const [name, text] of Object.entries(files)) expect(content(name)).toBe(text);
    const bytes = Buffer.alloc(512);
    readSync(openSync(path(), 'r'), bytes, 0, 512, 0);
    expect(bytes.toString('latin1', 43, 54)).toBe('config-2   ');
    expect(readFileSync(path()).includes('config-2   \x08')).toBe(true);
  });

  it('has room for many small files and for a few large ones', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`openstack/content/${i}/x/y/z/${i}.txt`, `${i}`]),
    );
    await createConfigDrive(path(), { ...many, large: 'x'.repeat(3 * 2 ** 20) }, owner);
    expect(content('openstack/content/59/x/y/z/59.txt')).toBe('59');
    expect(content('large')).toHaveLength(3 * 2 ** 20);
  });

  it.each(['../x', '/etc/x', 'a//b', '', 'a/../b', '-x/..', 'a\nb', 'a b', '.hidden', 'a:b', 'é'])(
    'refuses the name %j',
    async (name) => {
      await expect(createConfigDrive(path(), { [name]: 'x' }, owner)).rejects.toMatchObject({ code: 'badRequest' });
      expect(readdirSync(folder)).toEqual(['images']);
    },
  );

  it('refuses more than it can hold', async () => {
    const large = 'x'.repeat(17 * 2 ** 20);
    await expect(createConfigDrive(path(), { large }, owner)).rejects.toMatchObject({ code: 'badRequest' });
  });
});

describe('a disk beside the root disk', () => {
  const path = () => `${folder}/scratch.img`;
  const ensure = (kind: ScratchKind, mebibytes: number) => ensureScratchDisk(path(), kind, mebibytes * 2 ** 20, owner);
  const probe = () => execFileSync('blkid', ['--probe', '--output', 'export', path()], { encoding: 'utf8' });

  it.each([
    ['ephemeral', 'ext4', 'LABEL=ephemeral0'],
    ['swap', 'swap', ''],
  ] as const)(
    'is ready to use as %s, takes little until it is used, and stays what it is',
    async (kind, type, label) => {
      await ensure(kind, 64);
      expect(probe()).toMatch(new RegExp(`^TYPE=${type}$`, 'm'));
      expect(probe()).toContain(label);
      expect(statSync(path()).size).toBe(64 * 2 ** 20);
      expect(statSync(path()).blocks * 512).toBeLessThan(8 * 2 ** 20);
      const made = readFileSync(path());
      await ensure(kind, 64);
      expect(readFileSync(path()).equals(made)).toBe(true);
    },
  );

  it('grows and does not shrink when it holds files', async () => {
    await ensure('ephemeral', 64);
    const uuid = /^UUID=.*$/m.exec(probe())?.[0];
    for (const [asked, size] of [
      [96, 96],
      [32, 96],
    ] as const) {
      await ensure('ephemeral', asked);
      expect(statSync(path()).size).toBe(size * 2 ** 20);
      expect(probe()).toContain(uuid);
    }
  });

  it('is of the size asked for when it is swap space', async () => {
    for (const size of [64, 32]) {
      await ensure('swap', size);
      expect(statSync(path()).size).toBe(size * 2 ** 20);
      expect(probe()).toContain('TYPE=swap');
    }
  });
});

describe('a file written durably', () => {
  it('replaces the one before as a whole, with the mode asked for', async () => {
    const path = `${folder}/record`;
    writeFileSync(`${path}.draft`, 'what a crash left, longer than what is written now');
    await writeDurably(path, 'first', owner);
    await writeDurably(path, 'second', { ...owner, mode: 0o640 });
    expect(readFileSync(path, 'utf8')).toBe('second');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(['images', 'record']);
  });
});
