import { contains, formatAddress, isHostAddress, parseAddress, parseCidr } from '../domain/addresses.ts';
import type { WantedIp } from '../domain/attributes.ts';
import { addressAllocated, invalid, invalidInput, noMoreAddresses } from '../domain/faults.ts';
import { eui64Address, notAssignable } from '../domain/ipv6.ts';
import type { FixedIp } from '../domain/records.ts';
import { isWithin } from '../domain/subnet-rules.ts';
import { type Allocatable, giveNextAddress, isAllocated, lockSubnets } from '../store/allocations.ts';
import { type Change, rowsOf } from './change.ts';

/** `max_fixed_ips_per_port` of Neutron. */
const mostPerPort = 5;

/** What of a port decides which addresses it has. */
export interface Addressed {
  readonly id: string;
  readonly networkId: string;
  readonly mac: string;
  readonly deviceOwner: string;
  /** A router's leg makes no address of its MAC address. */
  readonly routerId: string | null;
}

/** An address of any subnet of the IP version. */
interface AnyOf {
  readonly ipVersion: 4 | 6;
}

type Wish = WantedIp | AnyOf;

/**
 * Gives the port addresses of its network: those that are wanted, or without a wish one of each IP version that the
 * network has subnets of; and those that it makes itself of its MAC address. A network without subnets gives none.
 * `kept` are addresses that the port has already.
 */
export async function giveAddresses(
  change: Change,
  port: Addressed,
  wanted: readonly Wish[] | undefined,
  kept: readonly FixedIp[] = [],
): Promise<FixedIp[]> {
  const subnets = await lockSubnets(change.tx, port.networkId);
  const wishes = wanted === undefined ? usualWishes(subnets, port) : explicitWishes(subnets, port, port.mac, wanted);
  if (wishes.length > mostPerPort) throw invalidInput('Exceeded maximum amount of fixed ips per port');
  const given: FixedIp[] = [];
  // Addresses that are named first, so that none of them is given away as a free one.
  const order = [...wishes.entries()].sort(([, a], [, b]) => Number(!isNamed(a)) - Number(!isNamed(b)));
  for (const [position, wish] of order) {
    const same = kept.find(
      (ip) => isNamed(wish) && ip.ipAddress === wish.ipAddress && (wish.subnetId ?? ip.subnetId) === ip.subnetId,
    );
    given[position] = same ?? (await giveWished(change, port, subnets, wish, position));
  }
  for (const own of automaticAddresses(subnets, port)) {
    const same = kept.find(({ ipAddress }) => ipAddress === own.ipAddress);
    if (same === undefined && (await isAllocated(change.tx, own.subnetId, own.ipAddress))) {
      throw addressAllocated(own.ipAddress, own.subnetId);
    }
    given.push(same ?? (await insertAddress(change, port.id, own, given.length)));
  }
  return given;
}

function isNamed(wish: Wish): wish is WantedIp & { readonly ipAddress: string } {
  return 'ipAddress' in wish && wish.ipAddress !== undefined;
}

/** Whether ports of this use are given addresses of the subnet unasked. */
function isOffered({ serviceTypes }: Allocatable, { deviceOwner }: Addressed): boolean {
  return serviceTypes.length === 0 || serviceTypes.includes(deviceOwner);
}

function isAutomatic(subnet: Allocatable, port: Addressed): boolean {
  return subnet.autoAddress && port.routerId === null && port.deviceOwner !== 'network:floatingip';
}

function usualWishes(subnets: readonly Allocatable[], port: Addressed): AnyOf[] {
  const offering = subnets.filter((subnet) => !isAutomatic(subnet, port) && isOffered(subnet, port));
  return ([4, 6] as const)
    .filter((ipVersion) => offering.some((subnet) => subnet.ipVersion === ipVersion))
    .map((ipVersion) => ({ ipVersion }));
}

/** The addresses that the port makes itself of its MAC address. */
function automaticAddresses(subnets: readonly Allocatable[], port: Addressed): FixedIp[] {
  return subnets
    .filter((subnet) => isAutomatic(subnet, port) && isOffered(subnet, port))
    .flatMap((subnet) => ownAddress(subnet, port.mac));
}

function ownAddress({ id, cidr }: Allocatable, mac: string): FixedIp[] {
  const block = parseCidr(cidr);
  return block === undefined ? [] : [{ subnetId: id, ipAddress: eui64Address(block, mac) }];
}

