import { type OpenStack, pathOf } from '../client/index.ts';
import type { CloudDirectory, CloudPerson, CloudServerUsage } from './projects/index.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

interface Assignment {
  readonly role: Named;
  readonly user?: { readonly id: string };
  readonly scope: { readonly project?: { readonly id: string } };
}

interface TenantUsage {
  readonly server_usages?: readonly {
    readonly instance_id: string;
    readonly name: string;
    readonly hours: number;
  }[];
}

const managing = new Set(['admin', 'manager']);

/** The directory of an OpenStack, seen with an account that may see every project. */
export function openStackDirectory(account: () => OpenStack): CloudDirectory {
  const keystone = async <T>(path: string): Promise<T> => {
    const { session, service } = account();
    const identity = new URL(await session.identityUrl());
    return (await service('identity').call('GET', `${identity.pathname}${path}`)).json as T;
  };

  return {
    async projects() {
      const [{ projects }, { domains }, { role_assignments: assignments }] = await Promise.all([
        keystone<{ projects: (Named & { domain_id: string; enabled: boolean })[] }>('/projects'),
        keystone<{ domains: Named[] }>('/domains'),
        // With the members of groups, each by their own name.
        keystone<{ role_assignments: Assignment[] }>('/role_assignments?effective&include_names=true'),
      ]);
      const domainNames = new Map(domains.map(({ id, name }) => [id, name]));
      const people = peopleByProject(assignments);
      return projects
        .filter(({ enabled }) => enabled)
        .map(({ id, name, domain_id: domainId }) => ({
          ...{ id, name, domainId, domainName: domainNames.get(domainId) ?? domainId },
          people: people.get(id) ?? [],
        }));
    },
    async serverUsage(projectId, start, end) {
      // Nova takes UTC without a zone, and pages by the last server.
      const query = { start: withoutZone(start), end: withoutZone(end) };
      const { json } = await account()
        .service('compute')
        .call('GET', pathOf`/os-simple-tenant-usage/${projectId}`, { query });
      const { tenant_usage: usage } = json as { tenant_usage: TenantUsage };
      return (usage.server_usages ?? []).map(
        ({ instance_id: serverId, name, hours }): CloudServerUsage => ({
          serverId,
          name,
          seconds: Math.round(hours * 3600),
        }),
      );
    },
  };
}

const withoutZone = (instant: Date) => instant.toISOString().slice(0, 19);

function peopleByProject(assignments: readonly Assignment[]): Map<string, CloudPerson[]> {
  const byProject = new Map<string, Map<string, boolean>>();
  for (const { role, user, scope } of assignments) {
    if (user === undefined || scope.project === undefined) continue;
    const people = byProject.get(scope.project.id) ?? new Map<string, boolean>();
    people.set(user.id, managing.has(role.name) || people.get(user.id) === true);
    byProject.set(scope.project.id, people);
  }
  const list = (people: Map<string, boolean>) => [...people].map(([userId, manages]) => ({ userId, manages }));
  return new Map([...byProject].map(([id, people]) => [id, list(people)]));
}
