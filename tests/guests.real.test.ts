import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, until } from './harness/client.ts';
import { type RealCloud, startRealCloud } from './harness/real-cloud.ts';

/**
 * What guests see of the cloud, and what a hostile one can do in it: scripts that run inside them tell on their console.
 * Two tenants chose the same addresses for their networks, which are their own.
 */

const isRoot = process.getuid?.() === 0;
const minutes = 60_000;
const [victimAddress, hostileAddress] = ['10.66.0.10', '10.66.0.66'];
const strangersOwn = '10.66.0.99';

let cloud: RealCloud;
let demo: Session;
let stranger: Session;
let externalGateway: string;
/** Ids, by what the test calls them. */
const made: Record<string, string> = {};

/** Calls an API that is to succeed; answers the one thing in its body. */
async function call<T>(session: Session, method: string, path: string, body?: object): Promise<T> {
  const answer = await session.call<Record<string, T>>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return Object.values(answer.body)[0] as T;
}

const create = async (session: Session, path: string, body: object) =>
  (await call<{ id: string }>(session, 'POST', path, body)).id;

async function createNetwork(session: Session): Promise<{ network: string; subnet: string }> {
  const network = await create(session, '/network/v2.0/networks', { network: { name: 'lan' } });
  const subnet = { network_id: network, cidr: '10.66.0.0/24', ip_version: 4 };
  return { network, subnet: await create(session, '/network/v2.0/subnets', { subnet }) };
}

/** A guest that has nothing but the metadata service, runs `script`, and says `the end`. */
async function createServer(session: Session, name: string, script: string, more: object): Promise<string> {
  const [image] = await call<{ id: string }[]>(session, 'GET', '/image/v2/images?name=andromede-tiny');
  const flavors = await call<{ id: string; name: string }[]>(session, 'GET', '/compute/v2.1/flavors');
  const user_data = Buffer.from(`#!/bin/sh\n${script}\necho 'said the end'\n`).toString('base64');
  const flavorRef = flavors.find((flavor) => flavor.name === 'm1.tiny')?.id;
  const server = { name, flavorRef, imageRef: image?.id, config_drive: false, user_data, ...more };
  return create(session, '/compute/v2.1/servers', { server });
}

/** What makes a server start from a volume. */
const fromVolume = (source: object, delete_on_termination: boolean) => ({
  imageRef: undefined,
  block_device_mapping_v2: [{ ...source, destination_type: 'volume', boot_index: 0, delete_on_termination }],
});

/** What the guest's script has said, by its first word; once it has come to its end. */
async function said(session: Session, id: string): Promise<Record<string, string>> {
  const look = async () => {
    const path = `/compute/v2.1/servers/${id}`;
    const { body } = await session.call<{ server?: { status: string } }>('GET', path);
    if (body.server?.status !== 'ACTIVE') return body.server?.status ?? '';
    return call<string>(session, 'POST', `${path}/action`, { 'os-getConsoleOutput': {} });
  };
  const console = await until(look, (text) => text.includes('said the end') || text === 'ERROR', 90);
  return Object.fromEntries([...console.matchAll(/^said (\S+) (.*?)\r?$/gm)].map(([, key, value]) => [key, value]));
}

/** For scripts: `ask PATH` of the metadata service, `tell WORD COMMAND…`: what the command prints, or `nothing`. */
const words = `
metadata=http://169.254.169.254
ask() { timeout 5 wget -q -O - "$@"; }
uuid() { ask "$@" $metadata/openstack/latest/meta_data.json | sed 's/.*"uuid":"\\([^"]*\\)".*/\\1/'; }
tell() { word=$1; shift; echo "said $word $("$@" 2>/dev/null | grep . || echo nothing)"; }
heard() { ping -c 1 -W "\${2:-1}" "$1" >/dev/null && echo answer; }
connects() { timeout 3 nc "$1" "$2" </dev/null >/dev/null && echo open; }
`;

