import { type Session, signIn, until } from '../harness/client.ts';
import { market, openShop, uploadTinyImage } from '../harness/market.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';
import { createStack, settledStack } from '../harness/stacks.ts';

/** Every name that the owner's things have begins so: whoever else reads it has seen too much. */
export const mark = 'owned-by-demo';

/** A cloud with one thing of every kind in the project `demo`, and people who have no business there. */
export interface Scene {
  readonly cloud: TestCloud;
  readonly admin: Session;
  /** Member of the project that has things. */
  readonly owner: Session;
  /** Reader of the same project. */
  readonly reader: Session;
  /** Member of another project. */
  readonly stranger: Session;
  /** A quote of the owner's; no list has them. */
  readonly quoteId: string;
  close(): Promise<void>;
}

const password = 'a-password-of-sweeps';

/** Makes it; for a new kind of thing, add one to `things`. */
export async function openScene(): Promise<Scene> {
  const cloud = await startCloud();
  const admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
  const owner = await signIn(cloud.url, 'demo', demoPassword, 'demo');
  const project = await make(admin, '/identity/v3/projects', { project: { name: 'elsewhere' } });
  const person = async (name: string, projectId: string, projectName: string, role: string): Promise<Session> => {
    const user = await make(admin, '/identity/v3/users', { user: { name, password } });
    const roles = await admin.call<{ roles: { id: string }[] }>('GET', `/identity/v3/roles?name=${role}`);
    await admin.call('PUT', `/identity/v3/projects/${projectId}/users/${user.id}/roles/${roles.body.roles[0]?.id}`);
    return signIn(cloud.url, name, password, projectName);
  };
  const reader = await person('reader', owner.projectId, 'demo', 'reader');
  const stranger = await person('stranger', project.id, 'elsewhere', 'member');
  await fill(admin, owner);
  const quoteId = await sell(admin, owner);
  return { cloud, admin, owner, reader, stranger, quoteId, close: () => cloud.close() };
}

interface Made {
  readonly id: string;
  readonly name: string;
}

/** Creates and answers what is under the body's one key, or the whole answer. */
async function make(session: Session, path: string, body: object): Promise<Made> {
  const answer = await session.call<Record<string, unknown>>('POST', path, body);
  if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  const [key = ''] = Object.keys(body);
  const inner = answer.body[key];
  return (typeof inner === 'object' ? inner : answer.body) as Made;
}

