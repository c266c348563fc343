import type { Task } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { timeText, words } from '../market/render.ts';
import { type Answer, record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { type Noun, option, pairs, required, segment, type Verb } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'ce que des personnes font pour qu’une commande aboutisse',
    list: 'les tâches de vos organisations',
    show: 'une tâche : ce qu’il y a à faire, et ce qu’il faut donner à la fin',
    claim: 'prend une tâche : dès lors elle est à vous',
    release: 'rend une tâche',
    complete: 'dit qu’elle est faite',
    refuse: 'dit qu’elle ne peut pas être faite : la commande échoue, avec ce motif',
    state: 'open, claimed, done, refused ou cancelled',
    output: 'ce qui était promis, NOM=VALEUR ; répétable',
    reason: 'pourquoi',
    id: 'identifiant',
    title: 'titre',
    instructions: 'consignes',
    parameters: 'paramètres',
    outputs: 'à donner',
    stateColumn: 'état',
    since: 'depuis',
    who: 'prise par',
  },
  en: {
    noun: 'what people do for an order to succeed',
    list: 'the tasks of your organisations',
    show: 'one task: what is to be done, and what has to be given in the end',
    claim: 'claims a task: from then on it is yours',
    release: 'gives a task back',
    complete: 'says that it is done',
    refuse: 'says that it cannot be done: the order fails, with this reason',
    state: 'open, claimed, done, refused or cancelled',
    output: 'what was promised, NAME=VALUE; may be repeated',
    reason: 'why',
    id: 'id',
    title: 'title',
    instructions: 'instructions',
    parameters: 'parameters',
    outputs: 'to give',
    stateColumn: 'state',
    since: 'since',
    who: 'claimed by',
  },
});

const sample = '0199f2c6-3e4f-7a90-b1c2-5d6e7f809a1b';

/** Work for people. */
export function taskNoun(language: Language): Noun {
  const t = texts(language);
  const one = (body: Task): Answer<Task> => ({
    body,
    lines: record([
      [t.id, body.id],
      [t.title, words(body.title, language)],
      [t.instructions, words(body.instructions, language)],
      [t.parameters, Object.entries(body.parameters).map(([name, value]) => `${name}=${value}`)],
      [t.outputs, Object.entries(body.outputs).map(([name, { type }]) => `${name} (${type})`)],
      [t.stateColumn, body.state],
      [t.who, body.claimedBy],
    ]),
  });
  const simple = (verb: 'claim' | 'release'): Verb => ({
    usage: `${verb} <task>`,
    text: t[verb],
    example: `${verb} ${sample} --cloud integrator`,
    run: async (call) => one(await call.market().post(`/tasks/${segment(call)}/${verb}`, {}, call)),
  });
  return {
    name: 'task',
    text: t.noun,
    verbs: [
      {
        usage: 'list',
        text: t.list,
        example: 'list --state open --cloud integrator',
        flags: [{ flags: '--state <state>', text: t.state }],
        async run(call) {
          const items = await call.market().all<Task>('/tasks', { state: option(call, 'state') });
          const lines = table(
            items,
            [
              [t.id, ({ id }) => id],
              [t.title, ({ title }) => words(title, language)],
              [t.stateColumn, ({ state }) => state],
              [t.since, ({ createdAt }) => timeText(createdAt)],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
      {
        usage: 'show <task>',
        text: t.show,
        example: `show ${sample} --cloud integrator`,
        run: async (call) => one(await call.market().get(`/tasks/${segment(call)}`)),
      },
      simple('claim'),
      simple('release'),
      {
        usage: 'complete <task>',
        text: t.complete,
        example: `complete ${sample} --output report=OK --cloud integrator`,
        flags: [{ flags: '--output <name=value...>', text: t.output }],
        async run(call) {
          const body = { outputs: pairs(call, 'output') };
          return one(await call.market().post(`/tasks/${segment(call)}/complete`, body, call));
        },
      },
      {
        usage: 'refuse <task>',
        text: t.refuse,
        example: `refuse ${sample} --reason 'No road leads there.' --cloud integrator`,
        flags: [{ flags: '--reason <text>', text: t.reason, required: true }],
        async run(call) {
          const body = { reason: required(call, 'reason') };
          return one(await call.market().post(`/tasks/${segment(call)}/refuse`, body, call));
        },
      },
    ],
  };
}
