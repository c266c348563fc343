import { type Session, until } from '../../harness/client.ts';
import { type Made, make, mark, put } from './made.ts';

const newest = { 'OpenStack-API-Version': 'compute 2.79' };

/** A server of that image at that port, with a volume; groups, hosts and flavors. */
export async function fillCompute(admin: Session, owner: Session, image: Made, port: Made): Promise<void> {
  await make(owner, '/compute/v2.1/os-keypairs', { keypair: { name: mark } });
  await make(owner, '/compute/v2.1/os-server-groups', { server_group: { name: mark, policies: ['affinity'] } });
  await fillAggregate(admin);
  await fillFlavor(admin, owner);
  const flavors = await owner.call<{ flavors: Made[] }>('GET', '/compute/v2.1/flavors');
  const flavorRef = flavors.body.flavors.find(({ name }) => name === 'm1.tiny')?.id;
  const server = await make(owner, '/compute/v2.1/servers', {
    server: {
      ...{ name: mark, flavorRef, imageRef: image.id, networks: [{ port: port.id }], key_name: mark },
      metadata: { swept: mark },
    },
  });
  await until(
    () => owner.call<{ server: { status: string } }>('GET', `/compute/v2.1/servers/${server.id}`),
    ({ body }) => body.server.status === 'ACTIVE',
  );
  await put(owner, `/compute/v2.1/servers/${server.id}/tags/${mark}`, undefined, newest);
  await attachVolume(owner, server);
}

async function fillAggregate(admin: Session): Promise<void> {
  const aggregate = await make(admin, '/compute/v2.1/os-aggregates', { aggregate: { name: mark } });
  const metadata = { set_metadata: { metadata: { swept: mark } } };
  await make(admin, `/compute/v2.1/os-aggregates/${aggregate.id}/action`, metadata);
}

async function fillFlavor(admin: Session, owner: Session): Promise<void> {
  const flavor = await make(admin, '/compute/v2.1/flavors', {
    flavor: { name: mark, ram: 64, vcpus: 1, disk: 1, 'os-flavor-access:is_public': false },
  });
  await make(admin, `/compute/v2.1/flavors/${flavor.id}/os-extra_specs`, { extra_specs: { swept: mark } });
  await make(admin, `/compute/v2.1/flavors/${flavor.id}/action`, { addTenantAccess: { tenant: owner.projectId } });
}

async function attachVolume(owner: Session, server: Made): Promise<void> {
  const path = `/volume/v3/${owner.projectId}/volumes`;
  const volume = await make(owner, path, { volume: { name: `${mark}-of-server`, size: 1 } });
  const status = (wanted: string) =>
    until(
      () => owner.call<{ volume: { status: string } }>('GET', `${path}/${volume.id}`),
      ({ body }) => body.volume.status === wanted,
    );
  await status('available');
  await make(owner, `/compute/v2.1/servers/${server.id}/os-volume_attachments`, {
    volumeAttachment: { volumeId: volume.id },
  });
  await status('in-use');
}
