import { isUuid } from '../../../kernel/base/ids.ts';
import { atLeast, type Reply, type Route } from '../../../kernel/http/index.ts';
import type { Store } from '../../../kernel/store/index.ts';
import { type Candidate, type CandidateRequest, candidatesOf, type ResourceGroup } from '../domain/candidates.ts';
import { badQuery } from '../domain/faults.ts';
import { type TreeMember, treesFor } from '../store/candidates.ts';
import { unknownClass } from '../store/inventories.ts';
import { unknownTrait } from '../store/providers.ts';
import { admin, checkQuery, fresh, membershipIn, type Request, resourcesIn, searchOf, traitsIn } from './common.ts';

/** Keys of one group; behind them its suffix. */
const groupKeys: Readonly<Record<string, string>> = {
  resources: '1.10',
  required: '1.17',
  member_of: '1.21',
  in_tree: '1.31',
};
const plainKeys: Readonly<Record<string, string>> = {
  limit: '1.16',
  group_policy: '1.25',
  root_required: '1.35',
  same_subtree: '1.36',
};
const groupPattern = /^(resources|required|member_of|in_tree)(.*)$/;

function isKnown(key: string, request: Request): boolean {
  const plain = plainKeys[key];
  if (plain !== undefined) return atLeast(request.version, plain);
  const [, name = '', suffix = ''] = groupPattern.exec(key) ?? [];
  const since = groupKeys[name];
  return since !== undefined && atLeast(request.version, since) && isSuffix(suffix, request);
}

/** Numbers from 1.25 on; other words from 1.33 on. */
function isSuffix(suffix: string, request: Request): boolean {
  if (suffix === '') return true;
  if (/^[1-9]\d*$/.test(suffix)) return atLeast(request.version, '1.25');
  return /^[a-zA-Z0-9_-]{1,64}$/.test(suffix) && atLeast(request.version, '1.33');
}

/** Reads the query; 400 names what is wrong. */
function parse(request: Request): CandidateRequest {
  const search = searchOf(request);
  const repeatable = (key: string) =>
    (key.startsWith('member_of') && atLeast(request.version, '1.24')) ||
    (key.startsWith('required') && atLeast(request.version, '1.39')) ||
    key === 'same_subtree';
  checkQuery(search, (key) => isKnown(key, request), repeatable);
  const suffixes = [
    ...new Set(
      [...search.keys()].flatMap((key) => (plainKeys[key] === undefined ? [groupPattern.exec(key)?.[2] ?? ''] : [])),
    ),
  ];
  const groups = suffixes.sort().map((suffix) => groupOf(search, suffix, request));
  const numbered = groups.filter(({ suffix, resources }) => suffix !== '' && Object.keys(resources).length > 0);
  const policy = search.get('group_policy');
  if (policy !== null && policy !== 'none' && policy !== 'isolate')
    throw badQuery(`group_policy is none or isolate, not ${policy.slice(0, 40)}.`);
  if (numbered.length > 1 && policy === null)
    throw badQuery('The "group_policy" parameter is required when specifying more than one "resources{N}" parameter.');
  if (groups.every(({ resources }) => Object.keys(resources).length === 0)) {
    throw badQuery(
      "At least one request group ('resources' or 'resources{$S}') is required.",
      'placement.query.missing_value',
    );
  }
  const root = traitsIn(search.has('root_required') ? [search.get('root_required') ?? ''] : [], request);
  return {
    groups,
    isolate: policy === 'isolate',
    rootRequired: root.required.flat(),
    rootForbidden: root.forbidden,
    sameSubtree: search.getAll('same_subtree').map((value) => subtreeOf(value, suffixes)),
    limit: limitOf(search.get('limit')),
  };
}

