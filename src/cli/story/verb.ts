import { resolve } from 'node:path';
import type { Language } from '../../kernel/base/i18n.ts';
import { findVariables } from '../credentials.ts';
import type { Terminal } from '../terminal.ts';
import { option, type Verb } from '../verbs.ts';
import { playStory } from './play.ts';
import { type RunCommand, Stage } from './stage.ts';
import { storyTexts } from './texts.ts';

/** `bin/andromede story` */
export function storyVerb(language: Language, terminal: Terminal, run: RunCommand): Verb {
  const t = storyTexts(language);
  return {
    usage: 'story',
    text: t.about,
    example: 'story --data /var/lib/andromede --lang fr',
    flags: [
      { flags: '--keep', text: t.keep },
      { flags: '--people <file>', text: t.people },
      { flags: '--foreign', text: t.foreign },
    ],
    async run(call) {
      const { environment } = terminal;
      const dataDir = resolve(option(call, 'data') ?? (environment.ANDROMEDE_DATA || '/var/lib/andromede'));
      const query = { cloud: option(call, 'cloud') ?? 'admin', dataDir, environment, language };
      const admin = findVariables(query);
      const peopleFile = resolve(option(call, 'people') ?? `${dataDir}/story/clouds.yaml`);
      const output = option(call, 'output') ?? 'table';
      const stage = new Stage({ language, output, terminal, run, peopleFile });
      terminal.out(t.opening(peopleFile));
      const foreign = call.options.foreign === true;
      const end = await playStory({ stage, admin, peopleFile, keep: call.options.keep === true, foreign });
      if (foreign) return { body: end, lines: ['', t.done(stage.elapsed()), t.fake] };
      const url = new URL(String(admin.OS_AUTH_URL));
      const store = `${url.protocol}//${end.store.slug}.localhost:${url.port}/console/`;
      const lines = ['', t.done(stage.elapsed()), t.where(url.origin, dataDir, store)];
      return { body: end, lines };
    },
  };
}
