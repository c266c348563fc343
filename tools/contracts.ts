/**
 * Writes what the routing tables say into `contracts/`, one OpenAPI file a service and major version, and removes what
 * is there no more: `npm run contracts`. A test compares.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { contractFiles } from '../src/app/api/contracts.ts';

const folder = new URL('../contracts/', import.meta.url);
const files = contractFiles();
for (const name of readdirSync(folder)) {
  if (name.endsWith('.yaml') && !files.has(name)) rmSync(new URL(name, folder));
}
for (const [name, text] of files) writeFileSync(new URL(name, folder), text);
console.log(`${files.size} contracts written`);
