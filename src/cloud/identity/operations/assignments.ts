import { roleHierarchy } from '../../../kernel/access/context.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { sql, type Tx } from '../../../kernel/store/index.ts';
import { change, type Environment, type Touch } from '../environment.ts';
import { everything } from '../store/changes.ts';
import { cacheKey, type Target } from '../store/directory.ts';
import { heldBy, identityTables, must, withConflicts } from '../store/queries.ts';
import type { DomainRow, GroupRow, ProjectRow, RoleRow, UserRow } from '../store/tables.ts';

/** Who holds a role. */
export interface Actor {
  readonly kind: 'user' | 'group';
  readonly id: string;
}

/** One actor's roles at one place, or (inherited) at all that is below it. */
export interface Post {
  readonly actor: Actor;
  readonly target: Target;
  readonly inherited: boolean;
}

export interface Assignment extends Post {
  readonly roleId: string;
}

/** What an assignment speaks of; `place` is null for the system. */
export interface AssignmentParts {
  readonly actor: UserRow | GroupRow;
  readonly place: ProjectRow | DomainRow | null;
  readonly role: RoleRow | null;
}

/** `project:ID` → `['project', 'ID']`. */
export function splitTarget(target: Target): readonly [kind: string, id: string] {
  const colon = target.indexOf(':');
  return colon === -1 ? [target, ''] : [target.slice(0, colon), target.slice(colon + 1)];
}

/** What the assignment names; 404 when one of them is not there. */
export async function partsOf(
  environment: Environment,
  { actor, target, roleId }: Post & { readonly roleId?: string },
): Promise<AssignmentParts> {
  const { db } = environment.store;
  const [kind, id] = splitTarget(target);
  return {
    actor: await must(db, actor.kind, actor.id),
    place: kind === 'project' || kind === 'domain' ? await must(db, kind, id) : null,
    role: roleId === undefined ? null : await must(db, 'role', roleId),
  };
}

/** The domain that a project is in, or that the domain is; null for the system. */
export function domainOfPlace(place: AssignmentParts['place']): string | null {
  if (place === null) return null;
  return 'domain_id' in place ? place.domain_id : place.id;
}

/** Grants the role; repeatable. */
export async function assign(environment: Environment, assignment: Assignment): Promise<void> {
  const { place, role } = await partsOf(environment, assignment);
  if (role?.domain_id && role.domain_id !== domainOfPlace(place)) {
    throw new Fault(
      'forbidden',
      `The role ${role.id} is of another domain: roles of a domain are granted in that domain only.`,
    );
  }
  await withConflicts('role assignment', assignment.roleId, () =>
    change(environment, async (tx, touch) => {
      const [kind, id] = splitTarget(assignment.target);
      // No foreign key holds the place: the lock keeps it until the grant is made.
      if (kind === 'project' || kind === 'domain') await must(tx, kind, id, 'lock');
      await identityTables(tx)
        .insertInto('identity.role_assignment')
        .values({ ...columnsOf(assignment), role_id: assignment.roleId })
        .onConflict((existing) => existing.doNothing())
        .execute();
      await touchHolders(tx, touch, assignment.actor);
    }),
  );
}

/** Takes the role back; 404 when it was not granted. */
export async function unassign(environment: Environment, assignment: Assignment): Promise<void> {
  await change(environment, async (tx, touch) => {
    const { user_id, group_id, target, inherited } = columnsOf(assignment);
    const { numDeletedRows } = await identityTables(tx)
      .deleteFrom('identity.role_assignment')
      .where('user_id', 'is not distinct from', user_id)
      .where('group_id', 'is not distinct from', group_id)
      .where('target', '=', target)
      .where('inherited', '=', inherited)
      .where('role_id', '=', assignment.roleId)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noAssignment(assignment);
    await touchHolders(tx, touch, assignment.actor);
  });
}

function columnsOf({ actor, target, inherited }: Post) {
  return {
    user_id: actor.kind === 'user' ? actor.id : null,
    group_id: actor.kind === 'group' ? actor.id : null,
    target,
    inherited,
  };
}

/** From this many members on, forgetting everything is cheaper than naming each. */
const manyMembers = 1000;

