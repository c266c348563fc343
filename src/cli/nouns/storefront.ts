import type { Offer, Store } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { words } from '../market/render.ts';
import { record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { argument, type Call, type Noun, option } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'les boutiques, comme les voient leurs clients',
    show: 'la vitrine d’une boutique',
    offers: 'ce qu’une boutique vend, à ses prix',
    search: 'seulement ce dont le titre ou la description a ces mots',
    category: 'seulement cette catégorie, par exemple database',
    brand: 'marque',
    languages: 'langues',
    offering: 'offre',
    plan: 'plan',
    title: 'titre',
    price: 'prix',
    id: 'identifiant',
    address: 'adresse',
  },
  en: {
    noun: 'stores, as their customers see them',
    show: 'the window of a store',
    offers: 'what a store sells, at its prices',
    search: 'only what has these words in its title or description',
    category: 'only this category, for example database',
    brand: 'brand',
    languages: 'languages',
    offering: 'offering',
    plan: 'plan',
    title: 'title',
    price: 'price',
    id: 'id',
    address: 'address',
  },
});

/** Asks the market as a browser at `SLUG.localhost` would. */
function window(call: Call): Promise<Store> {
  return call.market().get<Store>('/storefront', { Host: `${argument(call)}.localhost` });
}

/** The customers' side of stores. */
export function storefrontNoun(language: Language): Noun {
  const t = texts(language);
  return {
    name: 'storefront',
    text: t.noun,
    verbs: [
      {
        usage: 'show <slug>',
        text: t.show,
        example: 'show hermine --cloud demo',
        async run(call) {
          const body = await window(call);
          const lines = record([
            [t.id, body.id],
            [t.address, `${body.slug}.localhost`],
            [t.brand, body.brand.name],
            [t.languages, body.languages],
          ]);
          return { body, lines };
        },
      },
      {
        usage: 'offers <slug>',
        text: t.offers,
        example: "offers hermine --search 'page web' --cloud demo",
        flags: [
          { flags: '--search <words>', text: t.search },
          { flags: '--category <name>', text: t.category },
        ],
        async run(call) {
          const { id } = await window(call);
          const query = { q: option(call, 'search'), category: option(call, 'category') };
          const items = await call.market().all<Offer>(`/stores/${id}/offers`, query);
          const rows = items.flatMap((offer) => offer.plans.map((plan) => ({ offer, plan })));
          const lines = table(
            rows,
            [
              [t.title, ({ offer }) => words(offer.title, language)],
              [t.offering, ({ offer }) => offer.offeringId],
              [t.plan, ({ plan }) => plan.id],
              [t.price, ({ plan }) => plan.text],
            ],
            cliTexts(language).none,
          );
          return { body: { items }, lines };
        },
      },
    ],
  };
}
