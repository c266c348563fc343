import { Fault } from '../../../kernel/base/errors.ts';
import { sql } from '../../../kernel/store/index.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey, type Target } from '../store/directory.ts';
import { identityTables, must, withConflicts } from '../store/queries.ts';
import type { RoleRow } from '../store/tables.ts';

/** One role of one user in one place. */
export interface Assignment {
  readonly userId: string;
  readonly target: Target;
  readonly roleId: string;
}

/** `project:ID` → `['project', ID]`; `system` has no id. */
export function splitTarget(target: Target): [kind: string, id: string] {
  const colon = target.indexOf(':');
  return colon === -1 ? [target, ''] : [target.slice(0, colon), target.slice(colon + 1)];
}

/** 404 unless user, place and (when given) role exist. */
export async function checkAssignment(
  environment: Environment,
  { userId, target, roleId }: Omit<Assignment, 'roleId'> & { readonly roleId?: string },
): Promise<void> {
  const { db } = environment.store;
  const [kind, id] = splitTarget(target);
  await must(db, 'user', userId);
  if (kind === 'project' || kind === 'domain') await must(db, kind, id);
  if (roleId !== undefined) await must(db, 'role', roleId);
}

/** Grants the role; repeatable. */
export async function assign(environment: Environment, assignment: Assignment): Promise<void> {
  await checkAssignment(environment, assignment);
  await withConflicts('role assignment', assignment.roleId, () =>
    change(environment, async (tx, touch) => {
      const [kind, id] = splitTarget(assignment.target);
      // No foreign key holds the place: the lock keeps it until the grant is made.
      if (kind === 'project' || kind === 'domain') await must(tx, kind, id, 'lock');
      await identityTables(tx)
        .insertInto('identity.role_assignment')
        .values({ user_id: assignment.userId, target: assignment.target, role_id: assignment.roleId })
        .onConflict((existing) => existing.doNothing())
        .execute();
      touch(cacheKey.grants(assignment.userId, assignment.target));
    }),
  );
}

/** Takes the role back; 404 when it was not granted. */
export async function unassign(environment: Environment, { userId, target, roleId }: Assignment): Promise<void> {
  await change(environment, async (tx, touch) => {
    const { numDeletedRows } = await identityTables(tx)
      .deleteFrom('identity.role_assignment')
      .where('user_id', '=', userId)
      .where('target', '=', target)
      .where('role_id', '=', roleId)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noAssignment(roleId);
    touch(cacheKey.grants(userId, target));
  });
}

function noAssignment(roleId: string): Fault {
  return new Fault('notFound', `Could not find role assignment with role: ${roleId}.`);
}

/** The roles that are granted there, without those that they imply. */
export function assignedRoles(
  environment: Environment,
  { userId, target }: Omit<Assignment, 'roleId'>,
): Promise<RoleRow[]> {
  return identityTables(environment.store.db)
    .selectFrom('identity.role_assignment as assignment')
    .innerJoin('identity.role as role', 'role.id', 'assignment.role_id')
    .selectAll('role')
    .where('user_id', '=', userId)
    .where('target', '=', target)
    .orderBy('role.id')
    .execute();
}

/** Returns when the role is granted there; 404 otherwise. */
export async function checkAssigned(environment: Environment, assignment: Assignment): Promise<void> {
  const roles = await assignedRoles(environment, assignment);
  if (!roles.some(({ id }) => id === assignment.roleId)) throw noAssignment(assignment.roleId);
}

export interface AssignmentFilter {
  readonly userId?: string;
  readonly roleId?: string;
  readonly target?: Target;
}

/** An assignment with every name that a listing may show. */
export interface NamedAssignment {
  readonly user_id: string;
  readonly user_name: string;
  readonly user_domain_id: string;
  readonly user_domain_name: string;
  readonly role_id: string;
  readonly role_name: string;
  readonly target: Target;
  /** Of the project or domain; null for the system. */
  readonly place_name: string | null;
  /** Of the project; null otherwise. */
  readonly place_domain_id: string | null;
  readonly place_domain_name: string | null;
}

const mostAssignments = 10_000;

export async function listAssignments(environment: Environment, filter: AssignmentFilter): Promise<NamedAssignment[]> {
  const { userId = null, roleId = null, target = null } = filter;
  const { rows } = await sql<NamedAssignment>`
    select a.user_id, u.name as user_name, u.domain_id as user_domain_id, ud.name as user_domain_name,
      a.role_id, r.name as role_name, a.target, coalesce(p.name, d.name) as place_name,
      p.domain_id as place_domain_id, pd.name as place_domain_name
    from identity.role_assignment a
      join identity.user u on u.id = a.user_id
      join identity.domain ud on ud.id = u.domain_id
      join identity.role r on r.id = a.role_id
      left join identity.project p on a.target = 'project:' || p.id
      left join identity.domain pd on pd.id = p.domain_id
      left join identity.domain d on a.target = 'domain:' || d.id
    where (${userId}::text is null or a.user_id = ${userId}) and (${roleId}::text is null or a.role_id = ${roleId})
      and (${target}::text is null or a.target = ${target})
    order by a.user_id, a.target, a.role_id limit ${mostAssignments}`.execute(environment.store.db);
  return rows;
}