const asking = `${words}
tell uuid uuid
tell instance ask $metadata/latest/meta-data/local-ipv4
tell key ask $metadata/latest/meta-data/public-keys/
tell drive findfs LABEL=config-2
tell root sed -n 's, / ext4 .*,,p' /proc/mounts
tell serial cat /sys/block/vda/serial
tell sectors cat /sys/block/vda/size
tell before cat /home/before
uuid >/home/before
sync
`;

/** Of the disks that a flavor gives beside the root disk. */
const askingRoomy = `${asking}
tell ephemeral findfs LABEL=ephemeral0
tell free sh -c 'mkdir /run/e && mount /dev/vdb /run/e && df -m /run/e | grep -q vdb && echo mounted'
tell swap sh -c 'swapon /dev/vdc && grep -o /dev/vdc /proc/swaps'
tell named ask $metadata/latest/meta-data/block-device-mapping/ephemeral0
`;
const roomy = { ephemeral: '/dev/vdb', free: 'mounted', swap: '/dev/vdc', named: '/dev/vdb' };

/** What its owner may not, with the rights of root. */
const hostile = () => `${asking}
tell neighbour heard ${victimAddress} 10
tell router heard 10.66.0.1 10
forged='--header X-Metadata-Address:${victimAddress} --header X-Forwarded-For:${victimAddress} --header X-Instance-ID:${made.victim}'
tell forged uuid $forged
tell stranger heard ${strangersOwn}
for port in 22 ${new URL(cloud.url).port} 5432 8000; do
  tell metadata:$port connects 169.254.169.254 $port
  tell gateway:$port connects ${externalGateway} $port
  tell namespace:$port connects ${externalGateway.replace(/\.1$/, '.2')} $port
done
# What the service's namespace is asked to carry on.
ip route add ${strangersOwn} via 169.254.169.254 dev eth0 onlink
tell through heard ${strangersOwn}
ip route delete ${strangersOwn}
own=$(cat /sys/class/net/eth0/address)
ip link set eth0 address fa:16:3e:66:66:66
tell mac heard ${victimAddress}
ip link set eth0 address $own
ip route add default via 10.66.0.1
ip address add ${victimAddress}/24 dev eth0
ip address delete ${hostileAddress}/24 dev eth0
ip route replace 169.254.169.254 dev eth0 src ${victimAddress}
tell address heard 10.66.0.1
tell stolen uuid
ip address add ${hostileAddress}/24 dev eth0
ip address delete ${victimAddress}/24 dev eth0
ip route replace 169.254.169.254 dev eth0 src ${hostileAddress}
tell honest uuid
`;

beforeAll(async () => {
  if (!isRoot) return;
  cloud = await startRealCloud();
  demo = await cloud.signIn('demo');
  stranger = await cloud.signIn('admin');
  externalGateway = (await cloud.status()).externalCidr.replace(/0\/\d+$/, '1');
  const keypair = {
    name: 'mine',
    public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr me',
  };
  await demo.call('POST', '/compute/v2.1/os-keypairs', { keypair });
  const [own, strange] = [await createNetwork(demo), await createNetwork(stranger)];
  const [external] = await call<{ id: string }[]>(demo, 'GET', '/network/v2.0/networks?router:external=true');
  const router = { name: 'out', external_gateway_info: { network_id: external?.id } };
  const routerId = await create(demo, '/network/v2.0/routers', { router });
  await demo.call('PUT', `/network/v2.0/routers/${routerId}/add_router_interface`, { subnet_id: own.subnet });
  const on = (uuid: string, fixed_ip: string) => ({ networks: [{ uuid, fixed_ip }] });
  made.network = own.network;
  made.victim = await createServer(demo, 'victim', asking, { ...on(own.network, victimAddress), key_name: 'mine' });
  made.stranger = await createServer(stranger, 'stranger', asking, on(strange.network, victimAddress));
  made.strange = strange.network;
  const [image] = await call<{ id: string }[]>(stranger, 'GET', '/image/v2/images?name=andromede-tiny');
  const volume = fromVolume({ source_type: 'image', uuid: image?.id, volume_size: 1 }, false);
  made.strangersOwn = await createServer(stranger, 'own', asking, { ...on(strange.network, strangersOwn), ...volume });
}, 2 * minutes);

