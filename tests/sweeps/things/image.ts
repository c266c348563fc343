import type { Session } from '../../harness/client.ts';
import { type Made, make, mark, put } from './made.ts';

/** An image of the owner's, one on its way, metadata definitions. Answers the first. */
export async function fillImages(admin: Session, owner: Session): Promise<Made> {
  const file = { disk_format: 'raw', container_format: 'bare' };
  const image = await make(owner, '/image/v2/images', {
    ...file,
    name: mark,
    visibility: 'shared',
    tags: [mark],
    swept: mark,
  });
  await put(owner, `/image/v2/images/${image.id}/file`, new Uint8Array(512));
  await make(owner, `/image/v2/images/${image.id}/members`, { member: admin.projectId });
  const imported = await make(owner, '/image/v2/images', { ...file, name: `${mark} imported` });
  await make(owner, `/image/v2/images/${imported.id}/import`, {
    method: { name: 'web-download', uri: 'http://127.0.0.1/' },
  });
  await fillMetadefs(admin, owner);
  return image;
}

/** Metadata definitions for the owner's project only. */
async function fillMetadefs(admin: Session, owner: Session): Promise<void> {
  const property = { title: mark, type: 'string' };
  await make(admin, '/image/v2/metadefs/namespaces', {
    ...{ namespace: mark, owner: owner.projectId, visibility: 'private' },
    resource_type_associations: [{ name: 'OS::Nova::Server' }],
    properties: { [mark]: property },
    objects: [{ name: mark, properties: { [mark]: property } }],
    tags: [{ name: mark }],
  });
}
