import { readFileSync } from 'node:fs';
import type { Offering, OfferingVersion } from '../../client/market.ts';
import { type Faces, facesOf } from '../../client/template-form.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { usageFailure } from '../failures.ts';
import { readDocument } from '../market/document.ts';
import { timeText, words } from '../market/render.ts';
import { type Answer, record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { type Call, type Flag, type Noun, option, required, segment, type Verb } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'ce que les éditeurs proposent : un modèle Heat, une description, des plans',
    create: 'écrit une offre à partir d’un modèle Heat ; ses paramètres deviennent le formulaire de commande',
    newVersion: 'ajoute une version ; les abonnements en cours gardent la leur',
    publish: 'publie une version : dès lors les revendeurs peuvent la vendre',
    list: 'vos offres ; pour un revendeur, aussi celles qui sont publiées',
    show: 'une offre, ses versions et ses plans',
    publisher: 'identifiant de l’éditeur',
    titleFr: 'titre en français',
    titleEn: 'titre en anglais',
    descriptionFr: 'description en français',
    descriptionEn: 'description en anglais',
    template: 'fichier du modèle Heat (HOT)',
    content:
      'au lieu d’un modèle : fichier YAML ou JSON avec fulfilment, parameters, outputs, categories, terms, serviceLevel',
    contentOrTemplate: 'dites --template ou --content',
    submit: 'soumet une version à la revue de l’opérateur',
    review: 'approuve ou renvoie une version soumise (réservé à l’opérateur)',
    reviews: 'les versions qui attendent une revue (réservé à l’opérateur)',
    retire: 'retire une version de la vente ; les abonnements en cours gardent la leur',
    decision: 'approve ou reject',
    note: 'ce que l’éditeur doit savoir',
    state: 'état',
    version: 'numéro de la version',
    id: 'identifiant',
    title: 'titre',
    versionColumn: 'version',
    published: 'publiée',
    plans: 'plans',
    unreadable: (path: string, reason: string) => `${path} est illisible : ${reason}`,
  },
  en: {
    noun: 'what publishers offer: a Heat template, a description, plans',
    create: 'writes an offering from a Heat template, whose parameters become the order form',
    newVersion: 'adds a version; running subscriptions keep theirs',
    publish: 'publishes a version: from then on resellers may sell it',
    list: 'your offerings; for a reseller also those that are published',
    show: 'one offering, its versions and plans',
    publisher: 'id of the publisher',
    titleFr: 'title in French',
    titleEn: 'title in English',
    descriptionFr: 'description in French',
    descriptionEn: 'description in English',
    template: 'file of the Heat template (HOT)',
    content:
      'instead of a template: YAML or JSON file with fulfilment, parameters, outputs, categories, terms, serviceLevel',
    contentOrTemplate: 'say --template or --content',
    submit: 'submits a version to the operator’s review',
    review: 'approves a submitted version or sends it back (the operator only)',
    reviews: 'the versions that wait for a review (the operator only)',
    retire: 'takes a version off sale; running subscriptions keep theirs',
    decision: 'approve or reject',
    note: 'what the publisher has to know',
    state: 'state',
    version: 'number of the version',
    id: 'id',
    title: 'title',
    versionColumn: 'version',
    published: 'published',
    plans: 'plans',
    unreadable: (path: string, reason: string) => `${path} cannot be read: ${reason}`,
  },
});

const sample = '0199f2c4-7a10-7c55-8d21-6b0f1f0a9c3e';