afterAll(() => cloud?.destroy(), 2 * minutes);

describe.runIf(isRoot)('a guest without a config drive', { timeout: 2 * minutes }, () => {
  it('is told by the metadata service who it is, and whose keys may enter', async () => {
    expect(await said(demo, made.victim ?? '')).toMatchObject({
      ...{ uuid: made.victim, instance: victimAddress, key: '0=mine', drive: 'nothing' },
    });
  });

  it('is itself, though a stranger’s guest has the same address', async () => {
    expect(await said(stranger, made.stranger ?? '')).toMatchObject({
      ...{ uuid: made.stranger, instance: victimAddress, key: 'nothing' },
    });
    expect(await said(stranger, made.strangersOwn ?? '')).toMatchObject({ uuid: made.strangersOwn });
  });
});

describe.runIf(isRoot)('a hostile guest', { timeout: 2 * minutes }, () => {
  let tried: Record<string, string>;

  it('reaches what it may', async () => {
    const networks = [{ uuid: made.network, fixed_ip: hostileAddress }];
    made.hostile = await createServer(demo, 'hostile', hostile(), { networks });
    tried = await said(demo, made.hostile);
    expect(tried).toMatchObject({ uuid: made.hostile, neighbour: 'answer', router: 'answer', honest: made.hostile });
  });

  it('is not heard under another MAC address, nor under another’s IP address', () => {
    expect(tried).toMatchObject({ mac: 'nothing', address: 'nothing' });
  });

  it('reads nobody else’s metadata, whatever it says and whatever address it takes', () => {
    expect(tried).toMatchObject({ forged: made.hostile, stolen: 'nothing' });
  });

  it('reaches no stranger, not even through what answers it', () => {
    expect(tried).toMatchObject({ stranger: 'nothing', through: 'nothing' });
  });

  it('reaches nothing that runs on the host or in the cloud’s namespaces', () => {
    const doors = Object.entries(tried).filter(([key]) => /:\d+$/.test(key));
    expect(doors).toHaveLength(12);
    expect(doors.filter(([, found]) => found !== 'nothing')).toEqual([]);
  });
});

describe.runIf(isRoot)('a volume that a server starts from', { timeout: 2 * minutes }, () => {
  const look = (volumeId: string) =>
    stranger.call<{ volume?: { status: string; bootable: string } }>(
      ...(['GET', `/volume/v3/${stranger.projectId}/volumes/${volumeId}`] as const),
    );

  it('is its disk, stays when it goes, is another’s disk then, and goes with that one if told so', async () => {
    const first = made.strangersOwn ?? '';
    const path = `/compute/v2.1/servers/${first}/os-volume_attachments`;
    const [{ volumeId = '' } = {}] = await call<{ volumeId: string }[]>(stranger, 'GET', path);
    const disk = { root: '/dev/vda2', serial: volumeId.slice(0, 20), sectors: String(2 ** 30 / 512) };
    expect(await said(stranger, first)).toMatchObject({ ...disk, uuid: first, before: 'nothing' });
    expect((await look(volumeId)).body.volume).toMatchObject({ status: 'in-use', bootable: 'true' });

    await stranger.call('DELETE', `/compute/v2.1/servers/${first}`);
    await until(
      () => look(volumeId),
      ({ body }) => body.volume?.status === 'available',
      60,
    );
    const kept = fromVolume({ source_type: 'volume', uuid: volumeId }, true);
    const networks = [{ uuid: made.strange }];
    const flavor = { name: 'roomy', ram: 128, vcpus: 1, disk: 0, 'OS-FLV-EXT-DATA:ephemeral': 1, swap: 64 };
    const flavorRef = await create(stranger, '/compute/v2.1/flavors', { flavor });
    const heir = await createServer(stranger, 'heir', askingRoomy, { networks, flavorRef, ...kept });
    expect(await said(stranger, heir)).toMatchObject({ ...disk, uuid: heir, before: first, ...roomy });

    await stranger.call('DELETE', `/compute/v2.1/servers/${heir}`);
    await until(
      () => look(volumeId),
      ({ status }) => status === 404,
      60,
    );
  });
});
