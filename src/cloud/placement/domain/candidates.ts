/** Resources that must come from providers of one tree: those of a numbered group from one provider. */
export interface ResourceGroup {
  /** `''` for the group without a number. */
  readonly suffix: string;
  readonly resources: Readonly<Record<string, number>>;
  /** Each list: one of these traits must be there. */
  readonly required: readonly (readonly string[])[];
  readonly forbidden: readonly string[];
  /** Each list: a member of one of these aggregates. */
  readonly memberOf: readonly (readonly string[])[];
  readonly notMemberOf: readonly string[];
  /** Only in the tree of this provider. */
  readonly inTree: string | undefined;
}

/** What allocation candidates are asked for. */
export interface CandidateRequest {
  readonly groups: readonly ResourceGroup[];
  /** `isolate`: numbered groups come from providers of their own. */
  readonly isolate: boolean;
  /** Traits that the tree's root must, and must not, have. */
  readonly rootRequired: readonly string[];
  readonly rootForbidden: readonly string[];
  /** Each list: suffixes of groups whose providers lie under one provider that is one of theirs. */
  readonly sameSubtree: readonly (readonly string[])[];
  readonly limit: number | undefined;
}

/** A provider as far as candidates depend on it. */
export interface Offer {
  readonly uuid: string;
  readonly root: string;
  readonly parent: string | null;
  readonly traits: ReadonlySet<string>;
  readonly aggregates: ReadonlySet<string>;
  /** How much of a class may be taken in one piece: undefined when that much cannot. */
  room(resource: string, amount: number): boolean;
}

/** One way in which the request can be met. */
export interface Candidate {
  /** Amounts by class, by provider. */
  readonly allocations: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** The providers of each group. */
  readonly mappings: Readonly<Record<string, readonly string[]>>;
}

/**
 * Finds in a tree without others the one provider that meets a request of one group: nearly every request, at nearly every
 * host, told without what `candidatesIn` makes. `several` when the tree or the request has more than one.
 */
export function soleOffer(request: CandidateRequest): (tree: readonly Offer[]) => Offer | undefined | 'several' {
  const [group, other] = request.groups;
  if (group === undefined || other !== undefined) return () => 'several';
  const wanted = Object.entries(group.resources);
  const fits = (offer: Offer) =>
    wanted.every(([name, amount]) => offer.room(name, amount)) &&
    offer.uuid === offer.root &&
    rootFits(request, offer) &&
    (group.inTree === undefined || group.inTree === offer.uuid) &&
    isMember(group, [offer.aggregates]) &&
    !group.forbidden.some((trait) => offer.traits.has(trait)) &&
    covers(group, [offer]);
  return ([offer, sibling]) => {
    if (offer === undefined || sibling !== undefined) return 'several';
    return fits(offer) ? offer : undefined;
  };
}

interface Choice {
  readonly suffix: string;
  /** The provider of each class. */
  readonly providers: Readonly<Record<string, Offer>>;
}

/** Every way in which the tree can meet the request, at most so many. */
export function candidatesIn(request: CandidateRequest, tree: readonly Offer[], most: number): Candidate[] {
  const found: Candidate[] = [];
  const root = tree.find(({ uuid, root: of }) => uuid === of);
  if (root === undefined || !rootFits(request, root)) return found;
  for (const choices of combinations(request.groups.map((group) => choicesFor(group, tree, root)))) {
    const candidate = joined(request, choices, tree);
    if (candidate !== undefined) found.push(candidate);
    if (found.length >= most) break;
  }
  return found;
}

function rootFits({ rootRequired, rootForbidden }: CandidateRequest, { traits }: Offer): boolean {
  return rootRequired.every((trait) => traits.has(trait)) && !rootForbidden.some((trait) => traits.has(trait));
}

