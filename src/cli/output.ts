/** What a command found: the API's own JSON, and the same for a person's eyes. */
export interface Answer<T = unknown> {
  readonly body: T;
  readonly lines: readonly string[];
}

export const outputs = ['table', 'json'] as const;
export type Output = (typeof outputs)[number];

/** The lines that `--output` asks for. */
export function shown(answer: Answer, output: Output): readonly string[] {
  return output === 'json' ? JSON.stringify(answer.body, undefined, 2).split('\n') : answer.lines;
}

/** A column of a table: its heading, and what it shows of an item. */
export type Column<T> = readonly [heading: string, cell: (item: T) => unknown];

/** Rows under headings; `none` when there is nothing to show. */
export function table<T>(items: readonly T[], columns: readonly Column<T>[], none: string): string[] {
  if (items.length === 0) return [none];
  const rows = items.map((item) => columns.map(([, cell]) => text(cell(item))));
  return aligned([columns.map(([heading]) => heading.toUpperCase()), ...rows]);
}

/** One thing: a line for each of its facts; those that are absent are left out. */
export function record(facts: readonly (readonly [name: string, value: unknown])[]): string[] {
  return aligned(facts.filter(([, value]) => text(value) !== '').map(([name, value]) => [name, text(value)]));
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const count = Math.max(...rows.map((row) => row.length), 0);
  const widths = Array.from({ length: count }, (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** On one line, and without anything that would move the cursor: others have written it. */
function text(value: unknown): string {
  const plain = Array.isArray(value) ? value.map(text).join(', ') : String(value ?? '');
  return printable(plain.replaceAll(/\s*\n\s*/g, ' '));
}

/** Without control characters, which a terminal would obey (ECMA-48). */
export function printable(words: string): string {
  return words.replaceAll(/\p{Cc}/gu, '\uFFFD');
}
