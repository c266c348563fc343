import type { Connection } from '../../../kernel/store/index.ts';
import type { Catalog, EndpointChoice } from '../domain/catalog.ts';
import { identityTables } from './queries.ts';

/** The catalog as it is now: what is configured, and what administrators added, oldest first. */
export async function loadCatalog(connection: Connection, configured: Catalog): Promise<Catalog> {
  const db = identityTables(connection);
  const regions = await db.selectFrom('identity.region').selectAll().orderBy('created_at').orderBy('id').execute();
  const services = await db.selectFrom('identity.service').selectAll().orderBy('created_at').orderBy('id').execute();
  const endpoints = await db.selectFrom('identity.endpoint').selectAll().orderBy('created_at').orderBy('id').execute();
  const groups = await db
    .selectFrom('identity.endpoint_group')
    .selectAll()
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return {
    regions: [...configured.regions, ...regions],
    services: [...configured.services, ...services],
    endpoints: [...configured.endpoints, ...endpoints],
    groups,
    choices: await loadChoices(db),
  };
}

async function loadChoices(db: ReturnType<typeof identityTables>): Promise<Map<string, EndpointChoice>> {
  const endpoints = await db.selectFrom('identity.project_endpoint').selectAll().execute();
  const groups = await db.selectFrom('identity.project_endpoint_group').selectAll().execute();
  const choices = new Map<string, { endpointIds: Set<string>; groupIds: Set<string> }>();
  const choiceOf = (projectId: string) => {
    const choice = choices.get(projectId) ?? { endpointIds: new Set(), groupIds: new Set() };
    choices.set(projectId, choice);
    return choice;
  };
  for (const { project_id, endpoint_id } of endpoints) choiceOf(project_id).endpointIds.add(endpoint_id);
  for (const { project_id, endpoint_group_id } of groups) choiceOf(project_id).groupIds.add(endpoint_group_id);
  return choices;
}
