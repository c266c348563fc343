import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GuestVolume } from '../../cloud/compute/ports.ts';
import { newId } from '../../kernel/base/ids.ts';
import { VolumeFiles, volumePath } from '../local-disk/volumes.ts';
import { createStage, type Stage, specOf, TestHost } from './testing/stage.ts';

const isRoot = process.getuid?.() === 0;
const MiB = 2 ** 20;

/** Writes to its volume, and other things once the volume has grown. */
const writer = `#!/bin/sh
( write() { echo "$1" > /dev/vdb; sync; echo "wrote $1"; }
  while [ ! -b /dev/vdb ]; do sleep 0.1; done
  write first
  while [ "$(cat /sys/block/vdb/size)" = 8192 ]; do sleep 0.1; done
  write second
) &
`;

let stage: Stage;
let current: TestHost;
let files: VolumeFiles;
const [id, volumeId, copyId, kept, dropped] = [newId(), newId(), newId(), newId(), newId()];

beforeAll(async () => {
  if (!isRoot) return;
  stage = createStage();
  current = new TestHost(stage.installation);
  await current.host.start();
  const { dataDir, users } = stage.installation;
  files = new VolumeFiles({ dataDir, tools: users.tools, reader: users.api, holders: current.host.volumes });
});
afterAll(async () => {
  await current?.hypervisor.remove(id);
  current?.leave();
  stage?.remove();
});

const path = (volume: string) => volumePath(stage.installation.dataDir, volume);
const qemuImg = (...args: string[]) => execFileSync('qemu-img', args, { encoding: 'utf8' });
const snapshotsOf = (volume: string): string[] =>
  (JSON.parse(qemuImg('info', '-U', '--output=json', path(volume))).snapshots ?? []).map(
    ({ name }: { name: string }) => name,
  );

/** The line at the volume's start. */
function read(volume: string): string {
  const target = `${stage.installation.dataDir}/read`;
  qemuImg('dd', '-f', 'qcow2', '-O', 'raw', 'bs=512', 'count=1', `if=${path(volume)}`, `of=${target}`);
  return readFileSync(target, 'latin1').split('\n')[0] ?? '';
}

it.skipIf(!isRoot)(
  'a volume’s snapshots are made, copied and deleted while its guest writes on',
  {
    timeout: 120_000,
  },
  async () => {
    await files.create(volumeId, 4 * MiB, { kind: 'blank' });
    const volume: GuestVolume = {
      ...{ volumeId, connection: { driver: 'file', path: path(volumeId), format: 'qcow2' } },
      ...{ readOnly: false, sizeBytes: 4 * MiB },
    };
    const configDrive = { 'openstack/latest/meta_data.json': '{}', 'openstack/latest/user_data': writer };
    const spec = specOf(stage, { id, volumes: [volume], configDrive });
    await current.hypervisor.ensure(spec);
    await current.console(id, /wrote first/);
    for (const snapshot of [kept, dropped, kept]) await files.createSnapshot(volumeId, snapshot);
    expect(snapshotsOf(volumeId)).toEqual([kept, dropped]);

    await current.hypervisor.ensure({ ...spec, volumes: [{ ...volume, sizeBytes: 8 * MiB }] });
    await current.console(id, /wrote second/);
    await files.create(copyId, 4 * MiB, { kind: 'snapshot', volumeId, snapshotId: kept });
    expect(read(copyId)).toBe('first');
    for (const _ of ['once', 'again']) await files.removeSnapshot(volumeId, dropped);
    expect(snapshotsOf(volumeId)).toEqual([kept]);

    await current.hypervisor.ensure({ ...spec, volumes: [], power: 'off' });
    qemuImg('check', '-q', path(volumeId));
    expect(read(volumeId)).toBe('second');
    await files.revert(volumeId, kept);
    expect(read(volumeId)).toBe('first');
    await files.removeSnapshot(volumeId, kept);
    expect(snapshotsOf(volumeId)).toEqual([]);
  },
);
