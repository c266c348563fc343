import { isUuid } from '../../../kernel/base/ids.ts';
import { atLeast, type Route } from '../../../kernel/http/index.ts';
import type { Store } from '../../../kernel/store/index.ts';
import {
  type Candidate,
  type CandidateRequest,
  candidatesIn,
  type ResourceGroup,
  soleOffer,
} from '../domain/candidates.ts';
import { badQuery } from '../domain/faults.ts';
import { ProviderTrees, type TreeMember, type Trees } from '../store/candidates.ts';
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
const plainKeys: ReadonlyMap<string, string> = new Map([
  ['limit', '1.16'],
  ['group_policy', '1.25'],
  ['root_required', '1.35'],
  ['same_subtree', '1.36'],
]);
const groupPattern = /^(resources|required|member_of|in_tree)(.*)$/;

function isKnown(key: string, request: Request): boolean {
  const plain = plainKeys.get(key);
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
    ...new Set([...search.keys()].flatMap((key) => (plainKeys.has(key) ? [] : [groupPattern.exec(key)?.[2] ?? '']))),
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

async function checkClasses({ db }: Store, { groups }: CandidateRequest): Promise<void> {
  const classes = groups.flatMap(({ resources }) => Object.keys(resources));
  const odd = await unknownClass(db, [...new Set(classes)]);
  if (odd !== undefined)
    throw badQuery(`Invalid resource class in resources parameter: No such resource class ${odd}.`);
}

async function checkTraits({ db }: Store, { groups, rootRequired, rootForbidden }: CandidateRequest): Promise<void> {
  const traits = groups.flatMap(({ required, forbidden }) => [...required.flat(), ...forbidden]);
  const all = [...traits, ...rootRequired, ...rootForbidden];
  const odd = all.length === 0 ? undefined : await unknownTrait(db, [...new Set(all)]);
  if (odd !== undefined) throw badQuery(`No such trait(s): ${odd}.`);
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

/** What stands before, between and behind the provider's uuids in the text of a candidate that is one provider alone. */
function textAroundProvider({ groups }: CandidateRequest, request: Request): string[] {
  const marker = '00000000-0000-0000-0000-000000000000';
  const [{ suffix, resources } = { suffix: '', resources: {} }] = groups;
  const candidate = { allocations: new Map([[marker, resources]]), mappings: { [suffix]: [marker] } };
  return JSON.stringify(requestView(candidate, request)).split(marker);
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

/** The summary of each provider as it was last told, while the provider is the same. */
const summaryTexts = new WeakMap<TreeMember, { readonly shape: string; readonly text: string }>();

/** Writes summaries for one request: `"UUID":{…}`. */
function summaryWriter({ groups }: CandidateRequest, request: Request): (member: TreeMember) => string {
  const asked = new Set(groups.flatMap(({ resources }) => Object.keys(resources)));
  const classes = atLeast(request.version, '1.27') ? '' : [...asked].sort().join();
  const shape = ['1.17', '1.27', '1.29'].map((since) => atLeast(request.version, since)).join() + classes;
  return (member) => {
    const last = summaryTexts.get(member);
    if (last?.shape === shape) return last.text;
    const text = `"${member.uuid}":${JSON.stringify(summaryView(member, asked, request))}`;
    summaryTexts.set(member, { shape, text });
    return text;
  };
}

/** An answer as it is sent. */
interface Answer {
  readonly count: number;
  readonly body: Uint8Array;
}

/**
 * Writes the answer. A scheduler asks for a thousand candidates at each server: what makes an object of each, and text of all
 * of them, costs ten times as much as all the rest.
 */
function answerOf(wanted: CandidateRequest, trees: Trees, request: Request): Answer {
  const { limit = Number.POSITIVE_INFINITY } = wanted;
  const sole = soleOffer(wanted);
  const around = textAroundProvider(wanted, request);
  const summary = summaryWriter(wanted, request);
  // From 1.29 on the whole trees are told.
  const whole = atLeast(request.version, '1.29');
  const [requests, summaries]: [string[], string[]] = [[], []];
  for (const tree of trees.list) {
    if (requests.length >= limit) break;
    const offer = sole(tree);
    if (offer === undefined) continue;
    if (offer !== 'several') {
      requests.push(around.join(offer.uuid));
      summaries.push(...tree.map(summary));
      continue;
    }
    const found = candidatesIn(wanted, tree, limit - requests.length);
    const used = new Set(found.flatMap(({ allocations }) => [...allocations.keys()]));
    requests.push(...found.map((candidate) => JSON.stringify(requestView(candidate, request))));
    summaries.push(...tree.filter(({ uuid }) => used.has(uuid) || (whole && used.size > 0)).map(summary));
  }
  const text = `{"allocation_requests":[${requests.join()}],"provider_summaries":{${summaries.join()}}}`;
  return { count: requests.length, body: Buffer.from(text) };
}

/** Remembers the last answer: schedulers that ask the same at the same time are told the same. */
function answers(providers: ProviderTrees): (wanted: CandidateRequest, request: Request) => Promise<Answer> {
  let last: { readonly asked: string; readonly answer: Answer } | undefined;
  return async (wanted, request) => {
    const trees = await providers.current();
    const { major, minor } = request.version;
    const asked = `${trees.epoch} ${major}.${minor} ${request.url}`;
    if (last?.asked !== asked) last = { asked, answer: answerOf(wanted, trees, request) };
    return last.answer;
  };
}

/** Where what is asked for could be taken. */
export function candidateRoutes(store: Store): Route[] {
  const answerTo = answers(new ProviderTrees(store.db));
  return [
    admin('GET', '/allocation_candidates', 'allocation-candidates:list', '1.10', {
      async handler(request) {
        const wanted = parse(request);
        const { count, body } = await answerTo(wanted, request);
        // What was found has room of every class: then they are known.
        if (count === 0) await checkClasses(store, wanted);
        await checkTraits(store, wanted);
        return fresh(request, body, { headers: { 'Content-Type': 'application/json; charset=utf-8' } });
      },
    }),
  ];
}
