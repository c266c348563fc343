import type { Import } from './imports.ts';

/** A boundary: which files it is about, and what they may import. */
export interface Rule {
  readonly name: string;
  /** Said to whoever breaks it. */
  readonly why: string;
  readonly applies: (file: string) => boolean;
  readonly allows: (imported: Import) => boolean;
}

const within = (folder: string) => (file: string) => file.startsWith(`${folder}/`);
const isTest = (file: string) =>
  /\.(test|fixture|harness)\.ts$|\/testing\.ts$|\/(testing|fixtures)\/|^tests\//.test(file);
const ours = (file: string) => ['src', 'tests', 'tools', 'console'].some((folder) => within(folder)(file));
const isPackage = (imported: Import) => !ours(imported.to);

/** `src/cloud/compute` or `src/market/orders`: the context that a file belongs to, if any. */
export function contextOf(file: string): string | undefined {
  return /^(src\/(?:cloud|market)\/[^/]+)\//.exec(file)?.[1] ?? /^(src\/box)\//.exec(file)?.[1];
}

/** `src/cloud` or `src/market`: contexts of one side talk in process. */
const sideOf = (file: string) => /^src\/(cloud|market|box)\//.exec(file)?.[1];

/** Packages of Node that neither read nor change the world. */
const pureModules = ['node:buffer', 'node:crypto', 'node:net', 'node:util', 'node:vm', 'node:assert'];

export const rules: readonly Rule[] = [
  {
    name: 'the kernel stands alone',
    why: 'what everything rests on must not rest on what it carries',
    applies: within('src/kernel'),
    allows: ({ to }) => !ours(to) || within('src/kernel')(to),
  },
  {
    name: 'a context is entered by its front door',
    why: 'what is not in index.ts may change without asking anybody',
    applies: (file) => contextOf(file) !== undefined,
    allows: (imported) => {
      const { from, to } = imported;
      if (isPackage(imported) || within('src/kernel')(to)) return true;
      if (contextOf(to) === contextOf(from) || /^src\/market\/[^/]+\.ts$/.test(to)) return true;
      if (isTest(from) && isTest(to) && sideOf(to) === sideOf(from)) return true;
      // The market and the box reach the cloud over its public API, through the client, like any stranger.
      if (within('src/client')(to)) return sideOf(from) !== 'cloud';
      return sideOf(to) === sideOf(from) && to === `${contextOf(to)}/index.ts`;
    },
  },
  {
    name: 'an engine knows a port, not a service',
    why: 'a service must run on any engine, the simulated one to begin with',
    applies: within('src/engines'),
    allows: (imported) => {
      const { from, to } = imported;
      if (isPackage(imported) || within('src/kernel')(to)) return true;
      if (/^src\/cloud\/[^/]+\/ports\.ts$/.test(to)) return true;
      // The disks of QEMU's guests are files that `local-disk` makes.
      if (within('src/engines/qemu')(from) && to === 'src/engines/local-disk/index.ts') return true;
      // Another cloud is asked over its public API.
      if (within('src/engines/openstack')(from) && to === 'src/client/index.ts') return true;
      return to.split('/')[2] === from.split('/')[2] || (isTest(from) && within('src/engines')(to));
    },
  },
  {
    name: 'the client and the commands live outside',
    why: 'there is no back door to the cloud, so that a remote OpenStack is just another address',
    applies: (file) => within('src/client')(file) || within('src/cli')(file),
    allows: (imported) =>
      isPackage(imported) || ['src/client', 'src/cli', 'src/kernel/base'].some((folder) => within(folder)(imported.to)),
  },
  {
    name: 'the console runs in a browser',
    why: 'it reaches the cloud over its public API, and carries no code of the server to where everybody can read it',
    applies: within('console'),
    allows: (imported) =>
      isPackage(imported) ||
      within('console')(imported.to) ||
      [
        'src/kernel/base/i18n.ts',
        ...['market', 'operator', 'template-form'].map((name) => `src/client/${name}.ts`),
      ].includes(imported.to),
  },
  {
    name: 'what serves the console knows no service',
    why: 'it hands out files and keeps a session; what the pages show comes from the public API',
    applies: within('src/console'),
    allows: (imported) =>
      isPackage(imported) || ['src/kernel', 'src/console'].some((folder) => within(folder)(imported.to)),
  },
  {
    name: 'nothing of the server imports the console',
    why: 'it is built by the set-up, and served as files',
    applies: within('src'),
    allows: ({ to }) => !within('console')(to),
  },
  {
    name: 'a domain is pure',
    why: 'time, randomness and the world come in as arguments, so that every rule can be tried in microseconds',
    applies: (file) => /\/domain\//.test(file) && !isTest(file),
    allows: ({ from, to }) => {
      if (to.startsWith('node:')) return pureModules.includes(to);
      if (!ours(to)) return !['pg', 'kysely', 'fastify', 'pino', 'graphile-worker'].includes(to);
      if (within('src/kernel/base')(to)) return !/\/(log|clock)\.ts$/.test(to);
      if (within('src/kernel/access')(to)) return true;
      // Of other contexts, their types: contracts, not calls.
      return contextOf(to) === contextOf(from) ? /\/domain\/|\/ports\.ts$/.test(to) : to.endsWith('/index.ts');
    },
  },
  {
    name: 'a market alone carries no cloud',
    why: 'it stands in front of somebody else’s; of ours it has what turns events into usage',
    applies: within('src/app/market'),
    allows: ({ to }) =>
      !/^src\/(cloud|engines)\//.test(to) || within('src/cloud/telemetry')(to) || within('src/engines/openstack')(to),
  },
  {
    name: 'the testing kit stays in tests',
    why: 'what runs must not depend on what checks it',
    applies: (file) => file.startsWith('src/') && !isTest(file),
    allows: ({ to }) => to !== 'vitest' && !(ours(to) && isTest(to)),
  },
  {
    name: 'acceptance tests speak HTTP',
    why: 'they judge what a customer sees',
    applies: within('tests/acceptance'),
    allows: ({ to }) => !to.startsWith('src/') || within('src/client')(to) || within('src/kernel/testing')(to),
  },
];

/** A line for every import that breaks a rule. */
export function violations(imports: readonly Import[]): string[] {
  return imports.flatMap((imported) =>
    rules
      .filter(({ applies, allows }) => applies(imported.from) && !allows(imported))
      .map(({ name, why }) => `${imported.from} imports ${imported.to}: ${name} (${why})`),
  );
}

// A date made from something is a value; one made from nothing is a look at the clock.
const impure = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandom(?:Bytes|UUID|Int)\(|\bprocess\.|\bfetch\(/;

/** What a domain file reads from the world without importing anything; undefined when nothing. */
export function impurity(file: string, text: string): string | undefined {
  if (!/\/domain\//.test(file) || isTest(file)) return undefined;
  return impure.exec(text)?.[0];
}

/** Schemas other than its own that a context's SQL names; the kernel's tables are everybody's. */
export function foreignSchemas(file: string, text: string, schemas: readonly string[]): string[] {
  const own = /^src\/(?:cloud|market|kernel)\/([^/]+)\//.exec(file)?.[1]?.replaceAll('-', '_');
  const named = text.matchAll(
    /\b(?:from|join|into|update|table|references|index on|delete from)\s+"?([a-z_]+)"?\.[a-z_"]/gi,
  );
  return [...named].map(([, schema = '']) => schema).filter((schema) => schemas.includes(schema) && schema !== own);
}
