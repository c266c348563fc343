import type { Connection } from '../../../kernel/store/index.ts';
import type { Catalog } from '../domain/catalog.ts';
import { identityTables } from './queries.ts';

/** The catalog as it is now: what is configured, and what administrators added, oldest first. */
export async function loadCatalog(connection: Connection, configured: Catalog): Promise<Catalog> {
  const db = identityTables(connection);
  const regions = await db.selectFrom('identity.region').selectAll().orderBy('created_at').orderBy('id').execute();
  const services = await db.selectFrom('identity.service').selectAll().orderBy('created_at').orderBy('id').execute();
  const endpoints = await db.selectFrom('identity.endpoint').selectAll().orderBy('created_at').orderBy('id').execute();
  return {
    regions: [...configured.regions, ...regions],
    services: [...configured.services, ...services],
    endpoints: [...configured.endpoints, ...endpoints],
  };
}
