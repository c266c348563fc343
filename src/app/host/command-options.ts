import { parseArgs } from 'node:util';
import { type Config, type ConfigSources, flagName, resolveConfig, resolveDataDir, type Setting } from '../config.ts';
import { ConfigError } from '../config-error.ts';

export const hostCommands = ['up', 'down', 'restart', 'status', 'exec'] as const;
export type HostCommand = (typeof hostCommands)[number];

/** What was asked on the command line. */
export interface Options {
  readonly command: HostCommand;
  readonly dataDir: string;
  readonly detach: boolean;
  readonly help: boolean;
  readonly output: 'table' | 'json';
  readonly flags: ConfigSources['flags'];
  /** For `exec`: the command to run and its arguments. */
  readonly rest: readonly string[];
}

/** Settings that have a flag. */
const flagged = [
  'host',
  'port',
  'externalCidr',
  'publicUrl',
  'trustedProxies',
  'outboundAllow',
  'importSources',
  'logLevel',
  'engine',
  'databaseUrl',
] as const satisfies Setting[];

/** Reads the arguments after `bin/andromede`; throws `ConfigError` on what it does not know. */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): Options {
  const [command = '', ...others] = args;
  if (!isHostCommand(command)) throw new ConfigError(`unknown command ${JSON.stringify(command)}`);
  const split = command === 'exec' ? endOfOptions(others) : others.length;
  const { values } = parse(others.slice(0, split));
  const text = (name: string) => (values as Record<string, string | undefined>)[name];
  const output = text('output') ?? 'table';
  if (output !== 'table' && output !== 'json') throw new ConfigError('--output is table or json');
  return {
    command,
    dataDir: resolveDataDir(text('data'), environment),
    detach: values.detach === true,
    help: values.help === true,
    output,
    flags: Object.fromEntries(flagged.map((setting) => [setting, text(flagName(setting))])),
    rest: others.slice(split).filter((word, index) => index > 0 || word !== '--'),
  };
}

/** The settings in force for these options. */
export function configOf({ flags, dataDir }: Options, environment: NodeJS.ProcessEnv): Config {
  return resolveConfig({ flags, environment, dataDir });
}

function isHostCommand(word: string): word is HostCommand {
  return (hostCommands as readonly string[]).includes(word);
}

/** Where `exec`'s own options end: at `--`, or at the first word that is no option. */
function endOfOptions(words: readonly string[]): number {
  let index = 0;
  while (index < words.length && words[index] !== '--' && words[index]?.startsWith('-')) {
    index += words[index] === '--data' ? 2 : 1;
  }
  return index;
}

function parse(args: readonly string[]) {
  const valued = Object.fromEntries(flagged.map((setting) => [flagName(setting), { type: 'string' as const }]));
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...valued,
        data: { type: 'string' },
        output: { type: 'string' },
        detach: { type: 'boolean', short: 'd' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
}
