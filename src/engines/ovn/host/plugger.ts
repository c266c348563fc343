import type { GuestNic, NicPlugger } from '../../../cloud/compute/ports.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { Links } from './links.ts';
import { integrationBridge } from './names.ts';
import type { OpenVSwitch } from './open-vswitch.ts';

const prefix = 'tap';

/**
 * A port's tap: 15 characters are all that a device's name may have. The id's end, because the beginnings of
 * time-ordered ids are the same for ports made at the same moment.
 */
export function tapName(portId: string): string {
  if (!isUuid(portId)) throw badRequest(`${JSON.stringify(portId)} is not a port id.`);
  return `${prefix}${portId.toLowerCase().replaceAll('-', '').slice(-11)}`;
}

/** Joins guests' taps to the integration bridge under their port's id, by which OVN knows them. */
export function nicPlugger(links: Links, openVSwitch: () => OpenVSwitch): NicPlugger {
  return {
    async plug(nic: GuestNic, uid: number) {
      const ifname = tapName(nic.portId);
      await links.tap(ifname, uid, nic.mtu);
      await openVSwitch().ensurePort(integrationBridge, ifname, { 'iface-id': nic.portId, 'attached-mac': nic.mac });
      return { ifname };
    },
    async unplug(portId: string) {
      const ifname = tapName(portId);
      await openVSwitch().removePort(ifname);
      await links.remove(ifname);
    },
  };
}

/** Takes out of the bridge the taps that are gone, e.g. because the namespace went away with `down`. */
export async function dropStaleTaps(links: Links, openVSwitch: OpenVSwitch): Promise<void> {
  const there = await links.names();
  for (const ifname of await openVSwitch.devicesOf(integrationBridge)) {
    if (ifname.startsWith(prefix) && !there.has(ifname)) await openVSwitch.removePort(ifname);
  }
}
