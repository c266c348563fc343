import { isIPv4, isIPv6 } from 'node:net';
import type { ConfigDrive, FileContent } from '../ports.ts';
import type { ServerPort } from './port.ts';
import { bootVolume, type ServerRecord, scratchDisksOf } from './server.ts';

/** What a guest is told besides its server's record. */
export interface GuestFacts {
  readonly zone: string;
  /** Base64. */
  readonly randomSeed: string;
  readonly adminPass: string | null;
}

/** What a guest is told at its first boot, as cloud-init and andromede-tiny read it (Nova's "config drive" format). */
export function configDriveOf(server: ServerRecord, ports: readonly ServerPort[], facts: GuestFacts): ConfigDrive {
  return below('openstack/latest', openStackFiles(server, ports, facts));
}

/** What a guest may ask the metadata service for, by path: the same as is on its config drive, and EC2's way to say it. */
export function metadataTree(server: ServerRecord, ports: readonly ServerPort[], facts: GuestFacts): ConfigDrive {
  return {
    ...configDriveOf(server, ports, facts),
    'openstack/latest/password': server.guestPassword ?? '',
    ...below('latest/meta-data', ec2Files(server, ports, facts.zone)),
    ...userData(server, 'latest/user-data'),
  };
}

function below(folder: string, files: ConfigDrive): ConfigDrive {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));
}

function openStackFiles(server: ServerRecord, ports: readonly ServerPort[], facts: GuestFacts): ConfigDrive {
  return {
    'meta_data.json': JSON.stringify(metaData(server, facts)),
    'network_data.json': JSON.stringify(networkData(ports)),
    'vendor_data.json': '{}',
    'vendor_data2.json': '{}',
    ...userData(server, 'user_data'),
  };
}

/** As it was given, byte for byte: it may be compressed. */
function userData({ userData: base64 }: ServerRecord, path: string): ConfigDrive {
  return base64 === null ? {} : { [path]: { base64 } };
}

/** EC2's names for what guests made for it ask. */
function ec2Files(server: ServerRecord, ports: readonly ServerPort[], zone: string): ConfigDrive {
  const { hostname, image, keyName, publicKey } = server;
  const address = ports.flatMap(({ fixedIps }) => fixedIps).find(({ ipAddress }) => isIPv4(ipAddress))?.ipAddress;
  const volumes = server.volumes.filter((volume) => volume !== bootVolume(server));
  const devices = [
    ...scratchDisksOf(server.flavor).map(({ kind }, index) => [ec2Disks[kind], `/dev/vd${'bc'[index]}`]),
    ...volumes.map(({ device }, index) => [`ebs${index + 1}`, device]),
  ].map(([name, device]) => [`block-device-mapping/${name}`, device]);
  return {
    ...(image === null ? {} : { 'ami-id': ec2Id('ami', image.id) }),
    'ami-launch-index': String(server.launchIndex),
    'block-device-mapping/ami': 'vda',
    'block-device-mapping/root': '/dev/vda',
    ...Object.fromEntries(devices),
    hostname,
    'instance-action': 'none',
    'instance-id': ec2Id('i', server.id),
    'instance-type': server.flavor.name,
    'local-hostname': hostname,
    'local-ipv4': address ?? '',
    'placement/availability-zone': server.availabilityZone ?? zone,
    'public-hostname': hostname,
    'public-ipv4': ports.flatMap(({ floatingIps }) => floatingIps)[0]?.address ?? '',
    ...(keyName !== null && publicKey !== null && isSshKey(publicKey)
      ? { 'public-keys/0/openssh-key': publicKey }
      : {}),
    'reservation-id': server.reservationId,
    'security-groups': [...new Set(ports.flatMap(({ securityGroupNames }) => securityGroupNames))].join('\n'),
  };
}

const ec2Disks = { ephemeral: 'ephemeral0', swap: 'swap' } as const;

/** `i-0123456789abcdef0`, of a UUID's end: time-ordered ones begin alike. */
function ec2Id(prefix: string, id: string): string {
  return `${prefix}-${id.replaceAll('-', '').slice(-17)}`;
}

/** The versions under which the same is found, as Nova lists them (`openstack/…` and EC2's). */
const openStackVersions = [
  ...['2012-08-10', '2013-04-04', '2013-10-17', '2015-10-15', '2016-06-30', '2016-10-06', '2017-02-22'],
  ...['2018-08-27', '2020-10-14', 'latest'],
];
const ec2Versions = [
  ...['1.0', '2007-01-19', '2007-03-01', '2007-08-29', '2007-10-10', '2007-12-15', '2008-02-01', '2008-09-01'],
  ...['2009-04-04', 'latest'],
];

/** What is at a path: a file's content, or the names of what is in a folder, one a line; undefined when there is nothing. */
export function lookUp(tree: ConfigDrive, path: string, keyName: string | null): FileContent | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length === 0) return lines(ec2Versions);
  const isOpenStack = parts[0] === 'openstack';
  if (isOpenStack && parts.length === 1) return lines(openStackVersions);
  const [version = '', ...rest] = isOpenStack ? parts.slice(1) : parts;
  if (!(isOpenStack ? openStackVersions : ec2Versions).includes(version)) return undefined;
  const canonical = [...(isOpenStack ? ['openstack'] : []), 'latest', ...rest].join('/');
  if (Object.hasOwn(tree, canonical)) return tree[canonical];
  // The one folder whose names say more than where to go on.
  if (canonical === 'latest/meta-data/public-keys' && keyName !== null && canonical in foldersOf(tree))
    return `0=${keyName}`;
  const names = foldersOf(tree)[canonical];
  return names && lines([...names].sort());
}

/** What is in each folder; folders' names end in a slash. */
function foldersOf(tree: ConfigDrive): Readonly<Record<string, ReadonlySet<string>>> {
  const folders: Record<string, Set<string>> = {};
  for (const path of Object.keys(tree)) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      folders[folder] ??= new Set();
      folders[folder].add(`${parts[depth]}${depth < parts.length - 1 ? '/' : ''}`);
    }
  }
  return folders;
}

const lines = (names: readonly string[]): string => names.join('\n');

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

function keysOf(name: string, data: string): object {
  const type = isSshKey(data) ? 'ssh' : 'x509';
  return { ...(type === 'ssh' ? { public_keys: { [name]: data } } : {}), keys: [{ name, type, data }] };
}

/** A certificate is no key for SSH. */
const isSshKey = (data: string): boolean => !data.startsWith('-----BEGIN CERTIFICATE');

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
