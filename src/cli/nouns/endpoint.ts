import type { Endpoint } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { type Answer, record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { type Noun, option, required, segment } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'où sont les systèmes d’un éditeur : webhooks et courtiers (Open Service Broker)',
    create: 'dit où est un webhook ou un courtier',
    list: 'vos points d’accès',
    secret: 'fabrique le secret qui signe les webhooks et le montre une fois ; l’ancien vaut encore un jour',
    publisher: 'identifiant de l’éditeur',
    kind: 'webhook ou broker',
    url: 'adresse, en https',
    username: 'identifiant chez le courtier',
    password: 'mot de passe chez le courtier',
    timeout: 'secondes qu’une opération acceptée peut durer',
    id: 'identifiant',
    secretColumn: 'secret',
  },
  en: {
    noun: 'where a publisher’s systems are: webhooks and brokers (Open Service Broker)',
    create: 'says where a webhook or a broker is',
    list: 'your endpoints',
    secret: 'makes the secret that signs webhooks and shows it once; the old one holds for a day more',
    publisher: 'id of the publisher',
    kind: 'webhook or broker',
    url: 'address, by https',
    username: 'user name at the broker',
    password: 'password at the broker',
    timeout: 'seconds that an accepted operation may take',
    id: 'id',
    secretColumn: 'secret',
  },
});

const sample = '0199f2c6-1b2c-7d31-8a54-3f0e6c9d7b12';

/** Publishers' own systems. */
export function endpointNoun(language: Language): Noun {
  const t = texts(language);
  const one = (body: Endpoint): Answer<Endpoint> => ({
    body,
    lines: record([
      [t.id, body.id],
      [t.kind, body.kind],
      [t.url, body.url],
    ]),
  });
  return {
    name: 'endpoint',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example:
          'create --publisher 0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07 --kind webhook --url https://example.org/hook --cloud publisher',
        flags: [
          { flags: '--publisher <organisation>', text: t.publisher, required: true },
          { flags: '--kind <kind>', text: t.kind, required: true },
          { flags: '--url <url>', text: t.url, required: true },
          { flags: '--username <name>', text: t.username },
          { flags: '--password <password>', text: t.password },
          { flags: '--operation-timeout <seconds>', text: t.timeout, preset: '3600' },
        ],
        async run(call) {
          const body = {
            ...{ publisherId: required(call, 'publisher'), kind: required(call, 'kind'), url: required(call, 'url') },
            ...{ username: option(call, 'username'), password: option(call, 'password') },
            timeoutSeconds: Number(required(call, 'operationTimeout')),
          };
          return one(await call.market().post('/endpoints', body, call));
        },
      },
      {
        usage: 'secret <endpoint>',
        text: t.secret,
        example: `secret ${sample} --cloud publisher`,
        async run(call) {
          const body = await call.market().post<{ secret: string }>(`/endpoints/${segment(call)}/secret`);
          return { body, lines: record([[t.secretColumn, body.secret]]) };
        },
      },
      {
        usage: 'list',
        text: t.list,
        example: 'list --cloud publisher',
        async run(call) {
          const items = await call.market().all<Endpoint>('/endpoints');
          const lines = table(
            items,
            [
              [t.id, ({ id }) => id],
              [t.kind, ({ kind }) => kind],
              [t.url, ({ url }) => url],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
    ],
  };
}
