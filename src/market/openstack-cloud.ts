import { type OpenStack, type OpenStackOptions, openStack } from '../client/index.ts';
import { Fault } from '../kernel/base/errors.ts';
import type { CloudAccess, CloudCredential } from './index.ts';

/** Where the cloud is. */
export interface OpenStackCloudOptions extends OpenStackOptions {
  /** `http://…/identity/v3` */
  readonly authUrl: string;
  readonly region?: string;
  /**
   * Whether its Heat keeps a trust for each stack (its `deferred_auth_method`, and the default of every OpenStack). Keystone
   * lets only unrestricted application credentials make one. Ours keeps none, so that restricted ones do.
   */
  readonly stacksKeepTrust?: boolean;
}

/** Signed-in clients that are kept, one a credential; the one unused for longest goes first. */
const mostKept = 500;

/** A cloud that speaks OpenStack: ours or somebody else's, through the same public API. */
export function createOpenStackCloud(options: OpenStackCloudOptions): CloudAccess & { close(): void } {
  const { authUrl, region, stacksKeepTrust = false, ...rest } = options;
  const place = { authUrl, ...(region !== undefined && { region }) };
  const kept = new Map<string, OpenStack>();

  function actingFor({ id, secret }: CloudCredential): OpenStack {
    const known = kept.get(id);
    const client = known ?? openStack({ ...place, credentials: { kind: 'applicationCredential', id, secret } }, rest);
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

  return {
    validateTemplate: ({ token }, template) =>
      as(token, async ({ orchestration }) => void (await orchestration.validateTemplate(template))),
    createApplicationCredential: ({ token }, wanted) =>
      as(token, async ({ identity }) => {
        try {
          const { credential } = await identity.createApplicationCredential({
            ...wanted,
            unrestricted: stacksKeepTrust,
          });
          return { id: credential.id };
        } catch (error) {
          if (!(error instanceof Fault) || error.code !== 'conflict') throw error;
          const made = await identity.findApplicationCredential(wanted.name);
          if (made === undefined) throw error;
          return { id: made.id };
        }
      }),
    createStack: (credential, stack) => actingFor(credential).orchestration.createStack(stack),
    findStack: (credential, name) => actingFor(credential).orchestration.findStack(name),
    listStackResources: (credential, stack) => actingFor(credential).orchestration.listResources(stack),
    async deleteStack(credential, name) {
      await actingFor(credential).orchestration.deleteStack(name);
    },
    close() {
      for (const client of kept.values()) client.close();
      kept.clear();
    },
  };
}