/** Notes that what the actor holds has changed, for a group: what each of its members holds. */
export async function touchHolders(tx: Tx, touch: Touch, actor: Actor): Promise<void> {
  if (actor.kind === 'user') return touch(cacheKey.grants(actor.id));
  const members = await identityTables(tx)
    .selectFrom('identity.membership')
    .select('user_id')
    .where('group_id', '=', actor.id)
    .limit(manyMembers)
    .execute();
  if (members.length === manyMembers) touch(everything);
  else for (const { user_id } of members) touch(cacheKey.grants(user_id));
}

function noAssignment({ actor, target, roleId }: Assignment): Fault {
  const [kind, id] = splitTarget(target);
  const place = id === '' ? kind : `${kind}: ${id}`;
  return new Fault(
    'notFound',
    `Could not find role assignment with role: ${roleId}, user or group: ${actor.id}, project, domain, or system: ${place}.`,
  );
}

/** The roles that are granted there, without those that they imply. */
export function assignedRoles(environment: Environment, post: Post): Promise<RoleRow[]> {
  const { user_id, group_id, target, inherited } = columnsOf(post);
  return identityTables(environment.store.db)
    .selectFrom('identity.role_assignment as assignment')
    .innerJoin('identity.role as role', 'role.id', 'assignment.role_id')
    .selectAll('role')
    .where('user_id', 'is not distinct from', user_id)
    .where('group_id', 'is not distinct from', group_id)
    .where('target', '=', target)
    .where('inherited', '=', inherited)
    .orderBy('role.id')
    .execute();
}

/** Returns when the role is granted there; 404 otherwise. */
export async function checkAssigned(environment: Environment, assignment: Assignment): Promise<void> {
  const roles = await assignedRoles(environment, assignment);
  if (!roles.some(({ id }) => id === assignment.roleId)) throw noAssignment(assignment);
}

export interface AssignmentFilter {
  readonly userId?: string;
  readonly groupId?: string;
  readonly roleId?: string;
  readonly target?: Target;
  /** With a project as target: what is below it too. */
  readonly subtree?: boolean;
  readonly inherited?: boolean;
  /** Only what is in this domain or is the domain. */
  readonly domainId?: string;
  /** What users hold in the end: groups, inheritance and implied roles resolved. */
  readonly effective?: boolean;
}

/** An assignment with every name that a listing may show. */
export interface NamedAssignment {
  /** Null when a group holds the role (never in an effective listing). */
  readonly user_id: string | null;
  /** The group that holds the role, or through which the user does. */
  readonly group_id: string | null;
  readonly actor_name: string;
  readonly actor_domain_id: string;
  readonly actor_domain_name: string;
  readonly role_id: string;
  readonly role_name: string;
  readonly role_domain_id: string | null;
  readonly role_domain_name: string | null;
  readonly target: Target;
  readonly inherited: boolean;
  /** Where the grant was made; differs from `target` when it is inherited in an effective listing. */
  readonly granted_at: Target;
  /** The role that implies this one, in an effective listing. */
  readonly prior_role_id?: string;
  /** Of the project or domain; null for the system. */
  readonly place_name: string | null;
  /** Of the project; null otherwise. */
  readonly place_domain_id: string | null;
  readonly place_domain_name: string | null;
}

const mostAssignments = 10_000;

