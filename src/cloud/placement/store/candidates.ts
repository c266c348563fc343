import { type Connection, sql } from '../../../kernel/store/index.ts';
import type { CandidateRequest, Offer } from '../domain/candidates.ts';

/** A provider of a tree that may meet a request, and what it has. */
export interface TreeMember extends Offer {
  readonly inventories: Readonly<Record<string, { readonly capacity: number; readonly used: number }>>;
}

interface Row {
  uuid: string;
  root: string;
  parent: string | null;
  traits: string[];
  aggregates: string[];
  inventories: Record<string, { capacity: number; used: number; min: number; max: number; step: number }>;
}

/**
 * The trees in which every class that is asked for has room somewhere, whole. When the request is plain (one group, nothing
 * but resources), as many as it asks for suffice.
 */
export async function treesFor(connection: Connection, request: CandidateRequest): Promise<TreeMember[][]> {
  const least = new Map<string, number>();
  for (const { resources } of request.groups) {
    for (const [name, amount] of Object.entries(resources))
      least.set(name, Math.min(amount, least.get(name) ?? amount));
  }
  const roots = [...least].map(
    ([
      name,
      amount,
    ]) => sql`select p.root_id from placement.inventory i join placement.provider p on p.id = i.provider_id
      where i.class = ${name} and i.used + ${amount} <= i.capacity and ${amount} between i.min_unit and i.max_unit
        and ${amount} % i.step_size = 0`,
  );
  const plain =
    request.limit !== undefined &&
    request.groups.length === 1 &&
    request.groups.every(
      (group) => [group.required, group.forbidden, group.memberOf, group.notMemberOf].flat().length === 0,
    ) &&
    [...request.rootRequired, ...request.rootForbidden].length === 0 &&
    request.groups[0]?.inTree === undefined;
  const { rows } = await sql<Row>`with root as (select root_id from (${sql.join(roots, sql` intersect `)}) r
      ${plain ? sql`limit ${(request.limit ?? 0) * 4}` : sql``})
    select p.uuid, r.uuid as root, q.uuid as parent,
      array(select trait from placement.provider_trait t where t.provider_id = p.id) as traits,
      array(select aggregate::text from placement.provider_aggregate a where a.provider_id = p.id) as aggregates,
      (select coalesce(jsonb_object_agg(class, jsonb_build_object('capacity', capacity, 'used', used, 'min', min_unit,
        'max', max_unit, 'step', step_size)), '{}') from placement.inventory i where i.provider_id = p.id) as inventories
    from placement.provider p join placement.provider r on r.id = p.root_id
      left join placement.provider q on q.id = p.parent_id
    where p.root_id in (select root_id from root) order by p.root_id, p.id`.execute(connection);
  return [...Map.groupBy(rows.map(memberOf), ({ root }) => root).values()];
}

function memberOf({ traits, aggregates, inventories, ...row }: Row): TreeMember {
  return {
    ...row,
    inventories,
    traits: new Set(traits),
    aggregates: new Set(aggregates),
    room(name, amount) {
      const inventory = Object.hasOwn(inventories, name) ? inventories[name] : undefined;
      if (inventory === undefined) return false;
      const { capacity, used, min, max, step } = inventory;
      return used + amount <= capacity && amount >= min && amount <= max && amount % step === 0;
    },
  };
}
