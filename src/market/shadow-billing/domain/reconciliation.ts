/** Seconds of one server, as we have metered them and as the cloud says itself. */
export interface ServerComparison {
  readonly serverId: string;
  readonly metered: number;
  readonly cloud: number;
  /** Metered less the cloud's. */
  readonly difference: number;
}

/** What was metered beside what the cloud says, over a month. */
export interface Reconciliation {
  readonly metered: number;
  readonly cloud: number;
  readonly difference: number;
  /** Those that differ by more than the tolerance, largest first; at most `mostShown`. */
  readonly differing: readonly ServerComparison[];
  /** How many differ, shown or not. */
  readonly count: number;
}

/** Both sides cut to whole seconds. */
export const toleranceSeconds = 2;
const mostShown = 100;

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

/** Every server that one side or the other knows. */
export function reconcile(metered: ReadonlyMap<string, number>, cloud: ReadonlyMap<string, number>): Reconciliation {
  const servers = [...new Set([...metered.keys(), ...cloud.keys()])];
  const compared = servers.map((serverId): ServerComparison => {
    const [ours, theirs] = [metered.get(serverId) ?? 0, cloud.get(serverId) ?? 0];
    return { serverId, metered: ours, cloud: theirs, difference: ours - theirs };
  });
  const differing = compared
    .filter(({ difference }) => Math.abs(difference) > toleranceSeconds)
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference) || a.serverId.localeCompare(b.serverId));
  const [ours, theirs] = [sum(metered.values()), sum(cloud.values())];
  return {
    ...{ metered: ours, cloud: theirs, difference: ours - theirs },
    ...{ differing: differing.slice(0, mostShown), count: differing.length },
  };
}
