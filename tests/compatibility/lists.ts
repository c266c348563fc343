import { readFileSync } from 'node:fs';
import type { ListName } from './options.ts';
import type { Tempest } from './tempest.ts';

const folder = new URL('lists/', import.meta.url);

/** Everything that Tempest has for the services of the platform. */
const everyApi = '^tempest\\.api\\.(compute|network|volume|image|identity)\\.';

/** The ids of a list's tests. */
export async function listNamed(name: ListName, tempest: Tempest): Promise<string[]> {
  return name === 'api' ? await tempest.list(everyApi) : lines(`${name}.txt`);
}

function lines(file: string): string[] {
  return readFileSync(new URL(file, folder), 'utf8').split('\n').filter(Boolean);
}
