import { type Session, until } from '../../harness/client.ts';
import { type Made, make, mark } from './made.ts';

/** Volumes, and all that is made of them. */
export async function fillVolumes(admin: Session, owner: Session): Promise<void> {
  const volumes = (session: Session) => `/volume/v3/${session.projectId}`;
  const available = async (kind: string, body: object, status = 'available'): Promise<Made> => {
    const made = await make(owner, `${volumes(owner)}/${kind}s`, { [kind]: body });
    const path = `${volumes(owner)}/${kind}s/${made.id}`;
    const read = () => owner.call<Record<string, { status: string }>>('GET', path);
    await until(read, ({ body: answer }) => answer[kind]?.status === status);
    return made;
  };
  const specs = { swept: mark };
  const type = await make(admin, `${volumes(admin)}/types`, {
    volume_type: { name: mark, 'os-volume-type-access:is_public': false, extra_specs: { volume_backend_name: mark } },
  });
  await make(admin, `${volumes(admin)}/types/${type.id}/action`, { addProjectAccess: { project: owner.projectId } });
  await make(admin, `${volumes(admin)}/qos-specs`, { qos_specs: { name: mark, ...specs } });
  // No backend is fit for that type: a message says so.
  await available('volume', { name: mark, size: 1, volume_type: type.id }, 'error');
  const volume = await available('volume', { name: mark, size: 1, metadata: specs });
  await available('snapshot', { name: mark, volume_id: volume.id, metadata: specs });
  await available('backup', { name: mark, volume_id: volume.id });
  const offered = await available('volume', { name: `${mark}-offered`, size: 1 });
  await make(owner, `${volumes(owner)}/os-volume-transfer`, { transfer: { name: mark, volume_id: offered.id } });
  await fillGroup(admin, owner);
  const attached = await available('volume', { name: `${mark}-attached`, size: 1 });
  const attachment = { attachment: { volume_uuid: attached.id } };
  await owner.call('POST', `${volumes(owner)}/attachments`, attachment, { 'OpenStack-API-Version': 'volume 3.27' });
}

/** A group with a volume, and a snapshot of it. */
async function fillGroup(admin: Session, owner: Session): Promise<void> {
  const newest = { 'OpenStack-API-Version': 'volume 3.69' };
  const path = `/volume/v3/${owner.projectId}`;
  const type = { group_type: { name: 'together', group_specs: { swept: 'yes' } } };
  const { id: groupType } = await make(admin, '/volume/v3/group_types', type, newest);
  const group = { name: mark, group_type: groupType, volume_types: ['standard'] };
  const { id } = await make(owner, `${path}/groups`, { group }, newest);
  const volume = await make(owner, `${path}/volumes`, { volume: { name: `${mark}-grouped`, size: 1, group_id: id } });
  await until(
    () => owner.call<{ volume: { status: string } }>('GET', `${path}/volumes/${volume.id}`),
    ({ body }) => body.volume.status === 'available',
  );
  await make(owner, `${path}/group_snapshots`, { group_snapshot: { name: `${mark}-together`, group_id: id } }, newest);
}
