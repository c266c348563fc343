import type { Session } from '../harness/client.ts';
import { parametersOf, type SweptRoute, versionHeader } from './routes.ts';
import { consumerId, mark, type Scene } from './scene.ts';

/** A path with its parameters filled in with what exists in the owner's project. */
export interface Filled {
  readonly path: string;
  /** Parameters for which nothing was found: any value stands there. */
  readonly missing: readonly string[];
}

/** What the scene has, found through the API itself: each parameter by listing what stands before it in the path. */
export interface World {
  fill(swept: SweptRoute): Promise<Filled>;
  /** Ids that only the owner's project may see. */
  readonly secrets: ReadonlySet<string>;
  /** Ids of things of a kind, for properties of bodies: `network_id`, `imageRef`, `subnetId`. */
  values(property: string): readonly string[];
}

type Item = Readonly<Record<string, unknown>> | string;
type Headers = Readonly<Record<string, string>>;

/** Parameters that name something which no list tells. */
const told: Readonly<Record<string, string>> = {
  ...{ tag: mark, number: '1', consumer: consumerId, group: 'ldap', option: 'url' },
  ...{ class: 'default', className: 'default', pattern: 'a' },
};

/** Values that make sense only together with others. */
const plausible: Readonly<Record<string, readonly string[]>> = {
  ...{ key: ['swept'], new_size: ['2'], start: ['2026-03-01T00:00:00Z'], end: ['2026-03-01T00:01:00Z'] },
};

/** Where the thing that comes next in a path is listed, if not right there. */
const listings: readonly (readonly [RegExp, string])[] = [
  // Heat names a stack twice in its paths: its id is told only where its name is listed.
  [/(\/stacks)\/[^/]+$/, '$1'],
  [/\/security_groups$/, '/security-groups'],
  [/\/network-ip-availabilities$/, '/networks'],
  // What Nova passed on to others, it did not always list.
  [/\/compute\/v2\.1\/images$/, '/image/v2/images'],
  [/\/compute\/v2\.1\/os-security-group-rules$/, '/network/v2.0/security-group-rules'],
  [/\/capabilities$/, '/os-hosts'],
  [/\/(?:OS-INHERIT\/)?(?:(?:domains|projects)\/[^/]+|system)\/groups$/, '/groups'],
  [/\/OS-INHERIT\/domains$/, '/domains'],
  [/\/(?:domains|system|OS-INHERIT|projects\/[^/]+\/groups).*\/roles$/, '/roles'],
  [/\/roles\/[^/]+\/implies$/, '/roles'],
  [/\/OS-EP-FILTER\/(?:projects\/[^/]+\/)?endpoints$/, '/endpoints'],
];

export function worldOf({ owner, admin, quoteId }: Scene): World {
  const lists = new Map<string, Promise<readonly Item[]>>();
  const secrets = new Set<string>([owner.projectId]);
  const kinds = new Map<string, Set<string>>();
  const own = new Map(
    Object.entries({
      ...told,
      quoteId,
      projectId: owner.projectId,
      project: owner.projectId,
      project_id: owner.projectId,
      userId: owner.userId,
    }),
  );

  function list(path: string, headers: Headers): Promise<readonly Item[]> {
    const read = async () => {
      const items = await readList(path, owner, headers);
      return items.length > 0 ? items : readList(asAdmin(path), admin, headers);
    };
    const key = JSON.stringify([path, headers]);
    const known = lists.get(key) ?? read();
    lists.set(key, known);
    return known;
  }

  /** Cinder's URLs name the caller's project. */
  function asAdmin(path: string): string {
    return path.replace(`/volume/v3/${owner.projectId}`, `/volume/v3/${admin.projectId}`);
  }

  async function find(prefix: string, parameter: string, headers: Headers): Promise<string | undefined> {
    const known = own.get(parameter);
    if (known !== undefined) return known;
    const kind = kindOf(prefix);
    const place = listings.reduce((path, [pattern, other]) => path.replace(pattern, other), prefix);
    const items = await list(place, headers);
    const marked = (text: string) => items.find((candidate) => JSON.stringify(candidate).includes(text));
    const item = marked(`"${mark}"`) ?? marked(mark) ?? items[0];
    if (item === undefined) return undefined;
    const id = idOf(item, parameter, kind);
    if (id === undefined) return undefined;
    const text = JSON.stringify(item);
    if (id.length >= 32 && (text.includes(mark) || text.includes(owner.projectId))) secrets.add(id);
    kinds.set(kind, (kinds.get(kind) ?? new Set()).add(id));
    return id;
  }

  return {
    secrets,
    values: (property) => plausible[property] ?? [...(kinds.get(kindNamed(property)) ?? [])],
    async fill({ service, route }) {
      const missing: string[] = [];
      const headers = versionHeader(service, route);
      let path = '';
      for (const segment of route.path.split('/').slice(1)) {
        const [parameter] = parametersOf(`/${segment}`);
        if (parameter === undefined) path += `/${segment}`;
        else {
          const found = await find(`${service.mount}${path}`, parameter, headers);
          if (found === undefined) missing.push(parameter);
          path += `/${encodeURIComponent(found ?? '00000000-0000-4000-8000-000000000000')}`;
        }
      }
      return { path, missing };
    },
  };
}

async function readList(path: string, session: Session, headers: Headers): Promise<readonly Item[]> {
  const { status, body } = await session.call<unknown>('GET', path, undefined, headers);
  if (status !== 200 || typeof body !== 'object' || body === null) return [];
  const values: unknown[] = Array.isArray(body) ? [body] : Object.values(body);
  const array = values.find((value) => Array.isArray(value));
  if (array !== undefined) return array as Item[];
  // `{ metadata: { key: value } }`: names are what is listed.
  const object = values.find((value) => typeof value === 'object' && value !== null);
  return object === undefined ? [] : Object.keys(object);
}

/** The value by which an item of a list is addressed. */
function idOf(item: Item, parameter: string, kind: string): string | undefined {
  if (typeof item === 'string') return item;
  const [inner] = Object.values(item);
  const only = Object.keys(item).length === 1 && typeof inner === 'object' && inner !== null;
  const facts = only ? (inner as Readonly<Record<string, unknown>>) : item;
  const snake = parameter.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  for (const key of [parameter, snake, `${kind}_${parameter}`, `${parameter}_name`, 'id', 'name']) {
    if (typeof facts[key] === 'string') return facts[key];
  }
  return undefined;
}

/** `…/v2.0/security-groups` → `security_group`. */
function kindOf(path: string): string {
  return (path.split('/').at(-1) ?? '').replaceAll('-', '_').replace(/^os_/, '').replace(/s$/, '');
}

/** `network_id`, `imageRef`, `subnetId`, `floating_network_id` → the kind that it names. */
function kindNamed(property: string): string {
  return property
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replace(/_(id|ref|uuid)s?$/, '')
    .replace(/s$/, '');
}