/** One thing of every kind, all named with the mark. */
async function fill(admin: Session, owner: Session): Promise<void> {
  await make(admin, '/identity/v3/domains', { domain: { name: mark } });
  await make(admin, '/identity/v3/roles', { role: { name: mark } });
  await uploadTinyImage(admin);
  const { id: privateImage } = await make(owner, '/image/v2/images', {
    ...{ name: mark, disk_format: 'raw', container_format: 'bare', visibility: 'shared', tags: [mark] },
  });
  await owner.call('PUT', `/image/v2/images/${privateImage}/file`, new Uint8Array(512));
  await make(owner, `/image/v2/images/${privateImage}/members`, { member: admin.projectId });
  const network = await make(owner, '/network/v2.0/networks', { network: { name: mark } });
  const subnet = await make(owner, '/network/v2.0/subnets', {
    subnet: { name: mark, network_id: network.id, cidr: '10.77.0.0/24', ip_version: 4 },
  });
  await make(owner, '/network/v2.0/subnetpools', { subnetpool: { name: mark, prefixes: ['10.78.0.0/16'] } });
  await make(owner, '/network/v2.0/rbac-policies', {
    rbac_policy: {
      ...{ object_type: 'network', object_id: network.id },
      action: 'access_as_shared',
      target_tenant: mark,
    },
  });
  const policy = await make(admin, '/network/v2.0/qos/policies', {
    policy: { name: mark, project_id: owner.projectId },
  });
  const rules = `/network/v2.0/qos/policies/${policy.id}`;
  await make(admin, `${rules}/bandwidth_limit_rules`, { bandwidth_limit_rule: { max_kbps: 1000 } });
  await make(admin, `${rules}/dscp_marking_rules`, { dscp_marking_rule: { dscp_mark: 26 } });
  await make(owner, '/network/v2.0/address-scopes', { address_scope: { name: mark, ip_version: 4 } });
  const external = await owner.call<{ networks: Made[] }>('GET', '/network/v2.0/networks?router:external=true');
  const outside = external.body.networks[0]?.id;
  const router = await make(owner, '/network/v2.0/routers', {
    router: { name: mark, external_gateway_info: { network_id: outside } },
  });
  await owner.call('PUT', `/network/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
  const group = await make(owner, '/network/v2.0/security-groups', { security_group: { name: mark } });
  await make(owner, '/network/v2.0/security-group-rules', {
    security_group_rule: { security_group_id: group.id, direction: 'ingress', protocol: 'tcp', description: mark },
  });
  const port = await make(owner, '/network/v2.0/ports', { port: { name: mark, network_id: network.id } });
  const inner = await make(owner, '/network/v2.0/ports', { port: { name: mark, network_id: network.id } });
  const floating = { floating_network_id: outside, port_id: port.id, description: mark };
  const address = await make(owner, '/network/v2.0/floatingips', { floatingip: floating });
  const forwarding = await make(owner, '/network/v2.0/floatingips', {
    floatingip: { floating_network_id: outside, description: mark },
  });
  await make(owner, `/network/v2.0/floatingips/${forwarding.id}/port_forwardings`, {
    port_forwarding: { protocol: 'tcp', external_port: 22, internal_port: 22, internal_port_id: inner.id },
  });
  const tagged = [`networks/${network.id}`, `subnets/${subnet.id}`, `routers/${router.id}`, `ports/${port.id}`];
  for (const thing of [...tagged, `security-groups/${group.id}`, `floatingips/${address.id}`]) {
    await owner.call('PUT', `/network/v2.0/${thing}/tags/${mark}`);
  }
  await make(owner, '/compute/v2.1/os-keypairs', { keypair: { name: mark } });
  const flavors = await owner.call<{ flavors: Made[] }>('GET', '/compute/v2.1/flavors');
  const flavorRef = flavors.body.flavors.find(({ name }) => name === 'm1.tiny')?.id;
  const flavor = await make(admin, '/compute/v2.1/flavors', {
    flavor: { name: mark, ram: 64, vcpus: 1, disk: 1, 'os-flavor-access:is_public': false },
  });
  await make(admin, `/compute/v2.1/flavors/${flavor.id}/os-extra_specs`, { extra_specs: { swept: mark } });
  await make(admin, `/compute/v2.1/flavors/${flavor.id}/action`, { addTenantAccess: { tenant: owner.projectId } });
  const server = await make(owner, '/compute/v2.1/servers', {
    server: {
      ...{ name: mark, flavorRef, imageRef: privateImage, networks: [{ port: port.id }], key_name: mark },
      metadata: { swept: mark },
    },
  });
  await until(
    () => owner.call<{ server: { status: string } }>('GET', `/compute/v2.1/servers/${server.id}`),
    ({ body }) => body.server.status === 'ACTIVE',
  );
  await owner.call('PUT', `/compute/v2.1/servers/${server.id}/tags/${mark}`, undefined, {
    'OpenStack-API-Version': 'compute 2.26',
  });
  await make(owner, `/identity/v3/users/${owner.userId}/application_credentials`, {
    application_credential: {
      name: mark,
      access_rules: [{ service: 'compute', method: 'GET', path: `/${mark}` }],
    },
  });
  await fillIdentity(admin, owner);
  await fillVolumes(admin, owner);
  await fillPlacement(admin, owner);
  await settledStack(owner, mark, await createStack(owner, mark));
}

/** A group, a trust and keys of the owner's; an import of an image. */
async function fillIdentity(admin: Session, owner: Session): Promise<void> {
  const group = await make(admin, '/identity/v3/groups', { group: { name: mark } });
  await admin.call('PUT', `/identity/v3/groups/${group.id}/users/${owner.userId}`);
  await make(owner, `/identity/v3/users/${owner.userId}/credentials/OS-EC2`, { tenant_id: owner.projectId });
  await make(owner, '/identity/v3/credentials', { credential: { type: 'note', blob: mark } });
  await make(owner, '/identity/v3/OS-TRUST/trusts', {
    trust: {
      ...{ trustor_user_id: owner.userId, trustee_user_id: admin.userId, project_id: owner.projectId },
      ...{ impersonation: true, roles: [{ name: 'reader' }] },
    },
  });
  const image = await make(owner, '/image/v2/images', {
    ...{ name: `${mark} imported`, disk_format: 'raw', container_format: 'bare' },
  });
  await owner.call('POST', `/image/v2/images/${image.id}/import`, {
    method: { name: 'web-download', uri: 'http://127.0.0.1/' },
  });
}

/** A consumer of resources; no list has them. */
export const consumerId = '5eeb0000-0000-4000-8000-000000000001';

/** A host with resources, and somebody who has some of them. */
async function fillPlacement(admin: Session, owner: Session): Promise<void> {
  const newest = { 'OpenStack-API-Version': 'placement 1.39' };
  const put = async (path: string, body?: object) => {
    const { status } = await admin.call('PUT', `/placement${path}`, body, newest);
    if (status >= 300) throw new Error(`PUT ${path}: ${status}`);
  };
  const provider = { name: mark };
  const { body: made } = await admin.call<Made & { uuid: string }>(
    'POST',
    '/placement/resource_providers',
    provider,
    newest,
  );
  const path = `/resource_providers/${made.uuid}`;
  await put('/traits/CUSTOM_SWEPT');
  await put(`${path}/inventories`, { resource_provider_generation: 0, inventories: { VCPU: { total: 4 } } });
  await put(`${path}/traits`, { resource_provider_generation: 1, traits: ['CUSTOM_SWEPT'] });
  await put(`/allocations/${consumerId}`, {
    ...{ project_id: owner.projectId, user_id: owner.userId, consumer_generation: null, consumer_type: 'INSTANCE' },
    allocations: { [made.uuid]: { resources: { VCPU: 1 } } },
  });
}

/** Volumes, and all that is made of them. */
async function fillVolumes(admin: Session, owner: Session): Promise<void> {
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

/** A sale, whole: the owner is publisher, reseller and customer. Answers the id of its quote. */
async function sell(admin: Session, owner: Session): Promise<string> {
  const { storeId, offeringId, planId, customerId } = await openShop(admin, owner);
  const parameters = { title: mark };
  const wanted = { organisationId: customerId, storeId, offeringId, planId, parameters };
  const quote = await market(owner, 'POST', '/quotes', wanted);
  const order = await market(owner, 'POST', '/orders', { quoteId: quote.id });
  const subscription = await until(
    () => market(owner, 'GET', `/subscriptions/${order.subscriptionId}`),
    ({ state }) => state === 'active',
  );
  const month = new Date().toISOString().slice(0, 7);
  await market(admin, 'POST', '/invoice-drafts', { subscriptionId: subscription.id, month });
  return quote.id;
}