function groupOf(search: URLSearchParams, suffix: string, request: Request): ResourceGroup {
  const resources = search.get(`resources${suffix}`);
  const inTree = search.get(`in_tree${suffix}`);
  // A group without resources only says which providers go together: for `same_subtree`.
  if (resources === null && !(suffix !== '' && search.has('same_subtree'))) {
    throw badQuery(
      `All traits and memberships need resources: there is no resources${suffix}.`,
      'placement.query.missing_value',
    );
  }
  if (inTree !== null && !isUuid(inTree)) throw badQuery(`Expected 'in_tree${suffix}' to be a uuid.`);
  return {
    suffix,
    resources: resources === null ? {} : resourcesIn(resources),
    ...traitsIn(search.getAll(`required${suffix}`), request),
    ...membershipIn(search.getAll(`member_of${suffix}`), request),
    inTree: inTree ?? undefined,
  };
}

function subtreeOf(value: string, suffixes: readonly string[]): string[] {
  const wanted = value.split(',');
  const odd = wanted.find((suffix) => suffix === '' || !suffixes.includes(suffix));
  if (odd !== undefined)
    throw badQuery(`Real suffixes should be specified in 'same_subtree': '${odd.slice(0, 64)}' is none.`);
  return wanted;
}

function limitOf(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(value)) throw badQuery(`limit is a number from 1, not ${value.slice(0, 40)}.`);
  return Number(value);
}

async function checkNames({ db }: Store, { groups, rootRequired, rootForbidden }: CandidateRequest): Promise<void> {
  const classes = groups.flatMap(({ resources }) => Object.keys(resources));
  const oddClass = await unknownClass(db, [...new Set(classes)]);
  if (oddClass !== undefined)
    throw badQuery(`Invalid resource class in resources parameter: No such resource class ${oddClass}.`);
  const traits = groups.flatMap(({ required, forbidden }) => [...required.flat(), ...forbidden]);
  const all = [...traits, ...rootRequired, ...rootForbidden];
  const oddTrait = all.length === 0 ? undefined : await unknownTrait(db, [...new Set(all)]);
  if (oddTrait !== undefined) throw badQuery(`No such trait(s): ${oddTrait}.`);
}

function requestView({ allocations, mappings }: Candidate, request: Request): Record<string, unknown> {
  const keyed = atLeast(request.version, '1.12');
  const entries = [...allocations];
  return {
    allocations: keyed
      ? Object.fromEntries(entries.map(([provider, resources]) => [provider, { resources }]))
      : entries.map(([provider, resources]) => ({ resource_provider: { uuid: provider }, resources })),
    ...(atLeast(request.version, '1.34') ? { mappings } : {}),
  };
}

function summaryView(member: TreeMember, asked: ReadonlySet<string>, request: Request): Record<string, unknown> {
  const whole = atLeast(request.version, '1.27');
  const shown = Object.entries(member.inventories).filter(([name]) => whole || asked.has(name));
  return {
    resources: Object.fromEntries(shown.map(([name, { capacity, used }]) => [name, { capacity, used }])),
    ...(atLeast(request.version, '1.17') ? { traits: [...member.traits].sort() } : {}),
    ...(atLeast(request.version, '1.29')
      ? { parent_provider_uuid: member.parent, root_provider_uuid: member.root }
      : {}),
  };
}

async function list(store: Store, request: Request): Promise<Reply> {
  const wanted = parse(request);
  await checkNames(store, wanted);
  const trees = await treesFor(store.db, wanted);
  const candidates = candidatesOf(wanted, trees);
  const used = new Set(candidates.flatMap(({ allocations }) => [...allocations.keys()]));
  const asked = new Set(wanted.groups.flatMap(({ resources }) => Object.keys(resources)));
  // From 1.29 on the whole trees are told.
  const told = trees.flatMap((tree) => {
    const involved = tree.filter(({ uuid }) => used.has(uuid));
    return atLeast(request.version, '1.29') && involved.length > 0 ? tree : involved;
  });
  return fresh(request, {
    allocation_requests: candidates.map((candidate) => requestView(candidate, request)),
    provider_summaries: Object.fromEntries(told.map((member) => [member.uuid, summaryView(member, asked, request)])),
  });
}

/** Where what is asked for could be taken. */
export function candidateRoutes(store: Store): Route[] {
  return [
    admin('GET', '/allocation_candidates', 'allocation-candidates:list', '1.10', {
      handler: (request) => list(store, request),
    }),
  ];
}
