import { readFileSync } from 'node:fs';
import { type Session, signIn } from '../harness/client.ts';
import { serveImage } from './image-server.ts';

/** What Tempest must find in a cloud, besides its services. */
export interface Ingredients {
  readonly images: readonly [string, string];
  /** Where the first of them is on the web, to be imported. */
  readonly imageUrl: string;
  /** Names of the network service's extensions, as `api_extensions` wants them. */
  readonly extensions: string;
  readonly externalNetwork: { readonly id: string; readonly name: string };
}

const tinyImage = 'andromede-tiny';
const secondImage = 'andromede-tiny-second';

/** Finds or makes them: the external network, the same small image under two ids. Repeatable. */
export async function prepareCloud(admin: Session, cacheDir: string): Promise<Ingredients> {
  return {
    images: [await publicImage(admin, tinyImage), await secondTiny(admin, cacheDir)],
    imageUrl: await serveImage(tinyFile(cacheDir)),
    extensions: await extensionsOf(admin),
    externalNetwork: await externalNetworkOf(admin),
  };
}

async function publicImage(admin: Session, name: string): Promise<string> {
  const id = await imageNamed(admin, name);
  if (id === undefined) throw new Error(`the cloud has no image ${name}: run npm run setup`);
  return id;
}

async function imageNamed(admin: Session, name: string): Promise<string | undefined> {
  const { body } = await must(admin.call<{ images: { id: string }[] }>('GET', `/image/v2/images?name=${name}`));
  return body.images[0]?.id;
}

/** The file that `npm run setup` made. */
function tinyFile(cacheDir: string): string {
  const { file } = JSON.parse(readFileSync(`${cacheDir}/${tinyImage}.json`, 'utf8')) as { file: string };
  return `${cacheDir}/${file}`;
}

async function secondTiny(admin: Session, cacheDir: string): Promise<string> {
  const present = await imageNamed(admin, secondImage);
  if (present !== undefined) return present;
  const facts = {
    name: secondImage,
    visibility: 'public',
    disk_format: 'qcow2',
    container_format: 'bare',
    min_disk: 1,
  };
  const { body } = await must(admin.call<{ id: string }>('POST', '/image/v2/images', facts));
  await must(admin.call('PUT', `/image/v2/images/${body.id}/file`, readFileSync(tinyFile(cacheDir))));
  return body.id;
}

async function extensionsOf(admin: Session): Promise<string> {
  const { body } = await must(admin.call<{ extensions: { alias: string }[] }>('GET', '/network/v2.0/extensions'));
  return body.extensions.map(({ alias }) => alias).join(',');
}

async function externalNetworkOf(admin: Session): Promise<{ id: string; name: string }> {
  const path = '/network/v2.0/networks?router:external=true';
  const { body } = await must(admin.call<{ networks: { id: string; name: string }[] }>('GET', path));
  const [network] = body.networks;
  if (network === undefined) throw new Error('the cloud has no external network');
  return network;
}

/** An ordinary account: a user with the role `member` in a project of its own, which has a network with a way out. */
export interface Account {
  readonly username: string;
  readonly project: string;
  readonly password: string;
  readonly network: string;
}

/** Makes `count` ordinary accounts, or finds those that an earlier run made. */
export async function prepareAccounts(
  url: string,
  admin: Session,
  count: number,
  external: string,
): Promise<Account[]> {
  const { body } = await must(admin.call<{ roles: { id: string }[] }>('GET', '/identity/v3/roles?name=member'));
  const member = body.roles[0]?.id ?? '';
  const accounts: Account[] = [];
  for (let number = 1; number <= count; number += 1) {
    const name = `interop-${number}`;
    const account = { username: name, project: name, password: `interop-password-${number}`, network: `${name}-net` };
    if (await addPerson(admin, account, member))
      await addNetwork(await signIn(url, name, account.password, name), account, external);
    accounts.push(account);
  }
  return accounts;
}

/** False when they are there already. */
async function addPerson(admin: Session, { username, project, password }: Account, role: string): Promise<boolean> {
  const made = await admin.call<{ project: { id: string } }>('POST', '/identity/v3/projects', {
    project: { name: project, domain_id: 'default' },
  });
  if (made.status === 409) return false;
  const user = { user: { name: username, password, domain_id: 'default' } };
  const { body } = await must(admin.call<{ user: { id: string } }>('POST', '/identity/v3/users', user));
  const grant = `/identity/v3/projects/${made.body.project.id}/users/${body.user.id}/roles/${role}`;
  await must(admin.call('PUT', grant));
  return true;
}

async function addNetwork(session: Session, { network }: Account, external: string): Promise<void> {
  const make = async (kind: string, facts: object): Promise<string> => {
    const answer = await must(
      session.call<Record<string, { id: string }>>('POST', `/network/v2.0/${kind}s`, { [kind]: facts }),
    );
    return answer.body[kind]?.id ?? '';
  };
  const id = await make('network', { name: network });
  const subnet = await make('subnet', {
    network_id: id,
    ip_version: 4,
    cidr: '10.99.0.0/24',
    name: `${network}-subnet`,
  });
  const router = await make('router', { name: `${network}-router`, external_gateway_info: { network_id: external } });
  await must(session.call('PUT', `/network/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet }));
}

/** The answer, when it is a success. */
async function must<T extends { status: number; body: unknown }>(answering: Promise<T>): Promise<T> {
  const answer = await answering;
  if (answer.status >= 300)
    throw new Error(`the cloud refuses what Tempest needs: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}
