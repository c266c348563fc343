/** A role as tokens show it. */
export interface RoleRef {
  readonly id: string;
  readonly name: string;
}

/** A role, and whether it is of one domain: such a role stands for what it implies and never shows in a token. */
export interface KnownRole extends RoleRef {
  readonly domain_id: string | null;
}

/** "Whoever holds the prior role holds the implied one." */
export interface InferenceRule {
  readonly prior_role_id: string;
  readonly implied_role_id: string;
}

/** All roles of the cloud and what they imply, ready for look-ups. */
export interface RoleBook {
  /** The role with this id. */
  role(id: string): KnownRole | undefined;
  /** The ids of the role itself and of all that it implies, however far. */
  closure(id: string): ReadonlySet<string>;
  /** What tokens show for these roles: with what they imply, without roles of a domain, strongest first, then by name. */
  effective(ids: Iterable<string>): readonly RoleRef[];
}

const strongestFirst: readonly string[] = ['admin', 'manager', 'member', 'reader'];

function rank({ name }: RoleRef): number {
  const index = strongestFirst.indexOf(name);
  return index === -1 ? strongestFirst.length : index;
}

/** Joins roles and rules; circles among the rules do no harm. */
export function roleBook(roles: readonly KnownRole[], rules: readonly InferenceRule[]): RoleBook {
  const byId = new Map(roles.map((role) => [role.id, role]));
  const direct = Map.groupBy(rules, ({ prior_role_id }) => prior_role_id);
  const closures = new Map<string, ReadonlySet<string>>();

  function closure(id: string): ReadonlySet<string> {
    const known = closures.get(id);
    if (known !== undefined) return known;
    const reached = new Set([id]);
    // A set may grow while it is walked: what is added is visited too.
    for (const one of reached) {
      for (const { implied_role_id } of direct.get(one) ?? []) reached.add(implied_role_id);
    }
    closures.set(id, reached);
    return reached;
  }

  return {
    role: (id) => byId.get(id),
    closure,
    effective(ids) {
      const reached = new Set<string>();
      for (const id of ids) for (const implied of closure(id)) reached.add(implied);
      return [...reached]
        .flatMap((id) => byId.get(id) ?? [])
        .filter(({ domain_id }) => domain_id === null)
        .map(({ id, name }) => ({ id, name }))
        .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
    },
  };
}
