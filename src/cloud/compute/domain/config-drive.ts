import { isIPv6 } from 'node:net';
import type { ConfigDrive } from '../ports.ts';
import type { ServerPort } from './port.ts';
import type { ServerRecord } from './server.ts';

/** What a guest is told besides its server's record. */
export interface GuestFacts {
  readonly zone: string;
  /** Base64. */
  readonly randomSeed: string;
  readonly adminPass: string | null;
}

/** What a guest is told at its first boot, as cloud-init and andromede-tiny read it (Nova's "config drive" format). */
export function configDriveOf(
  server: ServerRecord,
  ports: readonly ServerPort[],
  { zone, randomSeed, adminPass }: GuestFacts,
): ConfigDrive {
  const files: Record<string, string> = {
    'openstack/latest/meta_data.json': JSON.stringify(metaData(server, { zone, randomSeed, adminPass })),
    'openstack/latest/network_data.json': JSON.stringify(networkData(ports)),
    'openstack/latest/vendor_data.json': '{}',
    'openstack/latest/vendor_data2.json': '{}',
  };
  if (server.userData !== null) {
    files['openstack/latest/user_data'] = Buffer.from(server.userData, 'base64').toString('utf8');
  }
  return files;
}

function metaData(server: ServerRecord, { zone, randomSeed, adminPass }: GuestFacts): unknown {
  const { keyName, publicKey } = server;
  const hasKey = keyName !== null && publicKey !== null;
  return {
    uuid: server.id,
    name: server.name,
    hostname: server.hostname,
    launch_index: server.launchIndex,
    project_id: server.projectId,
    availability_zone: server.availabilityZone ?? zone,
    random_seed: randomSeed,
    devices: [],
    dedicated_cpus: [],
    ...(Object.keys(server.metadata).length > 0 ? { meta: server.metadata } : {}),
    ...(adminPass === null ? {} : { admin_pass: adminPass }),
    ...(hasKey ? keysOf(keyName, publicKey) : {}),
  };
}

/** A certificate is no key for SSH. */
function keysOf(name: string, data: string): object {
  const type = data.startsWith('-----BEGIN CERTIFICATE') ? 'x509' : 'ssh';
  return { ...(type === 'ssh' ? { public_keys: { [name]: data } } : {}), keys: [{ name, type, data }] };
}

function networkData(ports: readonly ServerPort[]): unknown {
  const links = ports.map((port) => ({
    id: linkId(port),
    vif_id: port.id,
    type: 'ovs',
    mtu: port.mtu,
    ethernet_mac_address: port.mac,
  }));
  const servers = new Set(ports.flatMap(({ fixedIps }) => fixedIps.flatMap(({ dnsNameservers }) => dnsNameservers)));
  return { links, networks: networksOf(ports), services: [...servers].map((address) => ({ type: 'dns', address })) };
}

/** The addresses of the ports, as cloud-init reads them (OpenStack `network_data.json`). */
export function networksOf(ports: readonly ServerPort[]): readonly object[] {
  return ports.flatMap((port) =>
    port.fixedIps.map((address, index) => ({
      id: `network${index}-${linkId(port)}`,
      link: linkId(port),
      network_id: port.networkId,
      ...(isIPv6(address.ipAddress) ? network6(address) : network4(address)),
    })),
  );
}

function linkId(port: ServerPort): string {
  return `tap${port.id.slice(0, 11)}`;
}

type Address = ServerPort['fixedIps'][number];

/** The guest asks the router how it gets its address, or else is told it here. */
function network6({ ipAddress, cidr, gatewayIp, enableDhcp, ipv6AddressMode }: Address): object {
  if (enableDhcp && ipv6AddressMode !== null) return { type: `ipv6_${ipv6AddressMode}` };
  const routes = gatewayIp === null ? [] : [{ network: '::', netmask: '::', gateway: gatewayIp }];
  return { type: 'ipv6', ip_address: ipAddress, netmask: cidr.split('/')[1], routes };
}

function network4({ ipAddress, cidr, gatewayIp, enableDhcp }: Address): object {
  if (enableDhcp) return { type: 'ipv4_dhcp' };
  const prefix = Number(cidr.split('/')[1] ?? 32);
  const routes = gatewayIp === null ? [] : [{ network: '0.0.0.0', netmask: '0.0.0.0', gateway: gatewayIp }];
  return { type: 'ipv4', ip_address: ipAddress, netmask: netmask(prefix), routes };
}

/** `24` → `255.255.255.0`. */
export function netmask(prefix: number): string {
  return [0, 8, 16, 24].map((before) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - before)))).join('.');
}
