import { conflict } from '../../kernel/base/errors.ts';
import type { OpenVolume } from '../local-disk/index.ts';
import type { Qmp } from './qmp.ts';

/** What QEMU tells of a block node whose file is qcow2. */
interface Snapshotted {
  readonly 'node-name': string;
  readonly ro: boolean;
  readonly image: { readonly snapshots?: readonly { readonly name: string }[] };
}

/**
 * Snapshots of a volume that a machine has open, in the volume's own file, as `qemu-img` makes them at rest (QEMU's QMP
 * reference, "blockdev-snapshot-internal-sync"). A read-only volume has none made: its file is not written to.
 */
export function openVolume(qmp: Qmp, node: string): OpenVolume {
  async function look(): Promise<{ readonly names: readonly string[]; readonly readOnly: boolean }> {
    const nodes = await qmp.execute<Snapshotted[]>('query-named-block-nodes', { flat: true });
    const found = nodes.find((one) => one['node-name'] === node);
    return { names: found?.image.snapshots?.map(({ name }) => name) ?? [], readOnly: found?.ro === true };
  }
  async function change(command: string, name: string, wanted: boolean): Promise<void> {
    const { names, readOnly } = await look();
    if (names.includes(name) === wanted) return;
    if (readOnly) throw conflict('A server has the volume read-only: its snapshots change when it is detached.');
    await qmp.execute(command, { device: node, name });
  }
  return {
    createSnapshot: (id) => change('blockdev-snapshot-internal-sync', id, true),
    removeSnapshot: (id) => change('blockdev-snapshot-delete-internal-sync', id, false),
  };
}
