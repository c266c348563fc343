import { type Credentials, type OpenStack, type OpenStackOptions, openStack } from '../client/index.ts';
import { Fault } from '../kernel/base/errors.ts';
import type { CloudAccess, CloudCredential } from './index.ts';

/** Where the cloud is. */
export interface OpenStackCloudOptions extends OpenStackOptions {
  /** `http://…/identity/v3` */
  readonly authUrl: string;
  readonly region?: string;
  /**
   * The market's own account there, which may give itself a role in a customer's project. With it the market acts as that
   * account; without, with an application credential of the person who orders. Real Heat needs the account: it keeps a trust
   * for each stack, and Keystone lets no application credential make one (decisions/acting-for-customers.md).
   */
  readonly account?: Extract<Credentials, { kind: 'password' }>;
}

/** What the account gives itself in a project, and what the person who orders must have there. */
const actingRole = 'member';

/** Signed-in clients that are kept, one a credential; the one unused for longest goes first. */
const mostKept = 500;

/** A cloud that speaks OpenStack: ours or somebody else's, through the same public API. */
export function createOpenStackCloud(options: OpenStackCloudOptions): CloudAccess & { close(): void } {
  const { authUrl, region, account, ...rest } = options;
  const place = { authUrl, ...(region !== undefined && { region }) };
  const kept = new Map<string, OpenStack>();

  const credentialsFor = ({ id, secret, projectId }: CloudCredential): Credentials =>
    account === undefined
      ? { kind: 'applicationCredential', id, secret }
      : { ...account, scope: { project: { id: projectId } } };

  function actingFor(credential: CloudCredential): OpenStack {
    const { id } = credential;
    const client = kept.get(id) ?? openStack({ ...place, credentials: credentialsFor(credential) }, rest);
    kept.delete(id);
    kept.set(id, client);
    const [[oldest, unused] = []] = kept;
    if (kept.size > mostKept && oldest !== undefined) {
      kept.delete(oldest);
      unused?.close();
    }
    return client;
  }

  /** With a person's own token, for this once. */
  async function as<R>(token: string, work: (client: OpenStack) => Promise<R>): Promise<R> {
    const client = openStack({ ...place, credentials: { kind: 'token', token } }, rest);
    try {
      return await work(client);
    } finally {
      client.close();
    }
  }

  /** Gives the account its role in the project of a person who has it there. Repeatable. */
  async function ensureRole({ session }: OpenStack, credentials: Credentials): Promise<{ readonly id: string }> {
    const { project, roles } = await session.current();
    if (project === undefined || !roles.includes(actingRole)) {
      throw new Fault('forbidden', `Ordering needs the role ${actingRole} in the project.`);
    }
    const market = openStack({ ...place, credentials }, rest);
    try {
      const { user } = await market.session.current();
      await market.identity.grantRole(actingRole, user.id, project.id);
      return { id: `account-in-${project.id}` };
    } finally {
      market.close();
    }
  }

  return {
    validateTemplate: ({ token }, template) =>
      as(token, async ({ orchestration }) => void (await orchestration.validateTemplate(template))),
    createApplicationCredential: ({ token }, wanted) =>
      as(token, (owner) => (account === undefined ? ensureCredential(owner, wanted) : ensureRole(owner, account))),
    createStack: (credential, stack) => actingFor(credential).orchestration.createStack(stack),
    findStack: (credential, name) => actingFor(credential).orchestration.findStack(name),
    listStackResources: (credential, stack) => actingFor(credential).orchestration.listResources(stack),
    updateStack: (credential, stack) => actingFor(credential).orchestration.updateStack(stack),
    async power(credential, stack, running) {
      const { orchestration, compute } = actingFor(credential);
      const resources = await orchestration.listResources(stack);
      const ids = resources.filter(({ type }) => type === 'OS::Nova::Server').map(({ physicalId }) => physicalId);
      const servers = await Promise.all(ids.filter((id) => id !== '').map((id) => compute.findServer(id)));
      const [now, wanted] = running ? ['SHUTOFF', 'ACTIVE'] : ['ACTIVE', 'SHUTOFF'];
      const left = servers.filter((server) => server !== undefined && server.status !== wanted);
      for (const server of left) {
        if (server?.status !== now) continue;
        await (running ? compute.startServer(server.id) : compute.stopServer(server.id));
      }
      return left.length === 0;
    },
    async deleteStack(credential, name) {
      await actingFor(credential).orchestration.deleteStack(name);
    },
    close() {
      for (const client of kept.values()) client.close();
      kept.clear();
    },
  };
}

/** Makes a person's application credential, or finds the one that an earlier try has made. */
async function ensureCredential(
  { identity }: OpenStack,
  wanted: Parameters<CloudAccess['createApplicationCredential']>[1],
): Promise<{ readonly id: string }> {
  try {
    const { credential } = await identity.createApplicationCredential(wanted);
    return { id: credential.id };
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'conflict') throw error;
    const made = await identity.findApplicationCredential(wanted.name);
    if (made === undefined) throw error;
    return { id: made.id };
  }
}
