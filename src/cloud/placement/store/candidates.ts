import { type Connection, sql } from '../../../kernel/store/index.ts';
import type { Offer } from '../domain/candidates.ts';

/** A provider of a tree, and what it has. Never changed: what is new of it is another. */
export interface TreeMember extends Offer {
  readonly inventories: Readonly<Record<string, { readonly capacity: number; readonly used: number }>>;
}

/** All providers, tree by tree, the oldest first. */
export interface Trees {
  readonly list: readonly (readonly TreeMember[])[];
  /** Rises whenever anything in them changes. */
  readonly epoch: number;
}

interface Row {
  id: number;
  version: string;
  uuid: string;
  root: string;
  parent: string | null;
  traits: string[];
  aggregates: string[];
  inventories: Record<string, { capacity: number; used: number; min: number; max: number; step: number }>;
}

/** A provider as it was read, and its place in its tree. */
interface Kept {
  readonly version: string;
  readonly root: string;
  readonly tree: TreeMember[];
  readonly index: number;
}

/**
 * All providers, held in memory. Each look asks PostgreSQL for the version of every provider, a few bytes each, and reads
 * anew those that have another: so that what is told was true when it was asked for, whichever process changed it.
 *
 * A version is the transaction that wrote the provider's row last (`xmin`) and its generation: whoever changes what a
 * provider has, has given or where it stands writes that row in the same transaction.
 */
export class ProviderTrees {
  readonly #db: Connection;
  #versions = '';
  #kept = new Map<string, Kept>();
  #trees: Trees = { list: [], epoch: 0 };
  #running: Promise<Trees> | undefined;
  #next: Promise<Trees> | undefined;

  constructor(db: Connection) {
    this.#db = db;
  }

  /** The trees, no older than this call. To be used at once: a later look may put other members into them. */
  current(): Promise<Trees> {
    if (this.#running === undefined) return this.#begin();
    // The look under way may have begun before what its caller knows of: one more is needed, and all who come meanwhile
    // share it.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#begin();
      });
    return this.#next;
  }

  #begin(): Promise<Trees> {
    const running = this.#look().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #look(): Promise<Trees> {
    const { rows } = await sql<{
      versions: string | null;
    }>`select string_agg(id || ':' || xmin || '.' || generation, ',')
      as versions from placement.provider`.execute(this.#db);
    const versions = rows[0]?.versions ?? '';
    if (versions === this.#versions) return this.#trees;
    const listed = versions === '' ? [] : versions.split(',').map(idAndVersion);
    const changed = listed.filter(([id, version]) => this.#kept.get(id)?.version !== version).map(([id]) => id);
    const read = changed.length === 0 ? [] : await readProviders(this.#db, changed);
    const sameTrees =
      listed.length === this.#kept.size && read.every(({ id, root }) => this.#kept.get(String(id))?.root === root);
    let { list } = this.#trees;
    if (sameTrees) for (const row of read) this.#replace(row);
    else list = this.#regroup(new Set(listed.map(([id]) => id)), read);
    this.#trees = { list, epoch: this.#trees.epoch + 1 };
    this.#versions = versions;
    return this.#trees;
  }

  #replace(row: Row): void {
    const kept = this.#kept.get(String(row.id));
    if (kept === undefined) return;
    kept.tree[kept.index] = memberOf(row);
    this.#kept.set(String(row.id), { ...kept, version: row.version });
  }

  /** Makes the trees anew, of those that are still there and those just read. */
  #regroup(listed: ReadonlySet<string>, read: readonly Row[]): TreeMember[][] {
    const members = new Map<string, { readonly version: string; readonly member: TreeMember }>();
    for (const [id, { version, tree, index }] of this.#kept) {
      const member = tree[index];
      if (listed.has(id) && member !== undefined) members.set(id, { version, member });
    }
    for (const row of read) members.set(String(row.id), { version: row.version, member: memberOf(row) });
    const trees = new Map<string, TreeMember[]>();
    const kept = new Map<string, Kept>();
    for (const [id, { version, member }] of [...members].sort(([a], [b]) => Number(a) - Number(b))) {
      const tree = trees.get(member.root) ?? [];
      trees.set(member.root, tree);
      kept.set(id, { version, root: member.root, tree, index: tree.push(member) - 1 });
    }
    this.#kept = kept;
    return [...trees.values()];
  }
}

function idAndVersion(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

async function readProviders(connection: Connection, ids: readonly string[]): Promise<Row[]> {
  const { rows } = await sql<Row>`select p.id::float8 as id, p.xmin || '.' || p.generation as version, p.uuid,
      r.uuid as root, q.uuid as parent,
      array(select trait from placement.provider_trait t where t.provider_id = p.id) as traits,
      array(select aggregate::text from placement.provider_aggregate a where a.provider_id = p.id) as aggregates,
      (select coalesce(jsonb_object_agg(class, jsonb_build_object('capacity', capacity, 'used', used, 'min', min_unit,
        'max', max_unit, 'step', step_size)), '{}') from placement.inventory i where i.provider_id = p.id) as inventories
    from placement.provider p join placement.provider r on r.id = p.root_id
      left join placement.provider q on q.id = p.parent_id
    where p.id = any(${ids as string[]}::bigint[])`.execute(connection);
  return rows;
}

function memberOf({ uuid, root, parent, traits, aggregates, inventories }: Row): TreeMember {
  return {
    ...{ uuid, root, parent, inventories },
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
