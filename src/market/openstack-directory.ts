import { type OpenStack, type ProjectRole, pathOf } from '../client/index.ts';
import type { CloudDirectory, CloudPerson, CloudServerUsage } from './projects/index.ts';

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
  return {
    async projects() {
      const { identity } = account();
      const [projects, domains, roles] = await Promise.all([
        identity.listProjects(),
        identity.listDomains(),
        identity.listProjectRoles(),
      ]);
      const domainNames = new Map(domains.map(({ id, name }) => [id, name]));
      const people = peopleByProject(roles);
      return projects
        .filter(({ enabled }) => enabled)
        .map(({ id, name, domainId }) => ({
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

function peopleByProject(roles: readonly ProjectRole[]): Map<string, CloudPerson[]> {
  const byProject = new Map<string, Map<string, boolean>>();
  for (const { projectId, userId, role } of roles) {
    const people = byProject.get(projectId) ?? new Map<string, boolean>();
    people.set(userId, managing.has(role) || people.get(userId) === true);
    byProject.set(projectId, people);
  }
  const list = (people: Map<string, boolean>) => [...people].map(([userId, manages]) => ({ userId, manages }));
  return new Map([...byProject].map(([id, people]) => [id, list(people)]));
}
