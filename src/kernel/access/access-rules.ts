/** A call that an application credential allows (Identity API v3, "Application credentials", access rules). */
export interface AccessRule {
  /** The service's type: `compute`. */
  readonly service: string;
  readonly method: string;
  /** `*` and `{name}` stand for a part between slashes, `**` for any parts: `/v2.1/servers/*`. */
  readonly path: string;
}

export const accessMethods = ['POST', 'GET', 'HEAD', 'PATCH', 'PUT', 'DELETE'] as const;

/** Whether one of the rules allows the call; `path` is below the service's mount and without query. */
export function isAllowed(rules: readonly AccessRule[], call: AccessRule): boolean {
  return rules.some(
    ({ service, method, path }) =>
      service === call.service && method === call.method && matches(path.split('/'), call.path.split('/')),
  );
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  // Which beginnings of `parts` the pattern so far can be: each step looks at one more part of the pattern.
  let reached = new Set([0]);
  for (const wanted of pattern) {
    const next = new Set<number>();
    for (const at of reached) {
      if (wanted === '**') for (let end = at; end <= parts.length; end += 1) next.add(end);
      else if (at < parts.length && matchesPart(wanted, parts[at] ?? '')) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(parts.length);
}

function matchesPart(wanted: string, part: string): boolean {
  return wanted === '*' || /^\{[^}]*\}$/.test(wanted) ? part !== '' : wanted === part;
}
