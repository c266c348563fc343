import { describe, expect, it } from 'vitest';
import { languages } from '../kernel/base/i18n.ts';
import { nounsIn } from './nouns/index.ts';
import { CommandLine } from './program.ts';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const commandLine = new CommandLine({
    environment: { ANDROMEDE_DATA: '/nowhere' },
    out: (line) => {
      said.out += `${line}\n`;
    },
    err: (line) => {
      said.err += `${line}\n`;
    },
  });
  return { code: await commandLine.run(args), ...said };
}

const commands = languages.flatMap((language) =>
  nounsIn(language).flatMap((noun) =>
    noun.verbs.map((verb) => ({ language, noun, verb, name: verb.usage.split(' ')[0] ?? '' })),
  ),
);

describe('--help', () => {
  it.each(commands)('of $noun.name $name teaches by an example that is its own ($language)', async (command) => {
    const { noun, verb, name, language } = command;
    const { code, out } = await run(noun.name, name, '--help', '--lang', language);
    expect(code).toBe(0);
    expect(out).toContain(`bin/andromede ${noun.name} ${verb.example}`);
    const [given, ...words] = verb.example.replaceAll('\\\n', ' ').split(/\s+/);
    expect(given).toBe(name);
    const shown = words.filter((word) => word.startsWith('--') && word !== '--cloud' && word !== '--output');
    for (const flag of shown) expect(verb.flags?.map(({ flags }) => flags.split(' ')[0])).toContain(flag);
    for (const { flags, required } of verb.flags ?? []) {
      if (required === true) expect(words, `${noun.name} ${name}`).toContain(flags.split(' ')[0]);
    }
  });

  it('speaks the language that is asked for', async () => {
    expect((await run('--help', '--lang', 'fr')).out).toMatch(/^Usage :[\s\S]*Codes de retour/);
    expect((await run('--help', '--lang=en')).out).toMatch(/^Usage:[\s\S]*Exit codes/);
  });
});

describe('a wrong command line', () => {
  it.each([
    [['subscription', 'cost']],
    [['subscription', 'dance']],
    [['quote', 'create', '--store', 'hermine']],
    [['subscription', 'list']],
    [['subscription', 'list', '--cloud', 'eve']],
    [['subscription', 'list', '--cloud', 'eve', '--output', 'yaml']],
    [['subscription', 'list', '--lang', 'de']],
  ])('%j says what is wrong and ends with 2', async (args) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^andromede: \S/);
  });
});