/** Offerings, as their publishers write them. */
export function offeringNoun(language: Language): Noun {
  const t = texts(language);
  const contentFlags: readonly Flag[] = [
    { flags: '--title-fr <text>', text: t.titleFr, required: true },
    { flags: '--title-en <text>', text: t.titleEn, required: true },
    { flags: '--description-fr <text>', text: t.descriptionFr, required: true },
    { flags: '--description-en <text>', text: t.descriptionEn, required: true },
    { flags: '--template <file>', text: t.template },
    { flags: '--content <file>', text: t.content },
  ];
  const content = (call: Call): object => ({
    title: { fr: required(call, 'titleFr'), en: required(call, 'titleEn') },
    description: { fr: required(call, 'descriptionFr'), en: required(call, 'descriptionEn') },
    ...substance(call),
  });
  /** What a file holds; of a Heat template, with the form and the outputs that it makes. */
  const substance = (call: Call): object => {
    const [path, file] = [option(call, 'template'), option(call, 'content')];
    if (file !== undefined && path === undefined) return readDocument(file);
    if (path === undefined || file !== undefined) throw usageFailure(t.contentOrTemplate);
    const template = readText(path, t.unreadable);
    const { parameters, outputs } = readFaces(template, path);
    return { fulfilment: { kind: 'heat', template }, parameters, outputs };
  };
  const number = { flags: '--version <number>', text: t.version, preset: '1' };
  /** A verb that moves a version on. */
  const move = (verb: string, cloud: string): Verb => ({
    usage: `${verb} <offering>`,
    text: t[verb as 'submit'],
    example: `${verb} ${sample} --version 1 --cloud ${cloud}`,
    flags: [number],
    run: async (call) => version(await call.market().post(versionPath(call, verb), {}, call)),
  });
  const versionPath = (call: Call, verb: string): string =>
    `/offerings/${segment(call)}/versions/${encodeURIComponent(required(call, 'version'))}/${verb}`;
  const one = (body: Offering): Answer<Offering> => ({
    body,
    lines: record([
      [t.id, body.id],
      ...body.versions.map((version) => [t.versionColumn, versionText(version)] as const),
      [t.plans, body.plans.map(({ name }) => words(name, language))],
    ]),
  });
  const versionText = ({ number, title, publishedAt }: OfferingVersion): string =>
    `${number}: ${words(title, language)}${publishedAt === null ? '' : ` (${t.published} ${timeText(publishedAt)})`}`;
  const version = (body: OfferingVersion): Answer => ({
    body,
    lines: record([
      [t.versionColumn, versionText(body)],
      [t.state, body.state],
      [t.note, body.reviewNote],
    ]),
  });
  return {
    name: 'offering',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example: `create --publisher 0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07 --template examples/web-page/template.yaml \\
    --title-fr 'Page web' --title-en 'Web page' --description-fr 'Une page.' --description-en 'A page.' --cloud publisher`,
        flags: [{ flags: '--publisher <organisation>', text: t.publisher, required: true }, ...contentFlags],
        async run(call) {
          const body = { publisherId: required(call, 'publisher'), ...content(call) };
          return one(await call.market().post('/offerings', body, call));
        },
      },
      {
        usage: 'new-version <offering>',
        text: t.newVersion,
        example: `new-version ${sample} --template template.yaml --title-fr 'Page web' --title-en 'Web page' \\
    --description-fr 'Une page.' --description-en 'A page.' --cloud publisher`,
        flags: contentFlags,
        async run(call) {
          const path = `/offerings/${segment(call)}/versions`;
          return version(await call.market().post(path, content(call), call));
        },
      },
      move('submit', 'publisher'),
      {
        usage: 'reviews',
        text: t.reviews,
        example: 'reviews --cloud admin',
        async run(call) {
          const items = await call.market().all<OfferingVersion & { readonly offeringId: string }>('/reviews');
          const lines = table(
            items,
            [
              [t.id, ({ offeringId }) => offeringId],
              [t.title, ({ title }) => words(title, language)],
              [t.versionColumn, (one) => one.number],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
      {
        usage: 'review <offering>',
        text: t.review,
        example: `review ${sample} --version 1 --decision approve --cloud admin`,
        flags: [
          number,
          { flags: '--decision <decision>', text: t.decision, required: true },
          { flags: '--note <text>', text: t.note },
        ],
        async run(call) {
          const body = { decision: required(call, 'decision'), note: option(call, 'note') };
          return version(await call.market().post(versionPath(call, 'review'), body, call));
        },
      },
      move('publish', 'publisher'),
      move('retire', 'publisher'),
      {
        usage: 'list',
        text: t.list,
        example: 'list --cloud reseller',
        async run(call) {
          const items = await call.market().all<Offering>('/offerings');
          const lines = table(
            items,
            [
              [t.id, ({ id }) => id],
              [t.title, ({ versions }) => versions[0] && words(versions[0].title, language)],
              [t.versionColumn, ({ versions }) => versions[0]?.number],
              [t.published, ({ versions }) => timeText(versions[0]?.publishedAt ?? null)],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
      {
        usage: 'show <offering>',
        text: t.show,
        example: `show ${sample} --output json --cloud publisher`,
        run: async (call) => one(await call.market().get(`/offerings/${segment(call)}`)),
      },
    ],
  };
}

function readFaces(template: string, path: string): Faces {
  try {
    return facesOf(template);
  } catch (error) {
    throw usageFailure(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readText(path: string, unreadable: (path: string, reason: string) => string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usageFailure(unreadable(path, error instanceof Error ? error.message : String(error)));
  }
}
