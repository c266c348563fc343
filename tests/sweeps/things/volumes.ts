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
  const attached = await available('volume', { name: `${mark}-attached`, size: 1 });
  const attachment = { attachment: { volume_uuid: attached.id } };
  await owner.call('POST', `${volumes(owner)}/attachments`, attachment, { 'OpenStack-API-Version': 'volume 3.27' });
}
