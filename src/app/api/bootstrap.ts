import { existsSync, readFileSync } from 'node:fs';
import type { IdentityApi } from '../../cloud/identity/index.ts';
import type { ImageApi } from '../../cloud/image/index.ts';
import type { NetworkApi } from '../../cloud/network/index.ts';
import type { ApiSettings } from '../api-settings.ts';

interface Apis {
  readonly identity: IdentityApi;
  readonly image: ImageApi;
  readonly network: NetworkApi;
}

/** Apart from where external ranges are chosen: a router leads to no subnet that is also outside. */
const defaultSubnets = { name: 'default-subnets', prefix: '10.128.0.0/10', defaultPrefixLength: 24 };

/** Makes what every cloud has: people, projects, the external network, the default subnet pool, the tiny guest image. Repeatable. */
export async function bootstrapCloud(settings: ApiSettings, { identity, image, network }: Apis): Promise<void> {
  const read = (path: string) => readFileSync(path, 'utf8').trim();
  const { adminProjectId } = await identity.bootstrap({
    adminPassword: read(settings.secrets.adminPassword),
    demoPassword: read(settings.secrets.demoPassword),
  });
  await network.ensureExternalNetwork({
    cidr: settings.externalCidr,
    gatewayIp: settings.externalGateway,
    projectId: adminProjectId,
  });
  await network.ensureDefaultSubnetPool({ ...defaultSubnets, projectId: adminProjectId });
  await registerTinyImage(settings.assetsDir, image);
}

/** Beside the image, the set-up leaves what it made. */
interface TinyImage {
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly min_ram: number;
  readonly min_disk: number;
  readonly login: string;
}

async function registerTinyImage(assetsDir: string, image: ImageApi): Promise<void> {
  const facts = `${assetsDir}/andromede-tiny.json`;
  if (!existsSync(facts)) return;
  const tiny = JSON.parse(readFileSync(facts, 'utf8')) as TinyImage;
  await image.registerLocalImage({
    id: tiny.id,
    name: tiny.name,
    path: `${assetsDir}/${tiny.file}`,
    diskFormat: 'qcow2',
    minRam: tiny.min_ram,
    minDisk: tiny.min_disk,
    properties: { os_distro: 'debian', os_admin_user: tiny.login },
  });
}
