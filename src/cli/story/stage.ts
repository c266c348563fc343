import type { OpenStack } from '../../client/index.ts';
import type { Language } from '../../kernel/base/i18n.ts';
import { openMarket } from '../market/market.ts';
import { printable } from '../output.ts';
import type { Terminal } from '../terminal.ts';

/** Who acts; each is an entry of the story's `clouds.yaml`. */
export type Person = 'admin' | 'publisher' | 'reseller' | 'employee';

/** Runs a command line and gives back the body of its answer. */
export type RunCommand = (args: readonly string[], terminal: Terminal) => Promise<unknown>;

export interface StageOptions {
  readonly language: Language;
  readonly output: string;
  readonly terminal: Terminal;
  readonly run: RunCommand;
  /** The `clouds.yaml` of the people. */
  readonly peopleFile: string;
}

/** Where the story is told: steps with their times, commands as a person would type them, and what they answer. */
export class Stage {
  readonly language: Language;
  readonly #options: StageOptions;
  readonly #environment: Terminal['environment'];
  readonly #clouds = new Map<Person, OpenStack>();
  readonly #startedAt = performance.now();
  #step = 0;

  constructor(options: StageOptions) {
    this.language = options.language;
    this.#options = options;
    this.#environment = { ...options.terminal.environment, OS_CLIENT_CONFIG_FILE: options.peopleFile };
  }

  /** Tells a step, and how long it took. */
  async step<T>(title: string, play: () => Promise<T>): Promise<T> {
    this.#step += 1;
    const startedAt = performance.now();
    this.#options.terminal.out(`\n${this.#step}. ${title}`);
    const took = () => secondsText(performance.now() - startedAt, this.language);
    try {
      const result = await play();
      this.note(`✓ ${took()}`);
      return result;
    } catch (error) {
      this.note(`✗ ${took()}`);
      throw error;
    }
  }

  /** A line under the step's title. */
  note(line: string): void {
    this.#options.terminal.out(`   ${printable(line)}`);
  }

  /** Types a command as that person, shows it and what it answers. */
  async type<T>(person: Person, ...args: readonly string[]): Promise<T> {
    const command = [...args, '--cloud', person];
    this.note(`$ bin/andromede ${command.map(quoted).join(' ')}`);
    return this.#run<T>(command, this.#options.output, (line) => this.note(`  ${line}`));
  }

  /** Runs a command of that person without showing it: to look whether something is there already. */
  look<T>(person: Person, ...args: readonly string[]): Promise<T> {
    return this.#run<T>([...args, '--cloud', person], 'json', () => undefined);
  }

  /** The cloud as that person sees it, for what has no command of ours: Keystone, Nova, Neutron, Heat. */
  cloud(person: Person): OpenStack {
    const query = { cloud: person, dataDir: undefined, environment: this.#environment, language: this.language };
    const cloud = this.#clouds.get(person) ?? openMarket(query).cloud;
    this.#clouds.set(person, cloud);
    return cloud;
  }

  /** Time since the beginning. */
  elapsed(): string {
    return secondsText(performance.now() - this.#startedAt, this.language);
  }

  async #run<T>(command: readonly string[], output: string, out: (line: string) => void): Promise<T> {
    const terminal: Terminal = { environment: this.#environment, out, err: out };
    const args = [...command, '--output', output, '--lang', this.language];
    return (await this.#options.run(args, terminal)) as T;
  }
}

/** `12.3 s` */
export function secondsText(ms: number, language: Language): string {
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(ms / 1000)} s`;
}

/** As a shell wants it. */
export function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
