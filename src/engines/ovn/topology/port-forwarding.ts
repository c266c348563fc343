import type { RouterIntent } from '../../../cloud/network/ports.ts';
import type { Northbound } from '../northbound.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { checkedAddress } from './text.ts';

type Forwardings = RouterIntent['portForwardings'];

/** Port forwardings are what OVN calls a load balancer with one member: one a protocol. Returns those of the router. */
export function planForwardings(
  nb: Northbound,
  tx: Transaction,
  routerName: string,
  forwardings: Forwardings,
): string[] {
  const held = nb.loadBalancers.find('external_ids:neutron:router_name', routerName);
  const wanted = new Map((['tcp', 'udp'] as const).map((protocol) => [protocol, vipsOf(forwardings, protocol)]));
  for (const row of held) {
    const vips = wanted.get(row.protocol[0] as 'tcp' | 'udp');
    if (vips === undefined || isEmpty(vips)) tx.delete('Load_Balancer', row._uuid);
  }
  return [...wanted].flatMap(([protocol, vips]) => {
    if (isEmpty(vips)) return [];
    const row = held.find((each) => each.protocol[0] === protocol);
    const columns = {
      name: `forwarding-${routerName}-${protocol}`,
      protocol: [protocol],
      vips,
      external_ids: { 'neutron:router_name': routerName },
    };
    return [tx.ensure('Load_Balancer', row, columns)];
  });
}

function vipsOf(forwardings: Forwardings, protocol: 'tcp' | 'udp'): Readonly<Record<string, string>> {
  const own = forwardings.filter((each) => each.protocol === protocol);
  return Object.fromEntries(
    own.map(({ floatingAddress, externalPort, fixedAddress, internalPort }) => [
      `${checkedAddress(floatingAddress)}:${externalPort}`,
      `${checkedAddress(fixedAddress)}:${internalPort}`,
    ]),
  );
}

const isEmpty = (vips: Readonly<Record<string, string>>): boolean => Object.keys(vips).length === 0;