/** The ways in which one group can be met within a tree. */
function choicesFor(group: ResourceGroup, tree: readonly Offer[], root: Offer): Choice[] {
  if (group.inTree !== undefined && !tree.some(({ uuid }) => uuid === group.inTree)) return [];
  const numbered = group.suffix !== '';
  // An aggregate of the root spans the whole tree, for what is not asked of one provider.
  const usable = tree.filter((offer) => {
    const aggregates = numbered ? [offer.aggregates] : [offer.aggregates, root.aggregates];
    return isMember(group, aggregates) && !group.forbidden.some((trait) => offer.traits.has(trait));
  });
  const entries = Object.entries(group.resources);
  if (numbered) {
    return usable
      .filter((offer) => entries.every(([name, amount]) => offer.room(name, amount)) && covers(group, [offer]))
      .map((offer) => ({
        suffix: group.suffix,
        providers: Object.fromEntries(entries.length === 0 ? [['', offer]] : entries.map(([name]) => [name, offer])),
      }));
  }
  const perClass = entries.map(([name, amount]) => usable.filter((offer) => offer.room(name, amount)));
  return [...combinations(perClass)]
    .map((offers) => ({
      suffix: group.suffix,
      providers: Object.fromEntries(entries.map(([name], index) => [name, offers[index] as Offer])),
    }))
    .filter(({ providers }) => covers(group, Object.values(providers)));
}

function isMember({ memberOf, notMemberOf }: ResourceGroup, aggregates: readonly ReadonlySet<string>[]): boolean {
  const has = (aggregate: string) => aggregates.some((set) => set.has(aggregate));
  return memberOf.every((oneOf) => oneOf.some(has)) && !notMemberOf.some(has);
}

/** Whether these providers together have the traits that the group requires. */
function covers({ required }: ResourceGroup, offers: readonly Offer[]): boolean {
  return required.every((oneOf) => oneOf.some((trait) => offers.some(({ traits }) => traits.has(trait))));
}

/** Every way of taking one of each. */
function* combinations<T>(sets: readonly (readonly T[])[]): Generator<T[]> {
  const [first, ...rest] = sets;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const item of first) for (const others of combinations(rest)) yield [item, ...others];
}

/** The choices of all groups as one candidate; undefined when they do not go together. */
function joined(request: CandidateRequest, choices: readonly Choice[], tree: readonly Offer[]): Candidate | undefined {
  const allocations = new Map<string, Record<string, number>>();
  const mappings: Record<string, string[]> = {};
  const byUuid = new Map(tree.map((offer) => [offer.uuid, offer]));
  for (const [index, { suffix, providers }] of choices.entries()) {
    const { resources = {} } = request.groups[index] ?? {};
    mappings[suffix] = [...new Set(Object.values(providers).map(({ uuid }) => uuid))];
    for (const [name, { uuid }] of Object.entries(providers)) {
      if (name === '') continue;
      const taken = allocations.get(uuid) ?? {};
      taken[name] = (taken[name] ?? 0) + (resources[name] ?? 0);
      allocations.set(uuid, taken);
    }
  }
  const isolated = !request.isolate || areApart(mappings);
  const fits = [...allocations].every(([uuid, taken]) =>
    Object.entries(taken).every(([name, amount]) => byUuid.get(uuid)?.room(name, amount) === true),
  );
  const together = request.sameSubtree.every((suffixes) => shareSubtree(suffixes, mappings, byUuid));
  return isolated && fits && together && allocations.size > 0 ? { allocations, mappings } : undefined;
}

function areApart(mappings: Readonly<Record<string, readonly string[]>>): boolean {
  const numbered = Object.entries(mappings).flatMap(([suffix, uuids]) => (suffix === '' ? [] : uuids));
  return new Set(numbered).size === numbered.length;
}

/** Whether one of the groups' providers is above, or is, all the others. */
function shareSubtree(
  suffixes: readonly string[],
  mappings: Readonly<Record<string, readonly string[]>>,
  tree: ReadonlyMap<string, Offer>,
): boolean {
  const uuids = suffixes.flatMap((suffix) => mappings[suffix] ?? []);
  return uuids.some((top) => uuids.every((uuid) => isBelow(uuid, top, tree)));
}

function isBelow(uuid: string, top: string, tree: ReadonlyMap<string, Offer>): boolean {
  for (let at: string | null = uuid; at !== null; at = tree.get(at)?.parent ?? null) if (at === top) return true;
  return false;
}
