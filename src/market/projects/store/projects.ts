import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';

/** A project that was imported. */
export interface ImportedProject {
  /** Keystone's. */
  readonly projectId: string;
  readonly name: string;
  readonly domainId: string;
  readonly domainName: string;
  readonly organisationId: string;
  readonly importedAt: Date;
}

const columns = sql`project_id as "projectId", name, domain_id as "domainId", domain_name as "domainName",
  organisation_id as "organisationId", imported_at as "importedAt"`;

/** False when it was imported before: then it stays with its organisation, and takes its new name. */
export async function putProject(tx: Tx, project: ImportedProject): Promise<boolean> {
  const { projectId, name, domainId, domainName, organisationId, importedAt } = project;
  const { rows } = await sql<{ isNew: boolean }>`
    insert into market_projects.project (project_id, name, domain_id, domain_name, organisation_id, imported_at)
    values (${projectId}, ${name}, ${domainId}, ${domainName}, ${organisationId}, ${importedAt})
    on conflict (project_id) do update set name = excluded.name, domain_name = excluded.domain_name
    returning xmax = 0 as "isNew"`.execute(tx);
  return rows[0]?.isNew === true;
}

/** In the order of their ids. */
export async function listProjects(
  db: Connection,
  { limit, after }: { readonly limit: number; readonly after: string },
): Promise<ImportedProject[]> {
  const { rows } = await sql<ImportedProject>`select ${columns} from market_projects.project
    where project_id > ${after} order by project_id limit ${limit}`.execute(db);
  return rows;
}
