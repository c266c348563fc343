/** What the sweeps do not judge, route by route, and why. Names that are here without need make the sweep fail. */
type Uncovered = Readonly<Record<string, string>>;

/** Paths with a parameter for which the scene has nothing, by what they begin with. Called all the same, with an id of nothing. */
export const unfilled: Uncovered = {
  '/console/*': 'every path is a page or a file that anybody may read; `console.test.ts` has it',
  '/compute/v2.1/images': 'the old way to images, listed only in versions before 2.36',
  '/compute/v2.1/os-agents': 'of nova-network’s time: there is never one',
  '/compute/v2.1/os-certificates': 'of nova-network’s time: there is never one',
  '/compute/v2.1/os-fixed-ips': 'of nova-network’s time: there is never one',
  '/compute/v2.1/os-floating-ips': 'the old way to floating IPs, listed only in versions before 2.36',
  '/compute/v2.1/os-fping': 'of nova-network’s time: there is never one',
  '/compute/v2.1/os-hosts': 'for administrators; listed only in versions before 2.43',
  '/compute/v2.1/os-networks': 'the old way to networks, listed only in versions before 2.36',
  '/compute/v2.1/os-tenant-networks': 'the old way to networks, listed only in versions before 2.36',
  '/compute/v2.1/os-security-group': 'the old way to security groups, listed only in versions before 2.36',
  '/compute/v2.1/os-quota-class-sets': 'for administrators; no list names the classes',
  '/compute/v2.1/os-aggregates': 'the scene has none yet; for administrators',
  '/compute/v2.1/os-server-groups': 'the scene has none yet',
  '/compute/v2.1/servers/:serverId/migrations': 'there is one only while a server moves',
  '/compute/v2.1/servers/:serverId/os-volume_attachments': 'the scene’s server has no volume yet',
  '/identity/v3/OS-INHERIT': 'the scene has no inherited role yet; for administrators',
  '/identity/v3/OS-TRUST': 'the scene has no trust yet',
  '/identity/v3/credentials': 'the scene has none yet',
  '/identity/v3/groups': 'the scene has none yet; for administrators',
  '/identity/v3/domains/:domainId/groups': 'the scene has no group yet; for administrators',
  '/identity/v3/projects/:projectId/groups': 'the scene has no group yet; for administrators',
  '/identity/v3/system': 'the scene has no group yet; for administrators',
  '/identity/v3/users/:userId/access_rules': 'the scene has none yet',
  '/identity/v3/users/:userId/credentials': 'the scene has none yet',
  '/image/v2/tasks': 'the scene has none yet; for administrators',
  '/network/v2.0/floatingips/:floatingip/port_forwardings': 'the scene has none yet',
  '/network/v2.0/network-ip-availabilities': 'for administrators',
};

/** A stranger's call that is refused for another reason than its being a stranger's. */
export const notProved: Uncovered = {
  'POST /volume/v3/backups/:id/action from 3.67':
    'its actions are not in the routing table yet, so that none is named; the service’s own tests have strangers',
  'POST /volume/v3/snapshots/:id/action from 3.67':
    'its actions are not in the routing table yet, so that none is named; the service’s own tests have strangers',
  'POST /volume/v3/types/:id/action from 3.67':
    'its actions are not in the routing table yet, so that none is named; the service’s own tests have strangers',
  'POST /volume/v3/volumes/:id/action from 3.67':
    'its actions are not in the routing table yet, so that none is named; the service’s own tests have strangers',
  'POST /compute/v2.1/servers/:serverId/remote-consoles from 2.6':
    'its body names a protocol that goes with the type; compute’s own tests have strangers',
  'POST /image/v2/images/:imageId/import':
    'its method has to be one that the image is ready for; `images.test.ts` has strangers',
  'PATCH /image/v2/images/:imageId':
    'takes a media type of its own, and is refused for lacking it; `images.test.ts` has it',
  'PUT /orchestration/v1/:projectId/stacks/:stack/:id': 'not supported yet, for anybody',
  'PATCH /orchestration/v1/:projectId/stacks/:stack/:id': 'not supported yet, for anybody',
};

/** What a reader may rightly do with a method that changes something. */
export const readersMay: Uncovered = {
  'POST /identity/v3/OS-TRUST/trusts':
    'delegates no more than the caller has; identity’s own tests have what is refused',
  'PUT /console/v1/session': 'keeps the caller’s own token in the caller’s own browser',
  'DELETE /identity/v3/auth/tokens':
    'takes back the caller’s own token, named in a header that the sweep does not send',
  'POST /orchestration/v1/:projectId/validate': 'only reads the template',
};

/** What anybody may ask of another project. */
export const openToAll: Uncovered = {
  'GET /volume/v3/os-quota-sets/:project from 3.67': 'as in Cinder, names every volume type, private ones too',
  'GET /volume/v3/os-quota-sets/:project/defaults from 3.67': 'as in Cinder, names every volume type, private ones too',
  'GET /compute/v2.1/os-quota-sets/:projectId/defaults': 'the same for every project, whether it exists or not',
};

/** What the owner sees change though nobody does anything. */
export const movesByItself: Uncovered = {
  'GET /compute/v2.1/os-simple-tenant-usage/:projectId': 'grows while the server runs',
  'GET /market/v1/subscriptions/:subscriptionId/cost': 'grows while the server runs',
  'GET /market/v1/subscriptions/:subscriptionId/events': 'tells that cost',
  'GET /market/v1/orders/:orderId/events': 'is a stream, of which only the beginning is read',
  'GET /console/v1/changes': 'each stream has a name of its own',
};
