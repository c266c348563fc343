import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** One file importing another, or a package. */
export interface Import {
  /** The importing file, from the root of the repository. */
  readonly from: string;
  /** The imported file, from the root of the repository; or the bare specifier of a package (`pg`, `node:fs`). */
  readonly to: string;
  /** `import type`: it is erased, so that it cannot close a cycle at run time. */
  readonly typeOnly: boolean;
}

// Biome formats every file, so that a statement has one of few shapes and a pattern reads it reliably; the self-tests
// beside the rules hold it to that. No parser for TypeScript 7's syntax has a programming interface yet.
const statement = /^\s*(?:import|export)\s(type\s)?[^'";]*?from\s*'([^']+)'/gm;
const sideEffect = /^\s*import\s*'([^']+)'/gm;
const dynamic = /\bimport\(\s*'([^']+)'/g;

/** The imports of a file with the given text. */
export function importsOf(from: string, text: string): Import[] {
  const found = [
    ...[...text.matchAll(statement)].map(([, type, specifier = '']) => ({ specifier, typeOnly: type !== undefined })),
    ...[...text.matchAll(sideEffect)].map(([, specifier = '']) => ({ specifier, typeOnly: false })),
    ...[...text.matchAll(dynamic)].map(([, specifier = '']) => ({ specifier, typeOnly: false })),
  ];
  return found.map(({ specifier, typeOnly }) => ({ from, to: resolve(from, specifier), typeOnly }));
}

/** The imports of files on disk, given from the root of the repository. */
export function readImports(root: string, files: readonly string[]): Import[] {
  return files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : specifier;
}

/** The circles of files that import one another at run time, each as the list of its files. */
export function cycles(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) {
    if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) found.push([...path.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    for (const target of next.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return found;
}
