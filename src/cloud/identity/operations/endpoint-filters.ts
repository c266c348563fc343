import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { type Catalog, chosenEndpoints, type Endpoint, type EndpointGroup } from '../domain/catalog.ts';
import type { Environment } from '../environment.ts';
import { identityTables, must } from '../store/queries.ts';
import type { ProjectRow } from '../store/tables.ts';
import { changeCatalog, found, write } from './catalog.ts';

type GroupAttributes = Omit<EndpointGroup, 'id'>;

export function createEndpointGroup(environment: Environment, wanted: GroupAttributes): Promise<EndpointGroup> {
  return changeCatalog(environment, (tx, now) => {
    checkFilters(now, wanted);
    return write(environment, tx, 'endpoint_group', { id: newHexId(), ...wanted });
  });
}

export function updateEndpointGroup(
  environment: Environment,
  id: string,
  wanted: Partial<GroupAttributes>,
): Promise<EndpointGroup> {
  return changeCatalog(environment, (tx, now) => {
    const group = { ...found(now, 'endpoint_group', id), ...wanted };
    checkFilters(now, group);
    return write(environment, tx, 'endpoint_group', group);
  });
}

function checkFilters({ services, regions }: Catalog, { filters: { service_id, region_id } }: GroupAttributes): void {
  const isThere = (all: readonly { readonly id: string }[], id: string | null | undefined) =>
    id === undefined || id === null || all.some((one) => one.id === id);
  if (!isThere(services, service_id)) throw badRequest(`There is no service ${service_id?.slice(0, 64)} to filter by.`);
  if (!isThere(regions, region_id)) throw badRequest(`There is no region ${region_id?.slice(0, 64)} to filter by.`);
}

export function deleteEndpointGroup(environment: Environment, id: string): Promise<void> {
  return changeCatalog(environment, async (tx, now) => {
    found(now, 'endpoint_group', id);
    await identityTables(tx).deleteFrom('identity.endpoint_group').where('id', '=', id).execute();
  });
}

/** What may be chosen for a project. */
export type Chosen = 'endpoint' | 'endpoint_group';

const choices = {
  endpoint: { table: 'identity.project_endpoint', column: 'endpoint_id', ids: 'endpointIds' },
  endpoint_group: { table: 'identity.project_endpoint_group', column: 'endpoint_group_id', ids: 'groupIds' },
} as const;

/** Has the project's tokens tell of it, and of nothing else that is not chosen. Repeatable. */
export async function choose(environment: Environment, kind: Chosen, id: string, projectId: string): Promise<void> {
  const { table, column } = choices[kind];
  await changeCatalog(environment, async (tx, now) => {
    found(now, kind, id);
    await must(tx, 'project', projectId, 'lock');
    await identityTables(tx)
      .insertInto(table)
      .values({ project_id: projectId, [column]: id } as never)
      .onConflict((on) => on.doNothing())
      .execute();
  });
}

/** Takes the choice back; 404 when it was not made. */
export async function unchoose(environment: Environment, kind: Chosen, id: string, projectId: string): Promise<void> {
  const { table, column } = choices[kind];
  await changeCatalog(environment, async (tx, now) => {
    mustBeChosen(now, kind, id, projectId);
    await identityTables(tx)
      .deleteFrom(table)
      .where('project_id', '=', projectId)
      .where(column as never, '=', id as never)
      .execute();
  });
}

/** 404 unless it was chosen for the project. */
export function mustBeChosen({ choices: chosen }: Catalog, kind: Chosen, id: string, projectId: string): void {
  if (chosen.get(projectId)?.[choices[kind].ids].has(id) === true) return;
  throw new Fault(
    'notFound',
    `Could not find ${kind.replace('_', ' ')} ${id.slice(0, 64)} in project ${projectId.slice(0, 64)}.`,
  );
}

/** The projects for which just this was chosen. */
export async function projectsWith(
  { store }: Environment,
  catalog: Catalog,
  kind: Chosen,
  id: string,
): Promise<ProjectRow[]> {
  found(catalog, kind, id);
  const projectIds = [...catalog.choices].flatMap(([projectId, choice]) =>
    choice[choices[kind].ids].has(id) ? [projectId] : [],
  );
  if (projectIds.length === 0) return [];
  return identityTables(store.db)
    .selectFrom('identity.project')
    .selectAll()
    .where('id', 'in', projectIds)
    .orderBy('id')
    .execute();
}

/** The groups chosen for a project. */
export function groupsOf({ groups, choices: chosen }: Catalog, projectId: string): EndpointGroup[] {
  return groups.filter(({ id }) => chosen.get(projectId)?.groupIds.has(id));
}

/** The endpoints chosen for a project, by themselves or in groups. */
export function endpointsOf(catalog: Catalog, projectId: string): Endpoint[] {
  return [...(chosenEndpoints(catalog, projectId) ?? [])];
}