/** Wishes without those that come true by themselves; refuses to give an address where guests make their own. */
function explicitWishes(
  subnets: readonly Allocatable[],
  port: Addressed,
  formerMac: string,
  wanted: readonly Wish[],
): Wish[] {
  const automatic = subnets.filter((subnet) => isAutomatic(subnet, port));
  return wanted.filter((wish) => {
    if ('ipVersion' in wish) return true;
    const subnet = automatic.find(
      ({ id, cidr }) =>
        wish.subnetId === id ||
        (wish.subnetId === undefined && wish.ipAddress !== undefined && isWithin(cidr, wish.ipAddress)),
    );
    if (subnet === undefined) return true;
    const own = [port.mac, formerMac].flatMap((mac) => ownAddress(subnet, mac));
    if (wish.ipAddress !== undefined && !own.some(({ ipAddress }) => ipAddress === wish.ipAddress)) {
      throw notAssignable(wish.ipAddress.slice(0, 64), subnet.id);
    }
    return false;
  });
}

async function giveAny(
  change: Change,
  subnets: readonly Allocatable[],
  { id, networkId }: Addressed,
  position: number,
): Promise<FixedIp> {
  for (const subnet of subnets) {
    const ipAddress = await giveNextAddress(change.tx, subnet, id, position);
    if (ipAddress !== undefined) return { subnetId: subnet.id, ipAddress };
  }
  throw noMoreAddresses(networkId);
}

async function giveWished(
  change: Change,
  port: Addressed,
  subnets: readonly Allocatable[],
  wish: Wish,
  position: number,
): Promise<FixedIp> {
  if ('ipVersion' in wish) {
    const usual = subnets.filter(
      (subnet) => subnet.ipVersion === wish.ipVersion && !isAutomatic(subnet, port) && isOffered(subnet, port),
    );
    return giveAny(change, usual, port, position);
  }
  const { subnetId, ipAddress } = wish;
  const subnet = subnets.find(({ id }) => id === subnetId);
  if (subnetId !== undefined && subnet === undefined) {
    throw invalidInput(
      `Failed to create port on network ${port.networkId}, because fixed_ips included invalid subnet ${subnetId.slice(0, 64)}`,
    );
  }
  if (ipAddress !== undefined) {
    const named = await namedAddress(change, port.networkId, subnet === undefined ? subnets : [subnet], ipAddress);
    return insertAddress(change, port.id, named, position);
  }
  if (subnet === undefined) throw invalidInput('IP allocation requires subnet_id or ip_address');
  const fresh = (await lockSubnets(change.tx, port.networkId)).find(({ id }) => id === subnet.id) ?? subnet;
  return giveAny(change, [fresh], port, position);
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

/**
 * Gives the port `wanted` instead of what it has, under the MAC address that it is to have; answers the addresses that
 * it no longer has.
 */
export async function replaceAddresses(
  change: Change,
  port: Addressed & { readonly fixedIps: readonly FixedIp[] },
  mac: string,
  wanted: readonly WantedIp[],
): Promise<FixedIp[]> {
  const subnets = await lockSubnets(change.tx, port.networkId);
  const after = { ...port, mac };
  const own = automaticAddresses(subnets, after);
  const explicit = explicitWishes(subnets, after, port.mac, wanted) as WantedIp[];
  // A subnet named without an address keeps the address that the port has there.
  const held = port.fixedIps.filter((ip) => !explicit.some(({ ipAddress }) => ipAddress === ip.ipAddress));
  const wishes = explicit.map((wish) => {
    const at = wish.ipAddress === undefined ? held.findIndex(({ subnetId }) => subnetId === wish.subnetId) : -1;
    return at < 0 ? wish : (held.splice(at, 1)[0] ?? wish);
  });
  const kept = port.fixedIps.filter((ip) => [...wishes, ...own].some(({ ipAddress }) => ipAddress === ip.ipAddress));
  const dropped = port.fixedIps.filter((ip) => !kept.includes(ip));
  for (const { subnetId, ipAddress } of dropped) {
    await rowsOf(change)
      .deleteFrom('network.ip_allocation')
      .where('subnet_id', '=', subnetId)
      .where('address', '=', ipAddress)
      .execute();
  }
  const now = await giveAddresses(change, after, wishes, kept);
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
