import type { Language } from '../kernel/base/i18n.ts';
import { usageFailure } from './failures.ts';
import type { Market } from './market/market.ts';
import type { Answer } from './output.ts';

/** An option of a command. */
export interface Flag {
  /** As commander writes it: `--name <text>`; `<text...>` may be given several times. */
  readonly flags: string;
  readonly text: string;
  readonly required?: boolean;
  readonly preset?: string;
}

/** A command: `bin/andromede NOUN VERB`. */
export interface Verb {
  /** Its name and arguments: `show <order>`. */
  readonly usage: string;
  readonly text: string;
  /** What follows `andromede NOUN VERB` in a realistic example. */
  readonly example: string;
  readonly flags?: readonly Flag[];
  run(call: Call): Promise<Answer>;
}

/** A kind of thing, and what can be done with it. */
export interface Noun {
  readonly name: string;
  readonly text: string;
  readonly verbs: readonly Verb[];
}

/** What a command is told. */
export interface Call {
  readonly language: Language;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** `--idempotency-key`, for the one POST that the command makes. */
  readonly idempotencyKey: string | undefined;
  /** The market, as the person sees it whom `--cloud` or `OS_*` names. */
  market(): Market;
  /** Tells what happens while it happens. */
  say(line: string): void;
}

/** The argument at that place; commander has made sure that it is there. */
export function argument(call: Call, index = 0): string {
  return call.args[index] ?? '';
}

/** The same, as one segment of a URL's path. */
export function segment(call: Call, index = 0): string {
  return encodeURIComponent(argument(call, index));
}

/** An option's text; undefined when it was not given. */
export function option(call: Call, name: string): string | undefined {
  const value = call.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The text of an option that commander insists on. */
export function required(call: Call, name: string): string {
  return option(call, name) ?? '';
}

/** The values of an option that may be given several times. */
export function many(call: Call, name: string): readonly string[] {
  const value = call.options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** `key=value` options as an object. */
export function pairs(call: Call, name: string): Record<string, string> {
  return Object.fromEntries(
    many(call, name).map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw usageFailure(`--${name} ${text}: KEY=VALUE`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** A whole number of seconds. */
export function seconds(call: Call, name: string): number {
  const text = required(call, name);
  if (!/^\d{1,6}$/.test(text)) throw usageFailure(`--${name} ${text}: 1 … 999999`);
  return Number(text);
}