export async function listAssignments(environment: Environment, filter: AssignmentFilter): Promise<NamedAssignment[]> {
  const { userId = null, groupId = null, target = null, domainId = null, inherited = null } = filter;
  // The role is looked for after expansion: another one may imply it.
  const roleId = filter.effective ? null : (filter.roleId ?? null);
  const subtreeOf = filter.subtree && target?.startsWith('project:') ? target.slice('project:'.length) : null;
  const { rows } = await sql<NamedAssignment>`
    with recursive wanted (id) as (
      select ${subtreeOf}::text where ${subtreeOf}::text is not null
      union select p.id from identity.project p join wanted on p.parent_id = wanted.id
    ), assignment as (${filter.effective ? effectiveRows : plainRows})
    select a.user_id, a.group_id, coalesce(u.name, g.name) as actor_name,
      ad.id as actor_domain_id, ad.name as actor_domain_name,
      a.role_id, r.name as role_name, r.domain_id as role_domain_id, rd.name as role_domain_name,
      a.target, a.inherited, a.granted_at, coalesce(p.name, d.name) as place_name,
      p.domain_id as place_domain_id, pd.name as place_domain_name
    from assignment a
      left join identity.user u on u.id = a.user_id
      left join identity.group g on g.id = a.group_id
      join identity.domain ad on ad.id = coalesce(u.domain_id, g.domain_id)
      join identity.role r on r.id = a.role_id
      left join identity.domain rd on rd.id = r.domain_id
      left join identity.project p on a.target like 'project:%' and p.id = substr(a.target, 9)
      left join identity.domain pd on pd.id = p.domain_id
      left join identity.domain d on a.target like 'domain:%' and d.id = substr(a.target, 8)
    where (${userId}::text is null or a.user_id = ${userId})
      and (${groupId}::text is null or a.group_id = ${groupId})
      and (${roleId}::text is null or a.role_id = ${roleId})
      and (${inherited}::boolean is null or a.inherited = ${inherited})
      and (${target}::text is null or a.target = ${target} or p.id in (select id from wanted))
      and (${domainId}::text is null or coalesce(p.domain_id, d.id) = ${domainId})
    order by a.user_id, a.group_id, a.target, a.role_id limit ${mostAssignments}`.execute(environment.store.db);
  return filter.effective ? withImplied(environment, rows, filter.roleId) : rows;
}

const plainRows = sql`
  select user_id, group_id, role_id, target, inherited, target as granted_at from identity.role_assignment`;

/** Groups as their members, inherited grants as what they come to at each project below. */
const effectiveRows = sql`
  select coalesce(a.user_id, m.user_id) as user_id, a.group_id, a.role_id, a.inherited, a.target as granted_at,
    case when a.inherited then 'project:' || below.id else a.target end as target
  from identity.role_assignment a
    left join identity.membership m on m.group_id = a.group_id
    left join lateral (
      with recursive inside (id) as (
        select id from identity.project where (a.target like 'domain:%' and domain_id = substr(a.target, 8))
          or (a.target like 'project:%' and parent_id = substr(a.target, 9))
        union select p.id from identity.project p join inside on p.parent_id = inside.id
      ) select id from inside
    ) below on a.inherited
  where coalesce(a.user_id, m.user_id) is not null and (not a.inherited or below.id is not null)`;

/** Adds what the roles imply; a role of a domain is there for that only. */
async function withImplied(
  environment: Environment,
  rows: readonly NamedAssignment[],
  roleId: string | undefined,
): Promise<NamedAssignment[]> {
  const book = await environment.directory.roles();
  return rows.flatMap((row) =>
    [...book.closure(row.role_id)].flatMap((id) => {
      const role = book.role(id);
      if (role === undefined || role.domain_id !== null || (roleId !== undefined && id !== roleId)) return [];
      if (id === row.role_id) return [row];
      const implied = { role_id: id, role_name: role.name, role_domain_id: null, role_domain_name: null };
      return [{ ...row, ...implied, prior_role_id: row.role_id }];
    }),
  );
}

/**
 * Whether the actor holds a role outside of the domain, or one that is none of `roles`: whoever could sign in as such a
 * user, or become a member of such a group, would gain more than the domain.
 */
export async function reachesBeyond(
  environment: Environment,
  actor: Actor,
  domainId: string,
  roles: readonly string[],
): Promise<boolean> {
  const holder = actor.kind === 'user' ? heldBy(actor.id) : sql<boolean>`group_id = ${actor.id}`;
  const { rows } = await sql<{ role_id: string; domain_id: string | null }>`
    select role_id, coalesce(p.domain_id, d.id) as domain_id from identity.role_assignment a
      left join identity.project p on a.target like 'project:%' and p.id = substr(a.target, 9)
      left join identity.domain d on a.target like 'domain:%' and d.id = substr(a.target, 8)
    where ${holder}`.execute(environment.store.db);
  if (rows.some((row) => row.domain_id !== domainId)) return true;
  const book = await environment.directory.roles();
  const outranks = (name: string) => (roleHierarchy as readonly string[]).includes(name) && !roles.includes(name);
  return book.effective(rows.map(({ role_id }) => role_id)).some(({ name }) => outranks(name));
}
