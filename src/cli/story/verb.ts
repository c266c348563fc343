import type { Language } from '../../kernel/base/i18n.ts';
import type { Terminal } from '../program.ts';
import type { Verb } from '../verbs.ts';
export function storyVerb(_language: Language, _terminal: Terminal): Verb {
  return { usage: 'story', text: '', example: 'story', run: async () => ({ body: {}, lines: [] }) };
}
