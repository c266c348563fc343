import { type Static, Type } from 'typebox';
import type { Context } from '../../kernel/access/context.ts';
import { policies } from '../../kernel/access/policy.ts';
import { derivedId } from '../../kernel/base/ids.ts';
import { KeystoneIdSchema } from '../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../kernel/http/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import type { CloudDirectory, CloudProject } from './ports.ts';
import { type ImportedProject, listProjects, putProject } from './store/projects.ts';

export type { CloudDirectory, CloudPerson, CloudProject, CloudServerUsage } from './ports.ts';
export type { ImportedProject } from './store/projects.ts';

export const projectsMigrations: Migrations = {
  context: 'market_projects',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** What shadow billing asks. */
export interface ProjectsApi {
  /** All imported projects. */
  all(): Promise<readonly ImportedProject[]>;
}

export interface ProjectsDeps extends MarketDeps {
  readonly partners: PartnersApi;
  readonly directory: CloudDirectory;
}

const ImportRequest = Type.Object(
  {
    by: Type.Enum(['domain', 'project'], { description: 'what an organisation is in that cloud' }),
    country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2, of those that are admitted' }),
    except: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        maxItems: 1000,
        description: 'names of projects or domains that nobody is billed for, e.g. service',
      }),
    ),
  },
  { additionalProperties: false },
);
type ImportRequest = Static<typeof ImportRequest>;

const ProjectsQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
    after: Type.Optional(KeystoneIdSchema),
  },
  { additionalProperties: false },
);

const mostInOnePage = 1000;

/** The projects that a cloud had before the market came. */
export function createProjects(deps: ProjectsDeps): { api: ProjectsApi; routes: readonly Route[] } {
  const { store, clock, trust, partners, directory } = deps;

  /** One transaction a project, so that an import which breaks off has imported the ones before, and goes on when it is repeated. */
  async function importAll(context: Context, { by, country, except = [] }: ImportRequest): Promise<object> {
    await partners.requireOperator(context);
    const wanted = ({ name, domainName }: CloudProject) => !except.includes(name) && !except.includes(domainName);
    const found = (await directory.projects()).filter(wanted);
    const counts = { projects: found.length, imported: 0, organisations: 0, members: 0 };
    for (const project of found) {
      const admitted = await importOne(context, project, by, country);
      counts.imported += admitted.isNew ? 1 : 0;
      counts.organisations += admitted.isNewOrganisation ? 1 : 0;
      counts.members += admitted.members;
    }
    return counts;
  }

  async function importOne(context: Context, project: CloudProject, by: ImportRequest['by'], country: string) {
    const { id: projectId, name, domainId, domainName, people } = project;
    const at = clock.now();
    const organisationId =
      by === 'project'
        ? derivedId('imported-project', projectId)
        : ((await partners.ofDomain(domainId)) ?? derivedId('imported-domain', domainId));
    return store.transact(async (tx) => {
      const organisation = { id: organisationId, name: by === 'domain' ? domainName : name, country, domainId };
      const members = people.map(({ userId, manages }) => ({ userId, role: manages ? 'owner' : 'member' }) as const);
      const admitted = await partners.adopt(tx, context, organisation, members, at);
      const imported = { projectId, name, domainId, domainName, organisationId, importedAt: at };
      const isNew = await putProject(tx, imported);
      if (isNew) {
        const payload = { projectId, name, domainId, by: context.userId };
        const parties = [organisationId];
        await trust.record(tx, { kind: 'market.project.imported', subject: organisationId, at, payload, parties });
      }
      return { isNew, isNewOrganisation: admitted.isNew, members: admitted.members };
    });
  }

  async function all(): Promise<ImportedProject[]> {
    const projects: ImportedProject[] = [];
    for (let after = ''; ; after = projects.at(-1)?.projectId ?? '') {
      const page = await listProjects(store.db, { limit: mostInOnePage, after });
      projects.push(...page);
      if (page.length < mostInOnePage) return projects;
    }
  }

  const routes = [
    deps.idempotency.post({
      path: '/v1/project-imports',
      operation: 'market:project-imports:create',
      policy: policies.authenticated,
      status: 201,
      body: ImportRequest,
      handler: (request) => importAll(caller(request), request.body),
    }),
    route({
      method: 'GET',
      path: '/v1/projects',
      operation: 'market:projects:list',
      policy: policies.authenticated,
      query: ProjectsQuery,
      async handler(request) {
        await partners.requireOperator(caller(request));
        const { limit = 100, after = '' } = request.query;
        const items = await listProjects(store.db, { limit, after });
        return { items, next: items.length === limit ? items.at(-1)?.projectId : null };
      },
    }),
  ];
  return { api: { all }, routes };
}
