import type { Session } from '../../harness/client.ts';
import { make, mark, put } from './made.ts';

/** A domain, a group, a trust, and keys of the owner's. */
export async function fillIdentity(admin: Session, owner: Session): Promise<void> {
  const domain = await make(admin, '/identity/v3/domains', { domain: { name: mark } });
  await put(admin, `/identity/v3/domains/${domain.id}/config`, { config: { ldap: { url: `ldap://${mark}` } } });
  const role = await make(admin, '/identity/v3/roles', { role: { name: mark } });
  await make(admin, '/identity/v3/policies', { policy: { type: 'text/plain', blob: mark } });
  const { services } = (await admin.call<{ services: { id: string }[] }>('GET', '/identity/v3/services')).body;
  // Whoever signs in is told what is registered.
  const limited = { service_id: services[0]?.id, resource_name: 'swept' };
  await make(admin, '/identity/v3/registered_limits', { registered_limits: [{ ...limited, default_limit: 1 }] });
  await make(admin, '/identity/v3/limits', {
    limits: [{ ...limited, project_id: owner.projectId, resource_limit: 1 }],
  });
  await make(admin, '/identity/v3/OS-EP-FILTER/endpoint_groups', {
    endpoint_group: { name: mark, filters: { service_id: services[0]?.id } },
  });
  const group = await make(admin, '/identity/v3/groups', { group: { name: mark } });
  await put(admin, `/identity/v3/groups/${group.id}/users/${owner.userId}`);
  await put(admin, `/identity/v3/projects/${owner.projectId}/tags/${mark}`);
  const inherited = `/identity/v3/OS-INHERIT/projects/${owner.projectId}/groups/${group.id}/roles/${role.id}`;
  await put(admin, `${inherited}/inherited_to_projects`);
  await make(owner, `/identity/v3/users/${owner.userId}/application_credentials`, {
    application_credential: {
      name: mark,
      access_rules: [{ service: 'compute', method: 'GET', path: `/${mark}` }],
    },
  });
  await make(owner, `/identity/v3/users/${owner.userId}/credentials/OS-EC2`, { tenant_id: owner.projectId });
  await make(owner, '/identity/v3/credentials', { credential: { type: 'note', blob: mark } });
  await make(owner, '/identity/v3/OS-TRUST/trusts', {
    trust: {
      ...{ trustor_user_id: owner.userId, trustee_user_id: admin.userId, project_id: owner.projectId },
      ...{ impersonation: true, roles: [{ name: 'reader' }] },
    },
  });
}
