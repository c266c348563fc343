import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Session, until } from '../harness/client.ts';
import { type RealCloud, startRealCloud } from '../harness/real-cloud.ts';

/** By `npm run image:debian:test`: the image that it has just built, in a cloud of its own. */

const exec = promisify(execFile);
const file = join(process.env.ANDROMEDE_CACHE ?? '/var/cache/andromede', 'debian-12.qcow2');
const seconds = 1000;

let cloud: RealCloud;
let demo: Session;
let key: string;
let image: string;
let network: string;

/** Calls an API that is to succeed; answers the one thing in its body. */
async function call<T = { id: string }>(method: string, path: string, body?: object): Promise<T> {
  const answer = await demo.call<Record<string, T>>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return Object.values(answer.body ?? {})[0] as T;
}

beforeAll(async () => {
  cloud = await startRealCloud();
  demo = await cloud.signIn('demo');
  key = join(cloud.dataDir, 'key');
  await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  await call('POST', '/compute/v2.1/os-keypairs', {
    keypair: { name: 'mine', public_key: readFileSync(`${key}.pub`, 'utf8').trim() },
  });
  const description = { name: 'debian-12', disk_format: 'qcow2', container_format: 'bare', min_disk: 2, min_ram: 384 };
  ({
    body: { id: image },
  } = await demo.call<{ id: string }>('POST', '/image/v2/images', description));
  const uploaded = await demo.call('PUT', `/image/v2/images/${image}/file`, readFileSync(file));
  expect(uploaded.status).toBe(204);

  ({ id: network } = await call('POST', '/network/v2.0/networks', { network: { name: 'lan' } }));
  const subnet = { network_id: network, cidr: '10.66.0.0/24', ip_version: 4 };
  const { id: subnet_id } = await call('POST', '/network/v2.0/subnets', { subnet });
  const [external] = await call<{ id: string }[]>('GET', '/network/v2.0/networks?router:external=true');
  const router = { external_gateway_info: { network_id: external?.id } };
  const { id: routerId } = await call('POST', '/network/v2.0/routers', { router });
  await demo.call('PUT', `/network/v2.0/routers/${routerId}/add_router_interface`, { subnet_id });
  const [group] = await call<{ id: string }[]>('GET', '/network/v2.0/security-groups?name=default');
  const rule = { protocol: 'tcp', port_range_min: 22, port_range_max: 22, direction: 'ingress' };
  await call('POST', '/network/v2.0/security-group-rules', {
    security_group_rule: { ...rule, security_group_id: group?.id },
  });
}, 300 * seconds);

afterAll(() => cloud?.destroy(), 120 * seconds);

/** Runs a command in the guest, by SSH. */
async function ssh(address: string, command: string): Promise<string> {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'ConnectTimeout=5'];
  const flags = [...options, 'LogLevel=ERROR'].flatMap((option) => ['-o', option]);
  return (await exec('ssh', [...flags, '-i', key, `debian@${address}`, command])).stdout.trim();
}

/** An address at which the server is reached from outside. */
async function floatingAddress(server: string): Promise<string> {
  const ports = () => call<{ id: string }[]>('GET', `/network/v2.0/ports?device_id=${server}`);
  const [port] = await until(ports, ({ length }) => length > 0, 60);
  const [external] = await call<{ id: string }[]>('GET', '/network/v2.0/networks?router:external=true');
  const floatingip = { floating_network_id: external?.id, port_id: port?.id };
  return (await call<{ floating_ip_address: string }>('POST', '/network/v2.0/floatingips', { floatingip }))
    .floating_ip_address;
}

/** What makes a server start from a volume of 5 GiB, made from the image. */
const onVolume = (uuid: string) => {
  const volume = { source_type: 'image', uuid, destination_type: 'volume', volume_size: 5 };
  return { block_device_mapping_v2: [{ ...volume, boot_index: 0, delete_on_termination: true }] };
};

it.each([
  ['the metadata service, and starts from a disk of its own', false, 'DataSourceOpenStackLocal', 20, false],
  ['a config drive, and starts from a volume', true, 'DataSourceConfigDrive', 5, true],
])('Debian 12 learns from %s', async (_, config_drive, source, diskGiB, startsFromVolume) => {
  const began = performance.now();
  // Compressed, as Heat gives it.
  const userData = gzipSync('#cloud-config\nwrite_files: [{path: /srv/told, content: "by user-data\\n"}]\n');
  const server = {
    ...{ name: 'Debian 12', flavorRef: '2', key_name: 'mine', config_drive, networks: [{ uuid: network }] },
    ...(startsFromVolume ? onVolume(image) : { imageRef: image }),
    user_data: userData.toString('base64'),
  };
  const { id } = await call('POST', '/compute/v2.1/servers', { server });
  const address = await floatingAddress(id);
  const hostname = await until(
    () => ssh(address, 'hostname').catch(() => ''),
    (said) => said !== '',
    900,
  );
  const sshAfter = performance.now() - began;
  expect(hostname).toBe('debian-12');
  expect(await ssh(address, 'cloud-init status --wait >/dev/null; cloud-init status')).toBe('status: done');
  const doneAfter = performance.now() - began;
  expect(await ssh(address, 'cat /run/cloud-init/result.json')).toContain(source);
  expect(await ssh(address, 'cat /srv/told; sudo -n id -un')).toBe('by user-data\nroot');
  // All of the disk but what the file system takes for itself, and names.
  const rootKiB = Number(await ssh(address, 'df --output=size / | tail -n 1'));
  expect(rootKiB).toBeGreaterThan(diskGiB * 0.9 * 2 ** 20);
  expect(await ssh(address, 'resolvectl dns | grep -c 10.66.0.1')).not.toBe('0');
  const volumes = await call<{ volumeId: string }[]>('GET', `/compute/v2.1/servers/${id}/os-volume_attachments`);
  const serial = volumes[0]?.volumeId.slice(0, 20) ?? 'root';
  expect(await ssh(address, 'cat /sys/block/vda/serial')).toBe(serial);
  const [size, inSeconds] = [statSync(file).size / 2 ** 20, (ms: number) => (ms / seconds).toFixed(0)];
  console.log(
    `${size.toFixed(0)} MiB; SSH after ${inSeconds(sshAfter)} s, cloud-init done after ${inSeconds(doneAfter)} s`,
  );
  expect((await demo.call('DELETE', `/compute/v2.1/servers/${id}`)).status).toBe(204);
});
