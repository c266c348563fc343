import { parseArgs } from 'node:util';

/** What a run of the interoperability bar was asked to do. */
export interface Options {
  readonly list: ListName;
  /** Of the list, only the tests that it matches. */
  readonly regex: RegExp | undefined;
  readonly engine: 'real' | 'simulated';
  readonly accounts: Accounts;
  readonly concurrency: number;
  /** Where the cloud and the results are kept, to look at or to go on; without, both are removed at the end. */
  readonly keep: string | undefined;
  /** After so many minutes no further piece begins. */
  readonly minutes: number;
  /** In the kept folder, what has passed counts whatever the version was; the failed and skipped are run again. */
  readonly again: boolean;
}

export const listNames = ['platform', 'dns', 'orchestration', 'api'] as const;
export type ListName = (typeof listNames)[number];

/** Who the tests are: accounts that Tempest makes as an administrator, or ordinary ones that are there already. */
export type Accounts = 'dynamic' | 'preprovisioned';

export const usage = `npm run interop -- [options]

  --list NAME          platform (the default), dns, orchestration: the lists in tests/compatibility/lists;
                       api: every API test of Tempest for compute, network, volume, image and identity
  --regex RE           only the tests of the list that it matches
  --engine NAME        real (the default), or simulated: quick, for the shape of answers; no guest, so no SSH
  --accounts KIND      dynamic (the default), or preprovisioned: ordinary accounts, nobody is an administrator
  --concurrency N      2
  --keep DIR           keeps the cloud and the results in DIR; the same command goes on from there, on the same commit
  --minutes N          begins no further piece after N minutes; go on with the same --keep DIR
  --again              with --keep: with today's code, what failed or was skipped is run again; what passed counts

The last line is \`N passed, N failed, N skipped\`. A whole list on the real engines, and \`api\`, also writes
tests/compatibility/results and the tables of docs/en/interop.md and docs/fr/interop.md.`;

/** Reads the command line; throws an `Error` that says what is wrong with it. Undefined when help is asked for. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      list: { type: 'string', default: 'platform' },
      regex: { type: 'string' },
      engine: { type: 'string', default: 'real' },
      accounts: { type: 'string', default: 'dynamic' },
      concurrency: { type: 'string', default: '2' },
      keep: { type: 'string' },
      minutes: { type: 'string', default: '1440' },
      again: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  return {
    list: oneOf('list', listNames, values.list),
    regex: values.regex === undefined ? undefined : new RegExp(values.regex),
    engine: oneOf('engine', ['real', 'simulated'] as const, values.engine),
    accounts: oneOf('accounts', ['dynamic', 'preprovisioned'] as const, values.accounts),
    concurrency: positive('concurrency', values.concurrency),
    keep: values.keep,
    minutes: positive('minutes', values.minutes),
    again: values.again,
  };
}

function oneOf<T extends string>(name: string, choices: readonly T[], value: string): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new Error(`--${name} is ${choices.join(', ')}, not ${value}`);
  return found;
}

function positive(name: string, value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`--${name} is a number from 1, not ${value}`);
  return Number(value);
}
