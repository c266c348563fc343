import type { GuestNic, NicPlugger } from '../../../cloud/compute/ports.ts';
import type { Links } from './links.ts';
import { deviceName, integrationBridge, tapPrefix } from './names.ts';
import type { OpenVSwitch } from './open-vswitch.ts';

/** A port's tap. */
export const tapName = (portId: string): string => deviceName(tapPrefix, portId);

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

/** Takes out of the bridge the devices that are gone, e.g. because the namespace went away with `down`. */
export async function dropStaleDevices(links: Links, openVSwitch: OpenVSwitch): Promise<void> {
  const there = await links.names();
  for (const ifname of await openVSwitch.devicesOf(integrationBridge)) {
    if (!there.has(ifname)) await openVSwitch.removePort(ifname);
  }
}
