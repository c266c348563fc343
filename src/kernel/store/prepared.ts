import pg from 'pg';

/** How often a statement must have been used before it is worth the memory that it takes on every connection. */
const worthIt = 20;
/** Statements, of those that are worth it, that each connection keeps; some 10 KiB of PostgreSQL's memory each. */
const mostNamed = 300;
/** Texts that are counted; more than that are statements that are put together anew each time. */
const mostCounted = 3000;

/** Gives statements that this process uses over and over a name, under which PostgreSQL keeps them parsed and planned. */
class StatementNames {
  #counts = new Map<string, number>();
  readonly #names = new Map<string, string>();

  nameOf(text: string): string | undefined {
    const name = this.#names.get(text);
    if (name !== undefined || this.#names.size === mostNamed) return name;
    const count = (this.#counts.get(text) ?? 0) + 1;
    if (count < worthIt) {
      if (this.#counts.size === mostCounted) this.#counts = new Map();
      this.#counts.set(text, count);
      return undefined;
    }
    this.#counts.delete(text);
    const given = `s${this.#names.size}`;
    this.#names.set(text, given);
    return given;
  }
}

const names = new StatementNames();

interface Named {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly name?: string;
}

/** A client that prepares what is used often. Statements without parameters (`begin`, `commit`) go as they are. */
export class PreparingClient extends pg.Client {
  // The library's overloads all end in this shape.
  override query(text: unknown, values?: unknown, done?: unknown): never {
    const send = super.query.bind(this) as unknown as (query: unknown, values?: unknown, done?: unknown) => never;
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) return send(text, values, done);
    const name = names.nameOf(text);
    if (name === undefined) return send(text, values, done);
    return send({ text, values, name } satisfies Named, done);
  }
}
