/** A command of the stock client, and what must be seen of it over the API once it has returned. */
export interface Command {
  readonly as: 'admin' | 'demo';
  /** What is typed after `openstack`; `{KIND NAME}` stands for the id of what has that name. */
  readonly typed: string;
  /** Asked of the API by the same person; the same marks are replaced, `{project}` is the id of their project. */
  readonly path: string;
  /** What the answer must contain; a list must have exactly these members. */
  readonly seen: object;
}

type Row = readonly [typed: string, path: string, seen: object];

/** The commands of one person. */
export function typedBy(as: Command['as'], rows: readonly Row[]): Command[] {
  return rows.map(([typed, path, seen]) => ({ as, typed, path, seen }));
}
