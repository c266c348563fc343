import { describe, expect, it } from 'vitest';
import { inspect, openedAs, refusal } from './content.ts';

interface Qcow2 {
  readonly version?: number;
  readonly backing?: bigint;
  readonly crypt?: number;
  readonly incompatible?: bigint;
  readonly extensions?: readonly { readonly type: number; readonly data: string }[];
}

function qcow2({ version = 3, backing = 0n, crypt = 0, incompatible = 0n, extensions = [] }: Qcow2 = {}): Buffer {
  const head = Buffer.alloc(65_536);
  head.write('QFI\xfb', 'latin1');
  head.writeUInt32BE(version, 4);
  head.writeBigUInt64BE(backing, 8);
  head.writeBigUInt64BE(10n * 1024n ** 3n, 24);
  head.writeUInt32BE(crypt, 32);
  let at = 72;
  if (version === 3) {
    head.writeBigUInt64BE(incompatible, 72);
    head.writeUInt32BE(104, 100);
    at = 104;
  }
  for (const { type, data } of extensions) {
    head.writeUInt32BE(type, at);
    head.writeUInt32BE(data.length, at + 4);
    head.write(data, at + 8);
    at += 8 + Math.ceil(data.length / 8) * 8;
  }
  return head;
}

function vmdk(createType: string): Buffer {
  const head = Buffer.alloc(2048);
  head.write('KDMV');
  head.writeBigUInt64LE(2048n, 12);
  head.writeBigUInt64LE(1n, 28);
  head.writeBigUInt64LE(2n, 36);
  head.write(`# Disk DescriptorFile\ncreateType="${createType}"\n`, 512);
  return head;
}

/** A VMDK as QEMU would follow it out of the file: each way must be refused. */
function vmdkWith({ capacity = 2048n, descriptor }: { capacity?: bigint; descriptor: string }): Buffer {
  const head = vmdk('monolithicSparse');
  head.writeBigUInt64LE(capacity, 12);
  head.fill(0, 512);
  head.write(descriptor, 512);
  return head;
}

describe('a hostile image', () => {
  const harmless = 'createType="monolithicSparse"';
  it.each([
    ['VMDK without a capacity', vmdkWith({ capacity: 0n, descriptor: `${harmless}\nRW 1 FLAT "/etc/shadow" 0` })],
    ['VMDK with a parent', vmdkWith({ descriptor: `${harmless}\nparentCID=1\nparentFileNameHint="/etc/shadow"` })],
    ['VMDK of several files', vmdkWith({ descriptor: 'createType="twoGbMaxExtentFlat"' })],
    ['VDI that is a difference', vdi(4)],
    ['VHD that is a difference', vhd(4)],
  ])('is refused whatever it is declared as: a %s', (_, head) => {
    for (const declared of ['raw', 'qcow2', 'vmdk', 'vdi', 'vhd', 'ami']) {
      expect(refusal(declared, inspect(head))).not.toBeNull();
    }
  });

  it('is one that opens another file, not its kind', () => {
    expect(inspect(vmdkWith({ descriptor: harmless })).danger).toBeNull();
    expect(inspect(vdi(1)).danger).toBeNull();
    expect(inspect(vhd(3)).danger).toBeNull();
  });
});

function vdi(kind: number): Buffer {
  const head = Buffer.alloc(1024);
  head.writeUInt32LE(0xbeda107f, 0x40);
  head.writeUInt32LE(kind, 0x4c);
  return head;
}

function vhd(kind: number): Buffer {
  const head = Buffer.alloc(512);
  head.write('conectix');
  head.writeUInt32BE(kind, 60);
  return head;
}

describe('what bytes are', () => {
  it('is told by their header', () => {
    expect(inspect(qcow2())).toEqual({ format: 'qcow2', virtualSize: 10n * 1024n ** 3n, danger: null });
    expect(inspect(qcow2({ version: 2 }))).toMatchObject({ format: 'qcow2', danger: null });
    expect(inspect(vmdk('monolithicSparse'))).toEqual({ format: 'vmdk', virtualSize: 1024n * 1024n, danger: null });
    expect(inspect(Buffer.from('vhdxfile and more'))).toMatchObject({ format: 'vhdx' });
    expect(inspect(Buffer.from('conectix and more'))).toMatchObject({ format: 'vhd' });
    expect(inspect(Buffer.alloc(65_536))).toEqual({ format: null, virtualSize: null, danger: null });
    expect(inspect(Buffer.alloc(0)).format).toBeNull();
  });

  it.each([
    ['a backing file', qcow2({ backing: 512n })],
    ['an external data file', qcow2({ incompatible: 4n })],
    ['names an external data file', qcow2({ extensions: [{ type: 0x44415441, data: '/etc/shadow' }] })],
    [
      'names an external data file',
      qcow2({
        extensions: [
          { type: 0x6803f857, data: 'features' },
          { type: 0x44415441, data: '/etc/shadow' },
        ],
      }),
    ],
    ['names a backing file format', qcow2({ version: 2, extensions: [{ type: 0xe2792aca, data: 'raw' }] })],
    ['encrypted', qcow2({ crypt: 1 })],
    ['corrupt', qcow2({ incompatible: 2n })],
    ['features that are not known', qcow2({ incompatible: 1n << 20n })],
    ['version is 9', qcow2({ version: 9 })],
    ['cut short', qcow2().subarray(0, 40)],
    ['cut short', qcow2().subarray(0, 90)],
    ['do not end', qcow2({ extensions: [{ type: 1, data: 'x' }] }).fill(0xff, 112, 65_536)],
    ['VMDK type is monolithicFlat', vmdk('monolithicFlat')],
    ['names other files', Buffer.from('# Disk DescriptorFile\nRW 1 FLAT "/etc/shadow" 0\n')],
    ['QED', Buffer.from('QED\0and more')],
  ])('with danger is refused: %s', (why, head) => {
    const content = inspect(head);
    expect(content.danger).toContain(why);
    expect(refusal('qcow2', content)).toContain(why);
  });
});

describe('a declared format', () => {
  it('must be what the bytes are, as far as they say', () => {
    expect(refusal('qcow2', inspect(qcow2()))).toBeNull();
    expect(refusal('raw', inspect(qcow2()))).toContain('declared as raw but its content is qcow2');
    expect(refusal('vmdk', inspect(qcow2()))).not.toBeNull();
    expect(refusal('raw', inspect(Buffer.alloc(512)))).toBeNull();
    expect(refusal('qcow2', inspect(Buffer.alloc(512)))).toBeNull();
  });

  it('decides how the bytes are opened; those that are not what it says are not', () => {
    expect(openedAs('qcow2', inspect(qcow2()))).toBe('qcow2');
    expect(openedAs('raw', inspect(Buffer.alloc(512)))).toBe('raw');
    expect(openedAs('qcow2', inspect(Buffer.alloc(512)))).toBeNull();
  });
});
