import { type OpenStack, openStack } from '../client/index.ts';
import { Fault } from '../kernel/base/errors.ts';
import type { CloudAccess, CloudCredential } from './index.ts';

export interface OpenStackCloudOptions {
  /** The identity service of the cloud in front of which the market stands, e.g. `http://127.0.0.1:8000/identity/v3`. */
  readonly authUrl: string;
  /** Sign-ins kept; the one used longest ago is given up first. 1,000 unless said. */
  readonly keptSessions?: number;
}

const defaultKeptSessions = 1000;

/** The cloud, over its public API: ours or anybody's. Each customer's sign-in is kept while it is in use. */
export function openStackCloud(options: OpenStackCloudOptions): CloudAccess & { close(): void } {
  const { authUrl } = options;
  const sessions = new Map<string, OpenStack>();

  /** In the name of a customer's application credential. */
  function as({ id, secret }: CloudCredential): OpenStack {
    const kept = sessions.get(id) ?? openStack({ authUrl, credentials: { kind: 'applicationCredential', id, secret } });
    sessions.delete(id);
    sessions.set(id, kept);
    const [oldest] = sessions.keys();
    if (oldest !== undefined && sessions.size > (options.keptSessions ?? defaultKeptSessions)) {
      sessions.get(oldest)?.close();
      sessions.delete(oldest);
    }
    return kept;
  }

  /** In the name of somebody who is asking us right now. */
  async function withToken<R>(token: string, work: (cloud: OpenStack) => Promise<R>): Promise<R> {
    const cloud = openStack({ authUrl, credentials: { kind: 'token', token } });
    try {
      return await work(cloud);
    } finally {
      cloud.close();
    }
  }

  return {
    validateTemplate: ({ token }, template) =>
      withToken(token, async ({ orchestration }) => void (await orchestration.validateTemplate(template))),
    createApplicationCredential: ({ token }, { name, secret, description }) =>
      withToken(token, async ({ identity }) => {
        try {
          const { credential } = await identity.createApplicationCredential({ name, secret, description });
          return { id: credential.id };
        } catch (error) {
          if (!(error instanceof Fault) || error.code !== 'conflict') throw error;
          const existing = await identity.findApplicationCredential(name);
          if (existing === undefined) throw error;
          return { id: existing.id };
        }
      }),
    createStack: (credential, stack) => as(credential).orchestration.createStack(stack),
    findStack: (credential, name) => as(credential).orchestration.findStack(name),
    listStackResources: (credential, stack) => as(credential).orchestration.listResources(stack),
    deleteStack: async (credential, name) => void (await as(credential).orchestration.deleteStack(name)),
    close() {
      for (const cloud of sessions.values()) cloud.close();
      sessions.clear();
    },
  };
}
