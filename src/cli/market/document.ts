import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { usageFailure } from '../failures.ts';

/** What a JSON or YAML file holds: bodies that are too much for options. */
export function readDocument(path: string): object {
  try {
    return parse(readFileSync(path, 'utf8'), { schema: 'core' }) as object;
  } catch (error) {
    throw usageFailure(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
