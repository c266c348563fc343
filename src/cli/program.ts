import { Command, CommanderError, Option } from 'commander';
import { Fault } from '../kernel/base/errors.ts';
import type { Language } from '../kernel/base/i18n.ts';
import { CommandFailure, exitCodes, refusal, usageFailure } from './failures.ts';
import { languageOf } from './language.ts';
import { type Market, openMarket } from './market/market.ts';
import { nounsIn } from './nouns/index.ts';
import { type Answer, type Output, outputs, printable, shown } from './output.ts';
import type { RunCommand } from './story/stage.ts';
import { storyVerb } from './story/verb.ts';
import type { Terminal } from './terminal.ts';
import { cliTexts } from './texts.ts';
import type { Call, Verb } from './verbs.ts';

/** The options of every command. */
interface Common {
  readonly cloud?: string;
  readonly data?: string;
  readonly output?: string;
  readonly idempotencyKey?: string;
}

/** The commands, for one process: tokens are kept between them. */
export class CommandLine {
  readonly #terminal: Terminal;
  readonly #markets = new Map<string, Market>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Runs a command as a shell does: prints, and answers the exit code. */
  async run(args: readonly string[]): Promise<number> {
    try {
      await this.call(args);
      return exitCodes.done;
    } catch (error) {
      if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
      const failure = error instanceof Fault ? refusal(error) : error;
      if (!(failure instanceof CommandFailure)) throw error;
      this.#terminal.err(`andromede: ${failure.message.split('\n').map(printable).join('\n')}`);
      return failure.exitCode;
    }
  }

  /** Runs a command, prints what it answers, and gives it back; rejects with `CommandFailure`. */
  async call<T>(args: readonly string[]): Promise<Answer<T>> {
    const language = languageOf(args, this.#terminal.environment);
    let answer: Answer | undefined;
    const program = build(language, this.#terminal, async (verb, common, call) => {
      answer = await verb.run(this.#call(language, common, call));
      for (const line of shown(answer, outputOf(common, language))) this.#terminal.out(line);
    });
    await program.parseAsync(args, { from: 'user' });
    return answer as Answer<T>;
  }

  #call(language: Language, common: Common, { args, options }: Pick<Call, 'args' | 'options'>): Call {
    const isTable = outputOf(common, language) === 'table';
    return {
      ...{ language, args, options, idempotencyKey: common.idempotencyKey },
      market: () => this.#market(language, common),
      say: (line) => (isTable ? this.#terminal.out(printable(line)) : this.#terminal.err(printable(line))),
    };
  }

  #market(language: Language, { cloud, data }: Common): Market {
    const key = JSON.stringify([language, cloud, data]);
    const { environment } = this.#terminal;
    const market = this.#markets.get(key) ?? openMarket({ cloud, dataDir: data, environment, language });
    this.#markets.set(key, market);
    return market;
  }
}

function outputOf({ output = 'table' }: Common, language: Language): Output {
  const known = outputs.find((name) => name === output);
  if (known === undefined) throw usageFailure(cliTexts(language).wrongOutput(output));
  return known;
}

type Run = (verb: Verb, common: Common, call: Pick<Call, 'args' | 'options'>) => Promise<void>;

function build(language: Language, terminal: Terminal, run: Run): Command {
  const texts = cliTexts(language);
  const program = new Command('andromede').description(texts.about);
  program
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd().replace(/^error:/, 'andromede:')),
    })
    .configureHelp({ showGlobalOptions: true, styleTitle: titlesIn(language) })
    .helpOption('-h, --help', texts.help)
    .helpCommand('help [command]', texts.helpCommand)
    .addHelpText('after', `\n${texts.machine}\n\n${texts.codes}`);
  commonOptions(program, language);
  for (const { name, text, verbs } of nounsIn(language)) {
    const noun = program.command(name).description(text).helpOption('-h, --help', texts.help).helpCommand(false);
    for (const verb of verbs) add(noun, verb, `${name} ${verb.example}`, language, run);
  }
  const play: RunCommand = async (args, stage) => (await new CommandLine(stage).call(args)).body;
  const story = storyVerb(language, terminal, play);
  add(program, story, story.example, language, run);
  return program;
}

function add(parent: Command, verb: Verb, example: string, language: Language, run: Run): void {
  const texts = cliTexts(language);
  const command = parent.command(verb.usage).description(verb.text).helpOption('-h, --help', texts.help);
  for (const flag of verb.flags ?? []) {
    const made = new Option(flag.flags, flag.text).makeOptionMandatory(flag.required ?? false);
    command.addOption(flag.preset === undefined ? made : made.default(flag.preset));
  }
  command.addHelpText('after', `\n${texts.example}\n  bin/andromede ${example}`);
  command.action(async () => {
    const options = command.optsWithGlobals();
    await run(verb, options, { args: command.processedArgs as string[], options });
  });
}

/** They may stand before the noun or after the verb, as people type them. */
function commonOptions(program: Command, language: Language): void {
  const texts = cliTexts(language);
  program
    .option('--cloud <name>', texts.cloud)
    .option('--data <dir>', texts.data)
    .option('--output <form>', texts.output, 'table')
    .option('--lang <language>', texts.lang)
    .option('--idempotency-key <key>', texts.idempotencyKey);
}

function titlesIn(language: Language): (title: string) => string {
  const texts = cliTexts(language);
  const titles: Record<string, string> = {
    'Usage:': texts.usage,
    'Options:': texts.options,
    'Commands:': texts.commands,
    'Arguments:': texts.arguments,
    'Global Options:': texts.globalOptions,
  };
  return (title) => titles[title] ?? title;
}
