import type { MeteringKey } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { timeText } from '../market/render.ts';
import { record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { argument, type Noun, required, segment } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'les clés avec lesquelles les systèmes d’un éditeur remettent l’usage qu’ils mesurent',
    create: 'fait une clé ; elle n’est montrée que cette fois',
    list: 'les clés de vos organisations',
    revoke: 'révoque une clé',
    publisher: 'identifiant de l’éditeur',
    name: 'à quoi elle sert',
    id: 'identifiant',
    nameColumn: 'nom',
    key: 'clé',
    created: 'faite le',
    revoked: 'révoquée le',
  },
  en: {
    noun: 'the keys with which a publisher’s systems hand in the usage that they measure',
    create: 'makes a key; it is shown this once',
    list: 'the keys of your organisations',
    revoke: 'revokes a key',
    publisher: 'id of the publisher',
    name: 'what it is for',
    id: 'id',
    nameColumn: 'name',
    key: 'key',
    created: 'made',
    revoked: 'revoked',
  },
});

/** Publishers' metering keys. */
export function meteringKeyNoun(language: Language): Noun {
  const t = texts(language);
  return {
    name: 'metering-key',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example: 'create --publisher 0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07 --name gateway --cloud publisher',
        flags: [
          { flags: '--publisher <organisation>', text: t.publisher, required: true },
          { flags: '--name <text>', text: t.name, required: true },
        ],
        async run(call) {
          const asked = { publisherId: required(call, 'publisher'), name: required(call, 'name') };
          const body = await call.market().post<MeteringKey & { key: string }>('/metering-keys', asked, call);
          const lines = record([
            [t.id, body.id],
            [t.nameColumn, body.name],
            [t.key, body.key],
          ]);
          return { body, lines };
        },
      },
      {
        usage: 'list',
        text: t.list,
        example: 'list --cloud publisher',
        async run(call) {
          const body = await call.market().all<MeteringKey>('/metering-keys');
          const lines = table(
            body,
            [
              [t.id, ({ id }) => id],
              [t.nameColumn, ({ name }) => name],
              [t.created, ({ createdAt }) => timeText(createdAt)],
              [t.revoked, ({ revokedAt }) => timeText(revokedAt)],
            ],
            cliTexts(language).none,
          );
          return { body, lines };
        },
      },
      {
        usage: 'revoke <key>',
        text: t.revoke,
        example: 'revoke 0199f2c9-1d4e-7c30-b8a2-4f5e6d7c8b91 --cloud publisher',
        async run(call) {
          await call.market().delete(`/metering-keys/${segment(call)}`);
          const id = argument(call);
          return { body: { id }, lines: record([[t.revoked, id]]) };
        },
      },
    ],
  };
}
