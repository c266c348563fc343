import { isIPv4 } from 'node:net';
import type { PortIntent } from '../../../cloud/network/ports.ts';
import { first, type LogicalSwitch, type LogicalSwitchPort, type Northbound } from '../northbound.ts';
import type { Transaction } from '../ovsdb/transaction.ts';

/** Under which a port's domain stands, so that its names can be taken out again. */
export const domainKey = 'neutron:dns_domain';

type Records = Readonly<Record<string, string>>;

/** Forward and reverse records of a name with its addresses, as OVN wants them: lower case, reverse names in full. */
export function dnsRecords(
  name: string | null | undefined,
  domain: string | null | undefined,
  ips: readonly string[],
): Records {
  if (!name || ips.length === 0) return {};
  const host = name.toLowerCase();
  const full = domain ? `${host}.${domain.toLowerCase()}` : host;
  const reverse = ips.map((ip) => [reverseName(ip), full]);
  return Object.fromEntries([[host, ips.join(' ')], [full, ips.join(' ')], ...reverse]);
}

/** RFC 1035, 3.5; RFC 3596, 2.5. */
function reverseName(ip: string): string {
  if (isIPv4(ip)) return `${ip.split('.').reverse().join('.')}.in-addr.arpa`;
  return `${[...hexDigits(ip)].reverse().join('.')}.ip6.arpa`;
}

/** The 32 digits of an IPv6 address in its canonical text. */
function hexDigits(ip: string): string {
  const [head = [], tail] = ip.split('::').map((half) => half.split(':').filter(Boolean));
  const gap = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...new Array<string>(gap).fill('0'), ...(tail ?? [])];
  return groups.map((group) => group.padStart(4, '0')).join('');
}

/**
 * The names of a network's ports are one row of the database: adds what a port brings and takes out what it had, and
 * nothing of its neighbours', even if two want the same name. `port` is null when it goes.
 */
export function planPortDns(
  nb: Northbound,
  tx: Transaction,
  network: LogicalSwitch,
  port: PortIntent | null,
  existing: LogicalSwitchPort | undefined,
): void {
  const ids = existing?.external_ids ?? {};
  const before = dnsRecords(
    ids['neutron:dns_name'],
    ids[domainKey],
    (ids['neutron:cidrs'] ?? '').split(' ').filter(Boolean),
  );
  const after = dnsRecords(port?.dnsName, port?.dnsDomain, port?.fixedIps.map(({ ipAddress }) => ipAddress) ?? []);
  const row = first(nb.dns, 'external_ids:neutron:network_name', network.name);
  const held = row?.records ?? {};
  const stale = pick(before, (key, value) => held[key] === value && after[key] !== value);
  const missing = pick(after, (key, value) => held[key] !== value);
  if (row && Object.keys(stale).length > 0) tx.mutate('DNS', row._uuid, 'records', 'delete', stale);
  if (Object.keys(missing).length === 0) return;
  if (row) {
    // `insert` leaves keys that are there alone, so that a key with another value goes first.
    const replaced = Object.fromEntries(
      Object.keys(missing).flatMap((key) => (key in held ? [[key, held[key] ?? '']] : [])),
    );
    if (Object.keys(replaced).length > 0) tx.mutate('DNS', row._uuid, 'records', 'delete', replaced);
    tx.mutate('DNS', row._uuid, 'records', 'insert', missing);
    return;
  }
  const externalIds = { 'neutron:network_name': network.name };
  tx.expectNone('DNS', 'external_ids', externalIds);
  const uuid = tx.insert('DNS', { records: missing, external_ids: externalIds });
  tx.mutate('Logical_Switch', network._uuid, 'dns_records', 'insert', [uuid]);
}

function pick(records: Records, keep: (key: string, value: string) => boolean): Records {
  return Object.fromEntries(Object.entries(records).filter(([key, value]) => keep(key, value)));
}
