import type { Store } from '../../client/market.ts';
import { defineCatalogue, type Language, languages } from '../../kernel/base/i18n.ts';
import { readDocument } from '../market/document.ts';
import { type Answer, record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { type Call, type Flag, many, type Noun, option, pairs, required, segment } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'les boutiques des revendeurs, à leur marque',
    create: 'ouvre une boutique : marque, marge, offres',
    update: 'remplace la marque, la marge et les offres d’une boutique',
    list: 'les boutiques',
    show: 'une boutique, pour son revendeur et l’opérateur',
    reseller: 'identifiant du revendeur',
    slug: 'son nom d’hôte : SLUG.localhost',
    name: 'nom de la marque',
    logo: 'texte du logo',
    colour: 'couleur de la marque, par exemple primary=#0a7d55 ; répétable',
    margin: 'marge ajoutée aux prix de base, en %',
    priceBook: 'fichier JSON ou YAML : segments et règles de prix ; sans lui, ils restent ce qu’ils sont',
    offering: 'offre vendue ; répétable',
    id: 'identifiant',
    slugColumn: 'adresse',
    brand: 'marque',
    marginColumn: 'marge',
    offerings: 'offres',
  },
  en: {
    noun: 'resellers’ stores, under their own brand',
    create: 'opens a store: brand, margin, offerings',
    update: 'replaces the brand, margin and offerings of a store',
    list: 'the stores',
    show: 'one store, for its reseller and the operator',
    reseller: 'id of the reseller',
    slug: 'its host name: SLUG.localhost',
    name: 'name of the brand',
    logo: 'text of the logo',
    colour: 'colour of the brand, for instance primary=#0a7d55; may be repeated',
    margin: 'margin added to base prices, in %',
    priceBook: 'JSON or YAML file: segments and price rules; without it they stay what they are',
    offering: 'offering that is sold; may be repeated',
    id: 'id',
    slugColumn: 'address',
    brand: 'brand',
    marginColumn: 'margin',
    offerings: 'offerings',
  },
});

/** Stores, as their resellers run them. */
export function storeNoun(language: Language): Noun {
  const t = texts(language);
  const contentFlags: readonly Flag[] = [
    { flags: '--name <text>', text: t.name, required: true },
    { flags: '--logo <text>', text: t.logo, required: true },
    { flags: '--margin <percent>', text: t.margin, required: true },
    { flags: '--price-book <file>', text: t.priceBook },
    { flags: '--offering <offering...>', text: t.offering },
    { flags: '--colour <name=#rrggbb...>', text: t.colour },
  ];
  const bookOf = (call: Call): object => {
    const file = option(call, 'priceBook');
    return file === undefined ? {} : { priceBook: readDocument(file) };
  };
  const content = (call: Call): object => ({
    ...bookOf(call),
    brand: { name: required(call, 'name'), logoText: required(call, 'logo'), colours: pairs(call, 'colour') },
    ...{ languages, marginPercent: required(call, 'margin'), offeringIds: many(call, 'offering') },
  });
  const marginText = ({ marginPercent }: Store) => (marginPercent === undefined ? '' : `${marginPercent} %`);
  const one = (body: Store): Answer<Store> => ({
    body,
    lines: record([
      [t.id, body.id],
      [t.slugColumn, body.slug],
      [t.brand, body.brand.name],
      [t.marginColumn, marginText(body)],
      [t.offerings, body.offeringIds],
    ]),
  });
  return {
    name: 'store',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example: `create --reseller 0199f2c4-6b02-7d41-a3c8-91d5b4e7f210 --slug hermine --name Hermine --logo H \\
    --margin 20 --colour primary=#0a7d55 --offering 0199f2c4-7a10-7c55-8d21-6b0f1f0a9c3e --cloud reseller`,
        flags: [
          { flags: '--reseller <organisation>', text: t.reseller, required: true },
          { flags: '--slug <slug>', text: t.slug, required: true },
          ...contentFlags,
        ],
        async run(call) {
          const body = { resellerId: required(call, 'reseller'), slug: required(call, 'slug'), ...content(call) };
          return one(await call.market().post('/stores', body, call));
        },
      },
      {
        usage: 'update <store>',
        text: t.update,
        example: `update 0199f2c4-8e77-7f02-b1d9-3a6c5e4d2b18 --name Hermine --logo H --margin 15 \\
    --offering 0199f2c4-7a10-7c55-8d21-6b0f1f0a9c3e --cloud reseller`,
        flags: contentFlags,
        run: async (call) => one(await call.market().put(`/stores/${segment(call)}`, content(call))),
      },
      {
        usage: 'list',
        text: t.list,
        example: 'list --cloud demo',
        async run(call) {
          const items = await call.market().all<Store>('/stores');
          const lines = table(
            items,
            [
              [t.id, ({ id }) => id],
              [t.slugColumn, ({ slug }) => slug],
              [t.brand, ({ brand }) => brand.name],
              [t.marginColumn, marginText],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
      {
        usage: 'show <store>',
        text: t.show,
        example: 'show 0199f2c4-8e77-7f02-b1d9-3a6c5e4d2b18 --cloud reseller',
        run: async (call) => one(await call.market().get(`/stores/${segment(call)}`)),
      },
    ],
  };
}
