import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cycles, importsOf, readImports } from './imports.ts';
import { contextOf, foreignSchemas, impurity, violations } from './rules.ts';

const root = join(import.meta.dirname, '../..');
const listed = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', 'src', 'tests', 'console'],
  {
    cwd: root,
    encoding: 'utf8',
  },
);
const files = listed.split('\n').filter((file) => file !== '' && existsSync(join(root, file)));
const sources = files.filter((file) => /\.tsx?$/.test(file));
const imports = readImports(root, sources);
const text = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the layout is the map', () => {
  it('keeps every import within its boundary', () => {
    expect(violations(imports)).toEqual([]);
  });

  it('has no circle of imports', () => {
    expect(cycles(imports)).toEqual([]);
  });

  it('keeps domains from looking at the world', () => {
    const found = sources.map((file) => [file, impurity(file, text(file))]).filter(([, what]) => what !== undefined);
    expect(found).toEqual([]);
  });

  it('keeps the SQL of a context within its schema', () => {
    const contexts = new Set(files.map(contextOf).filter((context) => context !== undefined));
    const schemas = [...contexts].map((context) => (context.split('/').at(-1) ?? '').replaceAll('-', '_'));
    const statements = files.filter((file) => contextOf(file) !== undefined && /\.(ts|sql)$/.test(file));
    const found = statements
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => [file, foreignSchemas(file, text(file), schemas)])
      .filter(([, foreign]) => foreign?.length !== 0);
    expect(found).toEqual([]);
  });

  it('says the same in README and LISEZMOI', () => {
    // Without the fenced blocks: a comment in a shell command looks like a heading.
    const prose = (file: string) =>
      existsSync(join(root, file)) ? text(file).replaceAll(/^```[\s\S]*?^```/gm, '') : '';
    const headings = (file: string) => [...prose(file).matchAll(/^#+ /gm)].map(([level]) => level.trim());
    expect(headings('LISEZMOI.md')).toEqual(headings('README.md'));
  });
});

/** The rules themselves: each must catch what it forbids, in every shape an import has. */
describe('a forbidden import is caught', () => {
  it.each([
    ['src/kernel/http/server.ts', "import { createCompute } from '../../cloud/compute/index.ts';"],
    ['src/app/market/compose.ts', "import { createIdentity } from '../../cloud/identity/index.ts';"],
    ['src/app/market/compose.ts', "import { qemuHypervisor } from '../../engines/qemu/adapter.ts';"],
    ['src/cloud/compute/api/servers.ts', "import { ports } from '../../network/store/ports.ts';"],
    ['src/cloud/compute/api/servers.ts', "import type { Order } from '../../../market/orders/index.ts';"],
    ['src/cloud/compute/index.ts', "export * from '../../engines/qemu/index.ts';"],
    ['src/market/orders/work/order.ts', "const { x } = await import('../../../cloud/compute/index.ts');"],
    ['src/market/orders/index.ts', "import {\n  type A,\n  b,\n} from '../billing/domain/invoice.ts';"],
    ['src/engines/qemu/index.ts', "import { createCompute } from '../../cloud/compute/index.ts';"],
    ['src/engines/qemu/index.ts', "import { plug } from '../ovn/index.ts';"],
    ['src/cli/story.ts', "import '../market/orders/index.ts';"],
    ['src/console/index.ts', "import { createMarket } from '../market/index.ts';"],
    ['console/src/app/shell.tsx', "import { moneyView } from '../../../src/kernel/http/house-api.ts';"],
    ['console/src/api/market.ts', "import { openStack } from '../../../src/client/index.ts';"],
    ['src/app/api.ts', "import { App } from '../../console/src/app/app.tsx';"],
    ['src/market/rating/domain/rate.ts', "import { readFile } from 'node:fs/promises';"],
    ['src/market/rating/domain/rate.ts', "import { prices } from '../store/prices.ts';"],
    ['src/cloud/image/index.ts', "import { fakeClock } from '../../kernel/testing/index.ts';"],
    ['tests/acceptance/servers.test.ts', "import { createCompute } from '../../src/cloud/compute/index.ts';"],
  ])('%s: %s', (file, statement) => {
    expect(violations(importsOf(file, `// a file\n${statement}\n`))).toHaveLength(1);
  });

  it.each([
    ['src/cloud/compute/work/boot.ts', "import type { NetworkApi } from '../../network/index.ts';"],
    ['src/cloud/compute/work/boot.ts', "import { newId } from '../../../kernel/base/ids.ts';"],
    ['src/engines/ovn/adapter.ts', "import type { Network } from '../../cloud/network/ports.ts';"],
    ['src/market/orders/work/order.ts', "import { cloud } from '../../../client/index.ts';"],
    ['console/src/api/market.ts', "import type { Store } from '../../../src/client/market.ts';"],
    ['src/app/api.ts', "import { qemu } from '../engines/qemu/index.ts';"],
    ['src/market/rating/domain/rate.ts', "import { createHash } from 'node:crypto';"],
  ])('and an allowed one is not: %s: %s', (file, statement) => {
    expect(violations(importsOf(file, statement))).toEqual([]);
  });

  it('in a circle, unless a type closes it', () => {
    const circle = (b: string) => [
      ...importsOf('src/a.ts', "import { b } from './b.ts';"),
      ...importsOf('src/b.ts', b),
    ];
    expect(cycles(circle("import { a } from './a.ts';"))).toEqual([['src/a.ts', 'src/b.ts', 'src/a.ts']]);
    expect(cycles(circle("import type { A } from './a.ts';"))).toEqual([]);
  });

  it('and so is a look at the clock, or at the tables of another context', () => {
    expect(impurity('src/market/rating/domain/rate.ts', 'const now = new Date();')).toBe('new Date()');
    expect(impurity('src/market/rating/domain/rate.ts', 'const start = new Date(text);')).toBeUndefined();
    const sql = 'select * from identity.project join compute.server using (id)';
    expect(foreignSchemas('src/cloud/compute/store/servers.ts', sql, ['identity', 'compute'])).toEqual(['identity']);
  });
});
