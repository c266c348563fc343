import { contains, formatAddress, isHostAddress, parseAddress, parseCidr } from '../domain/addresses.ts';
import type { WantedIp } from '../domain/attributes.ts';
import { addressAllocated, invalid, invalidInput, noMoreAddresses } from '../domain/faults.ts';
import type { FixedIp } from '../domain/records.ts';
import { type Allocatable, isAllocated, lockSubnets, takeNextAddress } from '../store/allocations.ts';
import { type Change, rowsOf } from './change.ts';

/** `max_fixed_ips_per_port` of Neutron. */
const mostPerPort = 5;

/**
 * Gives the port addresses of its network: those that are wanted, or without a wish one of the first subnet that has
 * one left. A network without subnets gives none. `kept` are addresses that the port has already.
 */
export async function giveAddresses(
  change: Change,
  port: { readonly id: string; readonly networkId: string },
  wanted: readonly WantedIp[] | undefined,
  kept: readonly FixedIp[] = [],
): Promise<FixedIp[]> {
  if ((wanted?.length ?? 0) > mostPerPort) throw invalidInput('Exceeded maximum amount of fixed ips per port');
  const subnets = await lockSubnets(change.tx, port.networkId);
  if (wanted === undefined) {
    return subnets.length === 0
      ? []
      : [await insertAddress(change, port.id, await anyAddress(change, subnets, port.networkId), 0)];
  }
  // Addresses that are named first, so that none of them is given away as a free one.
  const given: FixedIp[] = [];
  const order = [...wanted.entries()].sort(
    ([, a], [, b]) => Number(a.ipAddress === undefined) - Number(b.ipAddress === undefined),
  );
  for (const [position, wish] of order) {
    const same = kept.find((ip) => ip.ipAddress === wish.ipAddress && (wish.subnetId ?? ip.subnetId) === ip.subnetId);
    if (same === undefined) {
      const address = await wishedAddress(change, port.networkId, subnets, wish);
      given[position] = await insertAddress(change, port.id, address, position);
    } else {
      given[position] = same;
    }
  }
  return given;
}

async function anyAddress(change: Change, subnets: readonly Allocatable[], networkId: string): Promise<FixedIp> {
  for (const subnet of subnets) {
    const ipAddress = await takeNextAddress(change.tx, subnet);
    if (ipAddress !== undefined) return { subnetId: subnet.id, ipAddress };
  }
  throw noMoreAddresses(networkId);
}

async function wishedAddress(
  change: Change,
  networkId: string,
  subnets: readonly Allocatable[],
  { subnetId, ipAddress }: WantedIp,
): Promise<FixedIp> {
  const subnet = subnets.find(({ id }) => id === subnetId);
  if (subnetId !== undefined && subnet === undefined) {
    throw invalidInput(
      `Failed to create port on network ${networkId}, because fixed_ips included invalid subnet ${subnetId.slice(0, 64)}`,
    );
  }
  if (ipAddress !== undefined)
    return namedAddress(change, networkId, subnet === undefined ? subnets : [subnet], ipAddress);
  if (subnet === undefined) throw invalidInput('IP allocation requires subnet_id or ip_address');
  const fresh = (await lockSubnets(change.tx, networkId)).find(({ id }) => id === subnet.id) ?? subnet;
  return anyAddress(change, [fresh], networkId);
}

async function namedAddress(
  change: Change,
  networkId: string,
  subnets: readonly Allocatable[],
  text: string,
): Promise<FixedIp> {
  const address = parseAddress(text);
  if (address === undefined) throw invalidInput(`'${text.slice(0, 64)}' is not a valid IP address`);
  const ipAddress = formatAddress(address);
  const holders = subnets.flatMap((subnet) => {
    const cidr = parseCidr(subnet.cidr);
    return cidr !== undefined && contains(cidr, address) ? [{ id: subnet.id, cidr }] : [];
  });
  const [holder] = holders;
  if (holder === undefined) {
    throw subnets.length === 1
      ? invalid('InvalidIpForSubnet', `IP address ${ipAddress} is not a valid IP for the specified subnet.`)
      : invalid(
          'InvalidIpForNetwork',
          `IP address ${ipAddress} is not a valid IP for any of the subnets on the specified network ${networkId}.`,
        );
  }
  if (!isHostAddress(holder.cidr, address)) {
    throw invalid('InvalidIpForSubnet', `IP address ${ipAddress} is not a valid IP for the specified subnet.`);
  }
  if (await isAllocated(change.tx, holder.id, ipAddress)) throw addressAllocated(ipAddress, holder.id);
  return { subnetId: holder.id, ipAddress };
}

async function insertAddress(change: Change, portId: string, ip: FixedIp, position: number): Promise<FixedIp> {
  await rowsOf(change)
    .insertInto('network.ip_allocation')
    .values({ port_id: portId, subnet_id: ip.subnetId, address: ip.ipAddress, position })
    .execute();
  return ip;
}

/** Gives the port `wanted` instead of what it has; answers the addresses that it no longer has. */
export async function replaceAddresses(
  change: Change,
  port: { readonly id: string; readonly networkId: string; readonly fixedIps: readonly FixedIp[] },
  wanted: readonly WantedIp[],
): Promise<FixedIp[]> {
  // A subnet named without an address keeps the address that the port has there.
  const held = port.fixedIps.filter((ip) => !wanted.some(({ ipAddress }) => ipAddress === ip.ipAddress));
  const wishes = wanted.map((wish) => {
    const at = wish.ipAddress === undefined ? held.findIndex(({ subnetId }) => subnetId === wish.subnetId) : -1;
    return at < 0 ? wish : (held.splice(at, 1)[0] ?? wish);
  });
  const kept = port.fixedIps.filter((ip) => wishes.some(({ ipAddress }) => ipAddress === ip.ipAddress));
  const dropped = port.fixedIps.filter((ip) => !kept.includes(ip));
  for (const { subnetId, ipAddress } of dropped) {
    await rowsOf(change)
      .deleteFrom('network.ip_allocation')
      .where('subnet_id', '=', subnetId)
      .where('address', '=', ipAddress)
      .execute();
  }
  const now = await giveAddresses(change, port, wishes, kept);
  for (const [position, { subnetId, ipAddress }] of now.entries()) {
    await rowsOf(change)
      .updateTable('network.ip_allocation')
      .set({ position })
      .where('subnet_id', '=', subnetId)
      .where('address', '=', ipAddress)
      .execute();
  }
  return dropped;
}
