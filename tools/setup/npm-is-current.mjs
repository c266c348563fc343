// Whether node_modules holds what package-lock.json asks for: exit code 0 or 1. Runs on Node 18 and later, in milliseconds.
// npm writes `node_modules/.package-lock.json` last, so that an interrupted installation never passes for a whole one.
import { readFileSync } from 'node:fs';

const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/** npm writes `os` and `cpu` as a list, or as one word where the package did. */
const allows = (values, value) => values !== undefined && [values].flat().includes(value);

/** An optional package may be away, unless it names this very machine: it then holds the binary of another package. */
const mayBeAway = ({ optional, os, cpu, libc = 'glibc' }) =>
  optional && !(allows(os, process.platform) && allows(cpu, process.arch) && allows(libc, 'glibc'));

const isCurrent = () => {
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json'))
    .filter(([path]) => path !== '')
    .every(([path, wanted]) => (path in installed ? installed[path].version === wanted.version : mayBeAway(wanted)));
};

try {
  process.exitCode = isCurrent() ? 0 : 1;
} catch {
  process.exitCode = 1;
}
